# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd and the kernel say of a unit and of its running processes."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

PROPERTIES = (
    "ActiveState",
    "UnitFileState",
    "NeedDaemonReload",
    "FragmentPath",
    "DropInPaths",
    "MainPID",
    "ActiveEnterTimestampMonotonic",
    "InactiveEnterTimestampMonotonic",
    "TriggeredBy",
    "ConflictedBy",
    "ExecStart",
    "ExecReload",
    "ControlGroup",
    "Environment",
    "EnvironmentFiles",
    "PassEnvironment",
    "Group",
    "NoNewPrivileges",
    "CapabilityBoundingSet",
)


# Of what systemd writes after a backslash; any other character is itself.
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class SystemdError(Exception):
    """systemctl is not there or does not answer."""


def show(units: Sequence[str], properties: Iterable[str] = PROPERTIES) -> dict[str, dict[str, str]]:
    """The properties of each unit, as systemd prints them: {unit: {property: value}}.

    A unit that systemd does not know has {}.
    """
    wanted = "--property=LoadState," + ",".join(properties)
    command = ["systemctl", "show", "--timestamp=us+utc", wanted, "--", *units]
    try:
        done = pace.run(command, 30, text=True)
    except (OSError, pace.Slow) as exc:
        raise SystemdError(f"{' '.join(command)}: {exc}") from exc
    if done.returncode != 0:
        raise SystemdError(f"{' '.join(command)}: {done.stderr.strip()}")
    blocks = [_properties(block) for block in done.stdout.split("\n\n") if block.strip()]
    return dict(zip(units, blocks))


def drop_ins(properties: Mapping[str, str]) -> list[str]:
    """The paths of the drop-ins that systemd has read.

    It quotes those that have spaces and the like, and writes a backslash before what is special.
    """
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', properties.get("DropInPaths", ""))
    return [
        re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), quoted) or plain
        for quoted, plain in words
    ]


def _properties(block: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in block.splitlines():
        name, assigned, value = line.partition("=")
        if assigned:
            # A list such as EnvironmentFiles has a line for each of its members.
            found[name] = f"{found[name]}\n{value}" if name in found else value
    state = found.pop("LoadState", "")
    if state == "error":
        # Its file was gone or wrong when systemd read it, which does not compare the two again.
        found["NeedDaemonReload"] = "yes"
    return {} if state == "not-found" else found


def process(pid: int) -> dict[str, Any] | None:
    """A process as the kernel knows it; None where it is gone.

    started is in seconds since the epoch, exact to about 0.02 s.
    """
    folder = f"/proc/{pid}"
    try:
        with open(f"{folder}/environ", "rb") as stream:
            environment = stream.read().decode("utf-8", "surrogateescape")
        return {
            "environment": dict(
                pair.split("=", 1) for pair in environment.split("\0") if "=" in pair
            ),
            "working_directory": os.readlink(f"{folder}/cwd"),
            "uid": os.stat(folder).st_uid,
            "command": command_line(pid),
            "started": started(pid),
        }
    except (FileNotFoundError, ProcessLookupError):
        return None


def status(pid: int) -> str:
    """/proc/PID/status, with the rights of a process; "" where it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as stream:
            return stream.read()
    return ""


def command_line(pid: int) -> list[str]:
    """The arguments of a process, or its title where it has set one."""
    with open(f"/proc/{pid}/cmdline", "rb") as stream:
        return stream.read().decode("utf-8", "replace").rstrip("\0").split("\0")


def started(pid: int) -> float:
    """When a process started, in seconds since the epoch."""
    with open("/proc/uptime", encoding="ascii") as stream:
        uptime = float(stream.read().split()[0])
    return time.time() - uptime + start_ticks(pid) / os.sysconf("SC_CLK_TCK")


def since_boot(microseconds: str) -> float | None:
    """When something happened that systemd tells as microseconds since the boot, in seconds since
    the epoch; None where it has not."""
    if not microseconds.isdigit() or microseconds == "0":
        return None
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC) + int(microseconds) / 1e6


RELOADED = re.compile(r"start_time=\[\w+ ([0-9-]+ [0-9:.]+) UTC\]")


def last_read(properties: Mapping[str, str]) -> float | None:
    """When a unit has last read its files, as far as systemd has brought that about by a start or a
    reload, in seconds since the epoch; None where it has not since the boot."""
    times = [since_boot(properties.get("ActiveEnterTimestampMonotonic", ""))]
    for found in RELOADED.findall(properties.get("ExecReload", "")):
        when = datetime.datetime.strptime(found, "%Y-%m-%d %H:%M:%S.%f")
        times.append(when.replace(tzinfo=datetime.timezone.utc).timestamp())
    return max((when for when in times if when is not None), default=None)


def manager_environment() -> dict[str, str]:
    """The variables that systemd gives every service besides its own. Raises SystemdError."""
    command = ["systemctl", "show-environment"]
    try:
        done = pace.run(command, 30, text=True, errors="replace")
    except (OSError, pace.Slow) as exc:
        raise SystemdError(f"{' '.join(command)}: {exc}") from exc
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, assigned, value in pairs if assigned}


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since the boot; what no other process of this number
    has."""
    with open(f"/proc/{pid}/stat", "rb") as stream:
        # The second field, the name, may hold spaces and parentheses.
        return int(stream.read().rpartition(b")")[2].split()[19])


def cpu_seconds(pid: int) -> float:
    """What a process has computed until now, in seconds; 0 where it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0


def computes(pid: int, moments: int = 10, pause: float = 0.05) -> bool:
    """Whether a process or one that it started is seen to run, and not to wait."""
    for _moment in range(moments):
        if any(_state(each) == "R" for each in [pid, *children(pid)]):
            return True
        time.sleep(pause)
    return False


def _state(pid: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return stream.read().rpartition(b")")[2].split()[0].decode()
    return ""


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as stream:
                found += [int(child) for child in stream.read().split()]
    return found
