# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TCP port on which a unit's process is to listen: does another program listen there?

nginx -t passes over it; a reload or a start fails then, or waits for it, after all else was done.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence, Set
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import peers
from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "port": {"type": "int", "required": True},
    "unit": {"type": "str", "required": True},
    "variable": {"type": "str", "required": True},
}

CHECKS = {
    "taken": Check("error", "Another program was installed, or started, that listens on the port."),
}


def identity(resource: Options) -> str:
    return str(resource["port"])


def read(resource: Options, host: Host) -> Any:
    """Who else listens on the port, as a text; "" where nobody does, or the unit's process does."""
    listening = peers.listening(resource["port"])
    pid = int(host.unit(resource["unit"]).get("MainPID", 0))
    if not listening or (pid and peers.sockets([pid]) & listening):
        return ""
    return _holder(listening)


def _holder(inodes: Set[str]) -> str:
    """The first process that has one of the sockets open."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        if peers.sockets([name]) & inodes:
            with contextlib.suppress(OSError), open(f"/proc/{name}/comm", "rb") as stream:
                return f"{stream.read().decode('utf-8', 'replace').strip()} (process {name})"
    return "a program of another container, or of the kernel"


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if not actual:
        return []
    unit, variable = resource["unit"], resource["variable"]
    remedy = (
        f"See whose it is (ss -ltnp 'sport = :{resource['port']}'; systemctl status PROCESS), and"
        f" stop it, or declare another {variable}."
    )
    return [difference("taken", f"{unit}'s alone", actual, "unexpected", remedy)]
