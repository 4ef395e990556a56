# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's name: do its user, group and units belong to somebody else?

With the name "users" every login of the host would be in the group that may read the environment
file, with "shadow" the service could read /etc/shadow, "rsyslog" has a unit, and "dpkg" would own
/var/lib/dpkg. What this collection made is told by what only it makes: a complete release, an
account with the application's home, the text of its units.
"""

from __future__ import annotations

import contextlib
import glob
import grp
import os
import pwd
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import packaged
from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "name": {"type": "str", "required": True},
    "home": {"type": "path", "required": True},
    "accounts": {"type": "dict", "required": True},
    "units": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "path", "default": ""},
}

CHECKS = {
    "taken": Check("error", "The name is that of a user, a group or a service of the system."),
}

REMEDY = "Declare another app_name."
OWN_UNITS = ("Description=Gunicorn serving {}\n", "Description=Socket of {} for the web server\n")


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, host: Host) -> Any:
    """What is there of these names and was not made by this collection, as texts for people."""
    if glob.glob(f"{glob.escape(resource['home'])}/releases/*/.complete"):
        return []
    found = [text for item in resource["accounts"].items() for text in _foreign_account(*item)]
    for name in resource["units"]:
        path = host.unit(name).get("FragmentPath", "")
        if path and not _is_own_unit(path, resource["name"]):
            found.append(f"the unit {path}")
    return found + list(_foreign_directory(resource["state"], resource["name"]))


def _foreign_directory(path: str, name: str) -> Iterator[str]:
    """What is where the application's data would be, unless it is its own, or a copy of it that
    root has put there before the first run."""
    if path and os.path.lexists(path):
        owner = ownership.name_of(pwd.getpwuid, os.lstat(path).st_uid)
        if owner not in ("root", name):
            yield f"{path}, which is {owner}'s"
        elif not packaged.strangers([path]):
            yield f"{path}, which is a Debian package's"


def _foreign_account(name: str, home: str) -> Iterator[str]:
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        account = None
    if account and account.pw_dir == home:
        return
    if account:
        yield f"the user {name}, whose home is {account.pw_dir}"
    # Its group comes with a user.
    with contextlib.suppress(KeyError):
        if not account or grp.getgrnam(name).gr_gid != account.pw_gid:
            yield f"the group {grp.getgrnam(name).gr_name}"


def _is_own_unit(path: str, name: str) -> bool:
    """Whether a unit's file has a line that only the role gunicorn writes."""
    if not os.path.isfile(path):
        # Masked, or generated: nobody's work can be lost.
        return os.path.realpath(path) == "/dev/null"
    with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
        text = stream.read()
    return any(line.format(name) in text for line in OWN_UNITS)


def compare(_resource: Options, actual: Any) -> Sequence[Found]:
    return [difference("taken", "free", text, "unexpected", REMEDY) for text in actual]
