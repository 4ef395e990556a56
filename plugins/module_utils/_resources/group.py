# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system group: does it exist, and has nobody joined it who was not declared?

A member reads whatever the group may read, an application's environment file among it.
"""

from __future__ import annotations

import grp
import shlex
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "name": {"type": "str", "required": True},
    "members": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "exists": Check("error", "The group was removed."),
    "member": Check("error", "Somebody was added to the group, and can read its files."),
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, _host: Host) -> Any:
    """The group's members; None where there is no such group."""
    try:
        return grp.getgrnam(resource["name"]).gr_mem
    except KeyError:
        return None


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("exists", "a group", "no such group", "missing")]
    return [
        difference(
            "member",
            "not a member",
            "a member",
            "unexpected",
            remedy=f"gpasswd --delete {shlex.quote(member)} {shlex.quote(resource['name'])}",
            subject=member,
        )
        for member in sorted(set(actual) - set(resource["members"]))
    ]
