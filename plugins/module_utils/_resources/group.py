# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system group: does it exist, and has nobody joined it who was not declared?

A member reads whatever the group may read, an application's environment file among it; so does who
has the group as the first one, or another group of the same number.
"""

from __future__ import annotations

import grp
import pwd
import shlex
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import accounts
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
    "name": {"type": "str", "required": True},
    "members": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "exists": Check("error", "The group was removed."),
    "member": Check("error", "Somebody was added to the group, and can read its files."),
    "gid": Check("error", "Somebody edited /etc/group; two groups have one number."),
    "password": Check("error", "Somebody gave the group a password, with which others enter it."),
    "administrator": Check("error", "Somebody may add members to the group."),
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, _host: Host | None) -> Any:
    """Who is in the group and may become so; None where there is no such group."""
    try:
        found = grp.getgrnam(resource["name"])
    except KeyError:
        return None
    # name:password:administrators:members
    fields = [*accounts.field("/etc/gshadow", resource["name"]), "", "", ""]
    return {
        "members": found.gr_mem,
        # A user has a group of its own name.
        "first": sorted(
            account.pw_name
            for account in pwd.getpwall()
            if account.pw_gid == found.gr_gid and account.pw_name != resource["name"]
        ),
        "same_number": [
            each.gr_name
            for each in grp.getgrall()
            if each.gr_gid == found.gr_gid and each.gr_name != resource["name"]
        ],
        "has_password": bool(fields[1]) and not fields[1].startswith(("!", "*")),
        "administrators": [name for name in fields[2].split(",") if name],
    }


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("exists", "a group", "no such group", "missing")]
    group, declared = shlex.quote(resource["name"]), set(resource["members"])
    found = [
        _unexpected("member", "a member", f"gpasswd --delete {shlex.quote(name)} {group}", name)
        for name in sorted(set(actual["members"]) - declared)
    ]
    for name in sorted(set(actual["first"]) - declared):
        remedy = f"usermod --gid nogroup {shlex.quote(name)}"
        found.append(_unexpected("member", "it is its first group", remedy, name))
    for name in actual["same_number"]:
        remedy = f"groupdel --force {shlex.quote(name)}"
        found.append(_unexpected("gid", "it has the same number", remedy, name))
    if actual["has_password"]:
        remedy = f"gpasswd --remove-password {group}"
        found.append(_unexpected("password", "one is set", remedy))
    for name in actual["administrators"]:
        remedy = f"gpasswd --administrators '' {group}"
        found.append(_unexpected("administrator", "it adds members", remedy, name))
    return found


def _unexpected(check: str, actual: str, remedy: str, subject: str = "") -> Difference:
    # A second name of the user's number has its group too.
    because = [cause.check("user", "uid", subject)] if subject else []
    expected = {"member": "not a member", "gid": "a number of its own"}.get(check, "none")
    return difference(
        check, expected, actual, "unexpected", remedy, because=because, subject=subject
    )
