# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where systemd takes units, their drop-ins, and links to what they start; systemd.unit(5)."""

from __future__ import annotations

import contextlib
import glob
import os

# Where packages put theirs; administrators and programs put theirs into the others.
PACKAGES = ("/usr/lib/systemd/system", "/lib/systemd/system")
OTHERS = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/run/systemd/generator.late",
)
# A folder of links to units, by how much this one depends on them.
DEPENDENCIES = ("wants", "requires", "upholds")
IN_THEM = (".d", *(f".{word}" for word in DEPENDENCIES))


def names(unit: str) -> list[str]:
    """The names under which a unit takes drop-ins: its own, its template's, those of its prefixes,
    and that of all units of its type."""
    stem, _dot, kind = unit.rpartition(".")
    parts = stem.partition("@")[0].split("-")
    prefixes = ["-".join(parts[:end]) + "-" for end in range(1, len(parts))]
    template = [f"{stem.partition('@')[0]}@"] if "@" in stem else []
    return [f"{name}.{kind}" for name in [stem, *template, *prefixes]] + [kind]


def contents() -> dict[str, list[str]]:
    """{folder: the folders in it} of the places that are there."""
    found = {}
    for place in (*OTHERS, *PACKAGES):
        with contextlib.suppress(OSError):
            found[place] = [n for n in os.listdir(place) if n.endswith(IN_THEM)]
    return found


def drop_ins(unit: str, there: dict[str, list[str]]) -> set[str]:
    """The paths of the drop-ins for a unit, of whatever name and place; there: contents()."""
    folders = [f"{name}.d" for name in names(unit)]
    return {
        path for place, inside in there.items() for folder in folders if folder in inside
        for path in glob.glob(f"{place}/{glob.escape(folder)}/*.conf")
    }  # fmt: skip


def dependencies(unit: str, there: dict[str, list[str]]) -> list[str]:
    """The paths of the links that somebody made by hand to what a unit starts with it."""
    folders = [f"{name}.{word}" for name in names(unit)[:-1] for word in DEPENDENCIES]
    return sorted(
        path for place, inside in there.items() if place not in PACKAGES
        for folder in folders if folder in inside
        for path in glob.glob(f"{place}/{glob.escape(folder)}/*")
    )  # fmt: skip
