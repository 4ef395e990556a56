# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that nobody declared: whose they are, and how to end them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import time
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._host import peers
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

# Services whose processes are others' work: what they start is no part of them.
HOSTS = ("cron.service", "ssh.service", "sshd.service", "atd.service", "docker.service")
MORE = "..."


# A process of this host; unit is the unit of systemd that it is in, or "".
class Process(NamedTuple):
    pid: int
    parent: int
    uid: int
    unit: str


def table() -> dict[int, Process]:
    """All processes of this host that this user may look at, by their numbers."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found[int(name)] = _process(name)
    return found


def _process(name: str) -> Process:
    folder = f"/proc/{name}"
    with open(f"{folder}/stat", "rb") as stream:
        # The second field, the name, may hold spaces and parentheses.
        parent = int(stream.read().rpartition(b")")[2].split()[1])
    return Process(int(name), parent, os.stat(folder).st_uid, unit_of(int(name)))


def unit_of(pid: int) -> str:
    """The unit of systemd in which a process is; "" where it is in none."""
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as stream:
            paths = [line.rstrip("\n").split(":", 2)[-1] for line in stream]
    except OSError:
        return ""
    return unit_in(max(paths, key=len, default=""))


def unit_in(path: str) -> str:
    """The unit in the path of a control group; a service may have groups of its own in it."""
    parts = [part for part in path.split("/") if part.endswith((".service", ".scope"))]
    return parts[0] if parts else ""


def family(pids: Iterable[int], processes: dict[int, Process]) -> set[int]:
    """The processes, and all that come from them."""
    found = set(pids)
    while True:
        more = {each.pid for each in processes.values() if each.parent in found} - found
        if not more:
            return found
        found |= more


def holders(inodes: Set[str]) -> list[int]:
    """The processes that have one of the sockets open."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return sorted(pid for pid in pids if peers.sockets([pid]) & inodes)


def described(pid: int) -> str:
    """A process for people, without what may be a secret: no argument is shown that is no file."""
    try:
        words, since = units.command_line(pid), units.started(pid)
        user = _user(os.stat(f"/proc/{pid}").st_uid)
    except (OSError, ValueError, IndexError):
        return f"a process that has just ended (process {pid})"
    unit = unit_of(pid)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    return f"{shown(words)} (process {pid} of {user}, since {when}{f', in {unit}' if unit else ''})"


def shown(words: Sequence[str]) -> str:
    """A command line as far as it is sure to hold no secret: the program, and files."""
    told = [words[0].split()[0] if words and words[0].split() else "a kernel thread"]
    for word in words[1:]:
        plain = word.startswith("/") and ":" not in word and "=" not in word
        told.append(word if plain and os.path.exists(word) else MORE)
    short = [w for at, w in enumerate(told) if w != MORE or told[at - 1] != MORE]
    return " ".join(short)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def remedy(pids: Iterable[int]) -> str:
    """The command that ends processes, and no others that have got their numbers meanwhile; where
    they are all that a service is, it stops the service."""
    pids = sorted(pids)
    name, *others = {unit_of(pid) for pid in pids} or {""}
    if not others and _is_theirs(name, pids):
        name = shlex.quote(name)
        return f"systemctl stop {name}; systemctl disable {name} 2>/dev/null || true"
    marked = []
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            marked.append(f"{pid}:{units.start_ticks(pid)}")
    same = '[ "$(sed "s/.*) //" /proc/${p%:*}/stat 2>/dev/null | cut -d" " -f20)" = "${p#*:}" ]'
    # Those that do not end by themselves within a second are made to.
    return (
        f"for s in TERM KILL; do for p in {' '.join(marked)}; do {same} && kill -s $s ${{p%:*}};"
        " done; sleep 1; done; true"
    )


def _is_theirs(name: str, pids: Sequence[int]) -> bool:
    if not name.endswith(".service") or name in HOSTS or name.startswith("user@"):
        return False
    main = int(units.show([name], ["MainPID"]).get(name, {}).get("MainPID") or 0)
    return main in pids
