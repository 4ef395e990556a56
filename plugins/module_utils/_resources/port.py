# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TCP port on which a unit's process is to listen: does another program listen there?

nginx -t passes over it; a reload or a start fails then, or waits for it, after all else was done.
Where both listen, at addresses of their own, visitors come to either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import peers, strangers
from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "port": {"type": "int", "required": True},
    "unit": {"type": "str", "required": True},
    "variable": {"type": "str", "required": True},
}

CHECKS = {
    "taken": Check("error", "Another program was installed, or started, that listens on the port."),
    "beside": Check(
        "error", "Another program listens on the port too, at an address that was free."
    ),
}


def identity(resource: Options) -> str:
    return str(resource["port"])


def read(resource: Options, host: Host) -> Any:
    """Whether the unit's process listens on the port, and who else does, {address: (process as a
    text, remedy)}."""
    tcp = host.once("listening", peers.listening)
    there = {inode: at for inode, (at, port) in tcp.items() if port == resource["port"]}
    if not there:
        return {"is_own": False, "others": {}}
    pid = int(host.unit(resource["unit"]).get("MainPID", 0))
    own = peers.sockets([pid]) if pid else set()
    if pid and not own >= set(there):
        # What a process hands over stays the same socket, whoever accepts from it.
        own |= peers.sockets(peers.processes(pid, units.children))
    others = {at: _holder(inode) for inode, at in there.items() if inode not in own}
    return {"is_own": bool(own & set(there)), "others": others}


def _holder(inode: str) -> tuple[str, str]:
    """The processes that have a socket open: the first of them as a text, and how to end them."""
    found = strangers.holders({inode})
    if not found:
        return "a program of another container, or of the kernel", ""
    return strangers.described(found[0]), strangers.remedy(found)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    port, unit = resource["port"], resource["unit"]
    expected = f"{unit}'s alone"
    see = f"See whose it is (ss -ltnp 'sport = :{port}'; systemctl status PROCESS), and stop it"
    if not actual["is_own"]:
        holders = dict.fromkeys(holder for holder, _remedy in actual["others"].values())
        remedy = f"{see}, or declare another {resource['variable']}."
        return [
            difference("taken", expected, holder, "unexpected", remedy) for holder in [*holders][:1]
        ]
    return [
        difference(
            "beside", expected, f"{holder} listens at {address}:{port}", "unexpected",
            remedy or f"{see}.", subject=address,
        )
        for address, (holder, remedy) in sorted(actual["others"].items())
    ]  # fmt: skip
