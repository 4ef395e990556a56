# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which collections that are needed are not installed, or are too old."""

from __future__ import annotations

import importlib
import json
import pathlib
import re

NEED = re.compile(r"(\w+\.\w+)>=([0-9.]+)\Z")


def lack(need: str) -> str:
    """Return why a need, such as "community.postgresql>=4.1.0", is not met, or "".

    Raises ValueError where it is written otherwise. A collection that does not say its version, as
    a checkout of its source does not, is taken to be new enough.
    """
    found = NEED.match(need)
    if not found:
        raise ValueError(f"{need} is not NAMESPACE.NAME>=VERSION")
    name, least = found.groups()
    remedy = f'ansible-galaxy collection install "{name}:>={least}"'
    try:
        package = importlib.import_module(f"ansible_collections.{name}")
    except ImportError:
        return f"The collection {name} is not installed here. Install it: {remedy}"
    version = _version(pathlib.Path(next(iter(package.__path__))))
    if version and _number(version) < _number(least):
        return (
            f"The collection {name} is installed here in version {version}, and {least} is the"
            f" least that will do. Upgrade it: {remedy} --upgrade"
        )
    return ""


def _version(folder: pathlib.Path) -> str:
    try:
        manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(manifest.get("collection_info", {}).get("version", ""))


def _number(version: str) -> list[int]:
    """A version without what makes it a pre-release, to be compared."""
    return [int(part) for part in re.findall(r"\d+", version.partition("-")[0])]
