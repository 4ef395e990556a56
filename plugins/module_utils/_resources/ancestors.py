# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folders above what is declared: nobody exchanges what is in them, and users come through.

Who may write to a folder may rename what is in it, whoever owns that, and put another thing in its
place. The folders are the system's: what is wrong with them is for people to put right.
"""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import as_user
from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "paths": {"type": "list", "elements": "str", "required": True},
    "users": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "writable": Check(
        "error",
        "Somebody changed the rights of a system's folder; others may exchange what is in it.",
    ),
    "closed": Check(
        "error", "Somebody changed the rights of a system's folder; the service cannot enter it."
    ),
}


def identity(resource: Options) -> str:
    return " ".join(resource["paths"])


def read(resource: Options, host: Host) -> Any:
    """{folder: {owner, mode, closed_to}}; a folder that another resource has told of is left out.

    A user that is not there yet is looked at once it is.
    """
    told: set[str] = host.once(("ancestors",), set)
    folders = [each for each in _above(resource["paths"]) if each not in told]
    told.update(folders)
    found = {}
    for path in folders:
        status = os.stat(path)
        found[path] = {
            "owner": ownership.name_of(pwd.getpwuid, status.st_uid),
            "mode": stat.S_IMODE(status.st_mode),
            "closed_to": [each for each in resource["users"] if _is_closed(path, status, each)],
        }
    return found


def _above(paths: Sequence[str]) -> list[str]:
    """The folders above some paths, and where the links among them lead to."""
    found: set[str] = set()
    for path in paths:
        for folder in _folders(path):
            real = os.path.realpath(folder)
            if os.path.isdir(real):
                found.update([real, *_folders(real)])
    return sorted(found)


def _folders(path: str) -> Iterator[str]:
    while path != "/":
        path = os.path.dirname(path)
        yield path


def _is_closed(path: str, status: os.stat_result, user: str) -> bool:
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return False
    if status.st_uid == account.pw_uid:
        return not status.st_mode & stat.S_IXUSR
    more = attributes.read(path, status)
    if f"user:{account.pw_uid}:" in more.acl:
        return False  # A list that has it in mind.
    if status.st_gid in as_user.groups_of(account):
        return not status.st_mode & stat.S_IXGRP
    return not status.st_mode & stat.S_IXOTH


def compare(_resource: Options, actual: Any) -> Sequence[Found]:
    return [each for path, found in actual.items() for each in _compare(path, found)]


def _compare(path: str, found: dict[str, Any]) -> Iterator[Difference]:
    quoted, mode = shlex.quote(path), found["mode"]
    # With a sticky bit, everybody renames what is theirs alone.
    is_open = mode & 0o022 and not mode & stat.S_ISVTX
    if found["owner"] != "root" or is_open:
        actual = f"{found['owner']}'s, {mode:04o}"
        remedy = f"chown root {quoted} && chmod go-w {quoted}"
        yield difference("writable", "root's alone to write", actual, remedy=remedy, subject=path)
    if found["closed_to"]:
        users = ", ".join(found["closed_to"])
        actual = f"{mode:04o}, closed to {users}"
        remedy = f"chmod a+x {quoted}"
        yield difference("closed", "can be entered", actual, remedy=remedy, subject=path)
