# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process on this host is the other end of a session of the server."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

SOCKET = re.compile(r"socket:\[(\d+)\]")
SESSION_OF = re.compile(r"pid=(\d+)")
# A session of the server, as pg_stat_activity has it.
Client = Mapping[str, Any]


def processes(pid: int, children: Callable[[int], Iterable[int]]) -> list[int]:
    """A service's process and all below it; children(pid) returns those of one."""
    found = [pid]
    for each in found:
        found += [child for child in children(each) if child not in found]
    return found


def sockets(pids: Iterable[int | str]) -> set[str]:
    """The inodes of the sockets that the processes have open."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    match = SOCKET.match(os.readlink(f"/proc/{pid}/fd/{name}"))
                    if match:
                        found.add(match[1])
    return found


def tcp_ports(text: str, inodes: Collection[str]) -> set[int]:
    """The local ports of those of the sockets in a table such as /proc/net/tcp, that are connected.

    The columns are those of proc_pid_net(5): sl, local_address, rem_address, st, ..., inode.
    """
    found = set()
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == "01" and fields[9] in inodes:
            found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def listeners(text: str) -> Iterator[tuple[str, str, int]]:
    """(inode, address, port) of the sockets in a table such as /proc/net/tcp that listen."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == "0A":
            address, _colon, port = fields[1].rpartition(":")
            yield fields[9], _address(address), int(port, 16)


def _address(digits: str) -> str:
    """An address of /proc/net/tcp or tcp6, which is words in the machine's own order."""
    words = [bytes.fromhex(digits[at : at + 8]) for at in range(0, len(digits), 8)]
    octets = b"".join(word[:: -1 if sys.byteorder == "little" else 1] for word in words)
    address = ipaddress.ip_address(octets)
    return f"[{address}]" if address.version == 6 else str(address)


def network(pid: int | str) -> str:
    """What names the network that a process sees; "" where this user may not know."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return ""


def listening(pid: int | str = "self") -> dict[str, tuple[str, int]]:
    """{inode: (address, port)} of all sockets that listen in a process's network, of TCP."""
    found: dict[str, tuple[str, int]] = {}
    for family in ("tcp", "tcp6"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/net/{family}") as stream:
            found.update((inode, (at, port)) for inode, at, port in listeners(stream.read()))
    return found


def unix_listening(pid: int | str = "self") -> dict[str, str]:
    """{inode: path} of the unix sockets of a process's network on which somebody listens; a path
    that is none in the file system begins with "@". {} where the process has just ended."""
    lines: list[list[str]] = []
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/net/unix", encoding="utf-8", errors="surrogateescape") as stream:
            lines = [line.rstrip("\n").split(None, 7) for line in stream]
    # The flag says that it listens.
    return {f[6]: f[7] for f in lines if len(f) == 8 and f[3] == "00010000"}


def unix_servers(text: str, inodes: Collection[str]) -> set[int]:
    """The processes at the other ends of unix sockets, from what ss -xpnH prints.

    A line has netid, state, two queues, the server's path and inode, "*" and the client's inode.
    """
    found: set[int] = set()
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 8 and ".s.PGSQL." in fields[4] and fields[7] in inodes:
            found.update(int(number) for number in SESSION_OF.findall(" ".join(fields[8:])))
    return found


def owned(clients: Sequence[Client], pids: Sequence[int]) -> list[Client]:
    """Those of the sessions (pid, address and port of the client, as pg_stat_activity has them)
    whose other end is one of the processes."""
    inodes = sockets(pids)
    ports: set[int] = set()
    servers: set[int] = set()
    for family in ("tcp", "tcp6"):
        # A service may have a network of its own.
        with contextlib.suppress(OSError), open(f"/proc/{pids[0]}/net/{family}") as stream:
            ports |= tcp_ports(stream.read(), inodes)
    if any(client["port"] == -1 for client in clients):
        servers = unix_servers(_ss(), inodes)
    return [c for c in clients if (c["port"] in ports if c["port"] != -1 else c["pid"] in servers)]


def databases(session: Mapping[str, Any], pids: Sequence[int]) -> set[str]:
    """The names of the databases in which the processes have sessions; session has the facts of one
    of the same role (programs/connection.py)."""
    return {client["database"] for client in owned(session.get("clients") or [], pids)}


def _ss() -> str:
    try:
        done = pace.run(["ss", "-xpnH"], 10, text=True)
    except OSError:
        return ""
    output: str = done.stdout
    return output
