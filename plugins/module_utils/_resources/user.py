# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system user: its shell, no password, and no more groups than declared."""

from __future__ import annotations

import contextlib
import grp
import pwd
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "name": {"type": "str", "required": True},
    "shell": {"type": "path"},
    "groups": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "exists": Check("error", "The user was removed."),
    "shell": Check("error", "Somebody gave a service's user a shell to log in with."),
    "password": Check("error", "Somebody gave a service's user a password to log in with."),
    "group": Check(
        "error", "Somebody added the user to a group, whose rights the service has now."
    ),
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, _host: Host) -> Any:
    """shell, groups and whether a password is set; None where there is no such user."""
    name = resource["name"]
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return None
    return {
        "shell": account.pw_shell,
        "groups": sorted(g.gr_name for g in grp.getgrall() if name in g.gr_mem),
        "has_password": _has_password(name),
    }


def _has_password(name: str) -> bool:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        with open("/etc/shadow", encoding="utf-8", errors="replace") as stream:
            for line in stream:
                fields = line.split(":")
                if fields[0] == name:
                    return not fields[1].startswith(("!", "*"))
    return False


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("exists", "a user", "no such user", "missing")]
    found = []
    if resource["shell"] and resource["shell"] != actual["shell"]:
        found.append(difference("shell", resource["shell"], actual["shell"]))
    if actual["has_password"]:
        found.append(difference("password", "none", "one is set", "unexpected"))
    declared, current = set(resource["groups"]), set(actual["groups"])
    found += [
        difference("group", "a member", "no member", "missing", subject=name)
        for name in sorted(declared - current)
    ]
    found += [
        difference("group", "no member", "a member", "unexpected", subject=name)
        for name in sorted(current - declared)
    ]
    return found
