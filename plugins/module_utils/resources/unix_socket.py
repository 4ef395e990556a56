# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unix socket on the file system: is it there, and who may connect to it?

systemd creates the socket when its unit starts; a changed mode or group in the unit
reaches the socket only with the next start of the unit.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat

from ansible_collections.flaskops.stack.plugins.module_utils.difference import difference

OPTIONS = {
    "path": {"type": "path", "required": True},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "str"},
}


def identity(resource):
    return resource["path"]


def read(resource):
    """The socket's owner, group and mode; None where there is no socket."""
    try:
        found = os.lstat(resource["path"])
    except FileNotFoundError:
        return None
    if not stat.S_ISSOCK(found.st_mode):
        return None
    return {
        "owner": _name(pwd.getpwuid, found.st_uid),
        "group": _name(grp.getgrgid, found.st_gid),
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
    }


def compare(resource, actual):
    """The differences between a declared socket and what read() returned."""
    if actual is None:
        return [difference("state", "a socket", "no socket", "missing")]
    return [
        difference(attribute, resource[attribute], actual[attribute])
        for attribute in ("owner", "group", "mode")
        if resource[attribute] and resource[attribute] != actual[attribute]
    ]


def _name(lookup, number):
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)
