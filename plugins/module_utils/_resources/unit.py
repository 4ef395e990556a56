# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A systemd unit: known, enabled, running, as its own file says and not overridden."""

from __future__ import annotations

import glob
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "file": {"type": "path"},
    "requires": {"type": "list", "elements": "str", "default": []},
    "drop_ins": {"type": "list", "elements": "path", "default": []},
}

CHECKS = {
    "loaded": Check("error", "The unit's file was removed, or systemd cannot read it."),
    "file": Check(
        "warning", "Somebody put another unit in its place, as systemctl edit --full does."
    ),
    "enabled": Check("error", "Somebody disabled or masked the unit; it would not start at boot."),
    "active": Check("error", "The unit was stopped, or it failed; see journalctl --unit."),
    "reload_pending": Check(
        "warning", "The unit's file changed, and systemd has not read it since."
    ),
    "drop_in": Check("warning", "Somebody overrides the unit, for example by systemctl edit."),
}

# Where packages put units and drop-ins; administrators put theirs elsewhere.
PACKAGES = ("/usr/lib/systemd/", "/lib/systemd/")
FOLDERS = ("/etc/systemd/system", "/run/systemd/system")


def identity(resource: Options) -> str:
    unit: str = resource["unit"]
    return unit


def read(resource: Options, host: Host) -> Any:
    """The unit's properties, and its drop-ins: those in effect, and those not read yet."""
    name = resource["unit"]
    properties = host.unit(name)
    paths = {path for n in _folders(name) for f in FOLDERS for path in glob.glob(f"{f}/{n}/*.conf")}
    paths |= set(properties.get("DropInPaths", "").split())
    return {**properties, "drop_ins": sorted(p for p in paths if not p.startswith(PACKAGES))}


def _folders(name: str) -> list[str]:
    """The names of the folders from which systemd takes drop-ins for a unit, by systemd.unit(5)."""
    stem, _dot, kind = name.rpartition(".")
    parts = stem.partition("@")[0].split("-")
    prefixes = ["-".join(parts[:end]) + "-" for end in range(1, len(parts))]
    template = [f"{stem.partition('@')[0]}@"] if "@" in stem else []
    return [f"{n}.{kind}.d" for n in [stem, *template, *prefixes]] + [f"{kind}.d"]


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    unit = resource["unit"]
    if "ActiveState" not in actual:
        return [difference("loaded", "known to systemd", "not known", "missing")]
    because = [cause.path(actual["FragmentPath"])]
    found = _compare_file(resource, actual)
    if actual["UnitFileState"] != "enabled":
        state = actual["UnitFileState"] or "not enabled"
        found.append(difference("enabled", "enabled", state, because=because))
    if actual["ActiveState"] != "active":
        required = [cause.resource("unit", name) for name in resource["requires"]]
        found.append(
            difference("active", "active", actual["ActiveState"], because=because + required)
        )
    unexpected = [path for path in actual["drop_ins"] if path not in resource["drop_ins"]]
    found += [
        difference(
            "drop_in", "none", "overrides the unit", "unexpected", _remove(path, unit), subject=path
        )
        for path in unexpected
    ]
    if actual["NeedDaemonReload"] == "yes" and not unexpected:
        found.append(
            difference("reload_pending", "read by systemd", "changed since", because=because)
        )
    return found


def _compare_file(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    path = actual["FragmentPath"]
    if path == resource["file"] or actual["UnitFileState"].startswith("masked"):
        return []
    if not resource["file"] and path.startswith(PACKAGES):
        return []
    expected = resource["file"] or "the package's own unit"
    return [
        difference(
            "file", expected, "in its place", remedy=_remove(path, resource["unit"]), subject=path
        )
    ]


def _remove(path: str, unit: str) -> str:
    restart = f"systemctl restart {shlex.quote(unit)}"
    return f"rm {shlex.quote(path)} && systemctl daemon-reload && {restart}"
