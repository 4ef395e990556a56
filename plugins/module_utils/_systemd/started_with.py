# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service was started with that its unit, as systemd has it now, does not give."""

from __future__ import annotations

import contextlib
import glob
import grp
import re
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import (
    directives,
    environment_file,
)

# What systemd itself gives every service, by systemd.exec(5).
USUAL = re.compile(
    r"LANG|LANGUAGE|LC_\w+|PATH|SYSTEMD_\w+|HOME|LOGNAME|USER|SHELL|TERM|INVOCATION_ID|JOURNAL_STREAM"
    r"|NOTIFY_SOCKET|LISTEN_(PID|FDS|FDNAMES|PIDFDID)|(RUNTIME|STATE|CACHE|LOGS|CONFIGURATION)_DIRECTORY"
    r"|CREDENTIALS_DIRECTORY|MAINPID|MANAGERPID|PIDFILE|WATCHDOG_\w+|MEMORY_PRESSURE_\w+|REMOTE_\w+"
    r"|TRIGGER_\w+|MONITOR_\w+|FDSTORE|EXIT_\w+|SERVICE_RESULT|XDG_SESSION_ID|\$?DEBUG_INVOCATION"
)
FILE = re.compile(r"^(.+) \(ignore_errors=(?:yes|no)\)$", re.M)
ARGUMENTS = re.compile(r"argv\[\]=(.*?) ; ignore_errors=", re.S)


def undeclared(
    running: Collection[str], declared: Collection[str], unit: Mapping[str, str]
) -> list[str]:
    """The names of variables that a process has and that come from nowhere now: neither of the
    declared ones, nor given by the unit (its properties), nor systemd's own."""
    given = {*declared, *directives.variables(unit.get("Environment", ""))}
    given.update(unit.get("PassEnvironment", "").split())
    given.update(_of_files(unit.get("EnvironmentFiles", "")))
    return sorted(n for n in running if n not in given and not USUAL.fullmatch(n))


def _of_files(text: str) -> Iterator[str]:
    """The variables in the files of EnvironmentFile=, as systemctl shows these."""
    for pattern in FILE.findall(text):
        for path in glob.glob(pattern):
            with contextlib.suppress(OSError, ValueError):
                yield from environment_file.read(path).variables


def rights(status: str, unit: Mapping[str, str]) -> list[str]:
    """What a process may do and its unit forbids, for people. status: of /proc/PID/status."""
    has = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    found = []
    if unit.get("NoNewPrivileges") == "yes" and has.get("NoNewPrivs", "1").strip() == "0":
        found.append("may gain privileges")
    if unit.get("CapabilityBoundingSet") == "" and int(has.get("CapBnd", "0"), 16):
        found.append("may gain capabilities")
    with contextlib.suppress(KeyError, IndexError):
        group = grp.getgrnam(unit.get("Group", "")).gr_gid
        if int(has["Gid"].split()[1]) != group:
            found.append(f"has the group {has['Gid'].split()[1]}")
    return found


def arguments(unit: Mapping[str, str]) -> str:
    """The command line of a unit's first ExecStart=, as a process shows it; "" if it has none."""
    match = ARGUMENTS.search(unit.get("ExecStart", ""))
    return match[1].strip() if match else ""
