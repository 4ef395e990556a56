# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of a service and of its user: are there others, do they run files that are gone,
and do they listen where nobody declared it?
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import accounts, peers, strangers
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
    not_checked,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "user": {"type": "str", "default": ""},
    "restart": {"type": "bool", "default": False},
    "sockets": {"type": "list", "elements": "path", "default": []},
}

CHECKS = {
    "beside": Check(
        "warning", "Somebody started it by hand or by cron, or a service left it behind."
    ),
    "deleted": Check(
        "warning", "A package was upgraded, and the service still runs what it had before."
    ),
    "listening": Check("error", "The service was started with a socket that nobody declared."),
}
MENDED_BY = {"deleted": "restart"}

# How many processes of a service are looked at for what is gone; the others are their like.
MOST = 8
# A library, or the program itself; a file that is mapped to be executed and has no name any more is
# how libffi and others make room for code.
LIBRARY = re.compile(r"(?!/(?:dev|proc|run|tmp|var/tmp)/)/[^/]+/.*\.so(?:\.[\w.]*)?\Z")
DELETED = " (deleted)"


def identity(resource: Options) -> str:
    unit: str = resource["unit"]
    return unit


def depends(resource: Options) -> list[cause.Cause]:
    return [cause.resource("unit", resource["unit"])]


def read(resource: Options, host: Host) -> Any:
    """The processes that nobody declared, as [(text, remedy)]; with whom the user shares its
    number, so that its processes cannot be told from theirs; the files that are gone; and the
    sockets on which the service listens, as texts."""
    unit = resource["unit"]
    uid, others = _account(resource["user"])
    main = int(host.unit(unit).get("MainPID", 0))
    table = host.once("processes", strangers.table)
    found = _beside(unit, uid, main, table)
    if found:
        # What has just ended, or had not begun when its parent was read.
        again = strangers.table()
        found &= _beside(unit, uid, main, again)
        table = again
    family = sorted(strangers.family([main], table)) if main else []
    return {
        "shared": others,
        "beside": [_told(group) for group in _groups(found, table)],
        "deleted": sorted({path for pid in [main, *family][: MOST + 1] for path in _deleted(pid)})
        if main
        else [],
        "listening": _listening(main, family, host) if main and resource["sockets"] else {},
    }


def _account(name: str | None) -> tuple[int, list[str]]:
    """(the number that is this user's alone, or -1; the others who have it too)."""
    try:
        uid = pwd.getpwnam(name).pw_uid if name else -1
    except KeyError:
        return -1, []
    others = sorted({*accounts.names_of(uid)} - {name})
    # What is root's is the whole host, also where root has no other name any more.
    others = others or (["root"] if uid == 0 else [])
    return (-1 if others else uid), others


def _beside(unit: str, uid: int, main: int, table: dict[int, strangers.Process]) -> set[int]:
    """The processes of the unit's control group and of its user that come neither from its main
    process nor from this one, which asks as the user too."""
    own = strangers.family([os.getpid(), *([main] if main else [])], table)
    return {
        each.pid for each in table.values()
        if (each.unit == unit or each.uid == uid) and each.pid not in own
    }  # fmt: skip


def _groups(found: Collection[int], table: dict[int, strangers.Process]) -> list[list[int]]:
    """The processes by those that started them, the first of each group before the others."""
    first = sorted(pid for pid in found if table[pid].parent not in found)
    return [[pid, *sorted(strangers.family([pid], table) & set(found) - {pid})] for pid in first]


def _told(pids: Sequence[int]) -> tuple[str, str]:
    more = f" and {len(pids) - 1} that it started" if pids[1:] else ""
    return f"{strangers.described(pids[0])}{more}", strangers.remedy(pids)


def _deleted(pid: int) -> Iterable[str]:
    """The program and the libraries of a process whose files are no longer there."""
    try:
        program = os.readlink(f"/proc/{pid}/exe")
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return []
    return [*filter(None, [_gone(program, re.compile(".*"))]), *gone_libraries(lines)]


def gone_libraries(lines: Iterable[str]) -> set[str]:
    """The libraries in /proc/PID/maps that are mapped and gone."""
    paths = {line.split(None, 5)[5] for line in lines if line.endswith(DELETED)}
    return {path for path in (_gone(text, LIBRARY) for text in paths) if path}


def _gone(text: str, pattern: re.Pattern[str]) -> str:
    path = text[: -len(DELETED)]
    return path if text.endswith(DELETED) and pattern.match(path) else ""


def _listening(main: int, family: Collection[int], host: Host) -> dict[str, str]:
    """{socket: program} of all sockets on which the service listens."""
    held = peers.sockets(family)
    # A service may have a network of its own.
    is_host = peers.network(main) == peers.network("self")
    tcp = host.once("listening", peers.listening) if is_host else peers.listening(main)
    found = {f"{at}:{port}" for inode, (at, port) in tcp.items() if inode in held}
    found |= {path for inode, path in peers.unix_listening(main).items() if inode in held}
    words = _command(main)
    return dict.fromkeys(sorted(found), words)


def _command(pid: int) -> str:
    try:
        return strangers.shown(units.command_line(pid))
    except OSError:
        return "a process that has just ended"


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    unit = shlex.quote(resource["unit"])
    found: list[Found] = []
    if actual["shared"]:
        shared = ", ".join(actual["shared"])
        reason = (
            f"the user {resource['user']} has the number of {shared}, whose processes are its too"
        )
        found.append(not_checked("beside", reason))
    found += [
        difference("beside", "none", text, "unexpected", remedy, subject=text.partition(" ")[0])
        for text, remedy in actual["beside"]
    ]
    found += _compare_deleted(resource, actual["deleted"], f"systemctl restart {unit}")
    stem = resource["unit"].rpartition(".")[0]
    because = [cause.resource("unit", name) for name in (resource["unit"], f"{stem}.socket")]
    found += [
        difference(
            "listening", "not listened at", f"{program} listens there", "unexpected",
            "", because, subject=at, loads=f"systemctl restart {shlex.quote(stem)}.socket {unit}",
        )
        for at, program in actual["listening"].items()
        if at not in resource["sockets"] and not at.startswith(f"/run/{stem}/")
    ]  # fmt: skip
    return found


def _moved_with(path: str) -> list[cause.Cause]:
    """The release and the environment in which a file was, as Causes."""
    parts = path.split("/")
    folders = ["/".join(parts[:end]) for end in range(2, len(parts))]
    return [cause.resource(kind, each) for each in folders for kind in ("release", "virtualenv")]


def _compare_deleted(resource: Options, paths: Sequence[str], restart: str) -> list[Difference]:
    if not paths:
        return []
    return [
        difference(
            "deleted", "the files that are there", f"runs what is gone: {', '.join(paths)}",
            remedy=None if resource["restart"] else "",
            loads="" if resource["restart"] else restart,
            because=[name for path in paths for name in _moved_with(path)],
        )
    ]  # fmt: skip
