# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owner, group, mode, access control lists and flags of what is on the file system: read, and
compared."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shlex
import stat
from collections.abc import Callable
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes, mounts
from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause
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
    "acl": Check("error", "Somebody gave rights with setfacl, which the mode does not show."),
    "immutable": Check("warning", "Somebody ran chattr; what is to change there cannot."),
}
# Of a file.
MOUNT_CHECKS = {
    "mounted": Check(
        "error", "Somebody ran mount --bind; what is on the disk is not what is read.", hides=True
    ),
}
# Of a file with a secret.
SECRET_CHECKS = {
    "hard_link": Check(
        "warning", "The file has another name, under which the secret stays when it is replaced."
    )
}

# What owners and groups have their names from.
ACCOUNT = {
    "owner": [("user", "exists"), ("user", "uid")],
    "group": [("group", "exists"), ("group", "gid"), ("user", "primary_group")],
}
TYPES = {
    stat.S_ISREG: "file",
    stat.S_ISDIR: "directory",
    stat.S_ISLNK: "link",
    stat.S_ISSOCK: "socket",
    stat.S_ISFIFO: "named pipe",
}


def read(path: str) -> dict[str, Any] | None:
    """type, owner, group, mode, acl, immutable and the number of links of the path itself, and
    whether something is mounted over it; None where nothing is there."""
    try:
        found = os.lstat(path)
        more = attributes.read(path, found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return {
        "type": typename_of(found.st_mode),
        "owner": name_of(pwd.getpwuid, found.st_uid),
        "group": name_of(grp.getgrgid, found.st_gid),
        "mode": f"{attributes.mode(found, more):04o}",
        "acl": named(more.acl),
        "immutable": more.fixed,
        "links": found.st_nlink,
        "mounted": mounts.is_over(path),
    }


def typename_of(mode: int) -> str:
    """What a mode of stat() is of, for people."""
    return next((name for test, name in TYPES.items() if test(mode)), "special file")


def named(acl: str) -> str:
    """A list with the names of users and groups in the place of their numbers."""

    def name(match: re.Match[str]) -> str:
        lookup = pwd.getpwuid if match[1] == "user" else grp.getgrgid
        return f"{match[1]}:{name_of(lookup, int(match[2]))}:"

    return re.sub(r"(user|group):(\d+):", name, acl)


def compare_type(
    actual: dict[str, Any] | None, expected: str, path: str | None = None
) -> list[Difference]:
    """The difference between what is at a path and the type that was declared, in a list."""
    if actual is None:
        # Where its folder is something else, that is why; pg_hba tells of its file itself.
        because = [cause.path(os.path.dirname(path))] if path else []
        because += [cause.resource("pg_hba", path)] if path else []
        return [difference("exists", f"a {expected}", "nothing", "missing", because=because)]
    if actual["type"] != expected:
        return [difference("exists", f"a {expected}", f"a {actual['type']}")]
    return []


def compare_file(actual: dict[str, Any] | None, path: str) -> list[Difference]:
    """The same of a file, over which nothing is mounted: what it hides is not known.

    pg_hba tells of its file itself.
    """
    if actual and actual.get("mounted"):
        return [mounted(path)._replace(because=(cause.resource("pg_hba", path),))]
    return compare_type(actual, "file", path)


def mounted(path: str, subject: str = "", loads: str = "") -> Difference:
    """The difference of a mount over a file or a folder, which the next reload or restart reads.

    subject: the path as it is shown, where the resource is not at it itself. loads: see Difference.
    """
    return difference(
        "mounted", "nothing", "another file or folder", "unexpected",
        remedy=f"umount {shlex.quote(path)}", subject=subject, waits=True, loads=loads,
    )  # fmt: skip


def compare(resource: dict[str, Any], actual: dict[str, Any]) -> list[Difference]:
    """The differences in what was declared of owner, group and mode; who declares a mode, means
    that nothing besides it gives or takes rights."""
    found = [
        difference(
            attribute,
            resource[attribute],
            actual[attribute],
            because=_of_account(attribute, actual[attribute]),
        )
        for attribute in OPTIONS
        if resource[attribute]
        and resource[attribute] != actual[attribute]
        and not (attribute == "mode" and _is_told_by_list(resource, actual))
    ]
    if resource["mode"] and actual.get("acl"):
        found.append(difference("acl", "none", actual["acl"], "unexpected"))
    if resource["mode"] and actual.get("immutable"):
        found.append(difference("immutable", "can be changed", actual["immutable"], "unexpected"))
    return found


def _of_account(attribute: str, actual: str) -> list[cause.Cause]:
    """What a number without a name follows from: its account went, or has another number."""
    checks = ACCOUNT.get(attribute, ()) if actual.isdigit() else ()
    return [cause.check(*each) for each in checks]


def _is_told_by_list(resource: dict[str, Any], actual: dict[str, Any]) -> bool:
    """Whether the modes differ in the group's rights alone, of a file with a list, which has them
    too."""
    declared, current = (int(each["mode"], 8) for each in (resource, actual))
    return bool(actual.get("acl")) and not (declared ^ current) & ~0o070


def compare_links(path: str, actual: dict[str, Any]) -> list[Difference]:
    """The difference of a secret that has other names, in a list."""
    names = actual.get("links", 1)
    if names < 2:
        return []
    quoted, pattern = shlex.quote(path), shlex.quote(re.sub(r"([][*?\\])", r"\\\1", path))
    place = f'find "$(stat --format=%m {quoted})" -xdev -samefile {quoted}'
    remedy = f"{place} ! -path {pattern} -print -delete"
    return [difference("hard_link", "one name", f"{names} names", "unexpected", remedy)]


def name_of(lookup: Callable[[int], Any], number: int) -> str:
    """The name of a user or a group, or its number where it has none."""
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)
