# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owner, group and mode of what is on the file system: read, and compared."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {"owner": {"type": "str"}, "group": {"type": "str"}, "mode": {"type": "str"}}

CHECKS = {
    "owner": Check("error", "Somebody changed the owner, or restored a copy as another user."),
    "group": Check("error", "Somebody changed the group, or restored a copy as another user."),
    "mode": Check("error", "Somebody changed the permissions by hand."),
}

TYPES = {
    stat.S_ISREG: "file",
    stat.S_ISDIR: "directory",
    stat.S_ISLNK: "link",
    stat.S_ISSOCK: "socket",
}


def read(path: str) -> dict[str, str] | None:
    """type, owner, group and mode of the path itself; None where nothing is there."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    types = [name for test, name in TYPES.items() if test(found.st_mode)]
    return {
        "type": types[0] if types else "special file",
        "owner": _name(pwd.getpwuid, found.st_uid),
        "group": _name(grp.getgrgid, found.st_gid),
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
    }


def compare_type(actual: dict[str, str] | None, expected: str) -> list[Difference]:
    """The difference between what is at a path and the type that was declared, in a list."""
    if actual is None:
        return [difference("exists", f"a {expected}", "nothing", "missing")]
    if actual["type"] != expected:
        return [difference("exists", f"a {expected}", f"a {actual['type']}")]
    return []


def compare(resource: dict[str, Any], actual: dict[str, str]) -> list[Difference]:
    """The differences in what was declared of owner, group and mode."""
    return [
        difference(attribute, resource[attribute], actual[attribute])
        for attribute in OPTIONS
        if resource[attribute] and resource[attribute] != actual[attribute]
    ]


def _name(lookup: Callable[[int], Any], number: int) -> str:
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)
