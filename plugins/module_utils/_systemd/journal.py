# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service has written to the journal about its failures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

TRACEBACK = "Traceback (most recent call last):"
# What Gunicorn says of a hook or a setting that fails, as gunicorn/app/base.py and
# gunicorn/app/wsgiapp.py have it; and of workers that have ended.
ERROR = re.compile(r"Error: |Warning: you shouldn't specify `daemon")
HALTED = "gunicorn.errors.HaltServer: "
EXITED = re.compile(r"Worker \(pid:\d+\) exited with code \d+")
INVOCATION = "_SYSTEMD_INVOCATION_ID"
COMMAND = [
    # What journald has received and not written yet is the newest there is.
    "journalctl", "--reverse", "--lines=500", "--output=json", "--no-pager", "--quiet",
    f"--output-fields=MESSAGE,_PID,{INVOCATION}",
]  # fmt: skip
# What journalctl prints of one: texts, or the numbers of their bytes.
Entry = Mapping[str, Any]


def written(unit: str, since: float | None = None, restarting: bool = False) -> str:
    """What a service has written, the oldest first, and each process's lines together.

    since is when what is to be explained began, in seconds since the epoch. Without it, the
    run of the service counts that is there now, and with restarting the one before it too,
    because a service that ends at its start is most of the time at its start.
    """
    moment = [f"--since=@{since:.6f}"] if since else []
    _run(["journalctl", "--sync"])
    entries = list(_entries(_run([*COMMAND, f"--unit={unit}", *moment])))
    if not since:
        wanted = _invocations(unit, entries)[: 2 if restarting else 1]
        entries = [entry for entry in entries if entry.get(INVOCATION) in wanted]
    return "\n".join(_message(entry) for entry in _by_process(entries[::-1]))


def _by_process(entries: Sequence[Entry]) -> list[Entry]:
    """The lines of workers that fail at the same time are mixed; whose newest is older, comes
    first."""
    newest = {entry.get("_PID"): index for index, entry in enumerate(entries)}
    return sorted(entries, key=lambda entry: newest[entry.get("_PID")])


def current(unit: str, since: float = 0) -> list[tuple[float, str]]:
    """[(seconds since the epoch, text)] of the run of a service that is there now, the oldest
    first; only those since a moment in such seconds."""
    _run(["journalctl", "--sync"])
    entries = list(_entries(_run([*COMMAND, f"--unit={unit}", f"--since=@{since:.6f}"])))
    wanted = _invocations(unit, entries)[:1]
    return [
        (int(entry["__REALTIME_TIMESTAMP"]) / 1e6, _message(entry))
        for entry in reversed(entries)
        if entry.get(INVOCATION) in wanted
    ]


def _invocations(unit: str, entries: Sequence[Entry]) -> list[str]:
    """The runs of a service, the newest first, which has written nothing perhaps."""
    current = units.show([unit], ("InvocationID",)).get(unit, {}).get("InvocationID", "")
    found = [entry[INVOCATION] for entry in entries if INVOCATION in entry]
    return list(dict.fromkeys([current, *found]))


def _run(command: list[str]) -> str:
    try:
        done = pace.run(command, 10, text=True, errors="replace")
    except (OSError, pace.Slow):
        return ""
    output: str = done.stdout
    return output


def _entries(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            # One that another one rotated away while it was read.
            continue


def _message(entry: Entry) -> str:
    """What an entry says; what is no UTF-8 is there as the numbers of its bytes."""
    message = entry.get("MESSAGE") or ""
    return message if isinstance(message, str) else bytes(message).decode("utf-8", "replace")


def exception_of(text: str) -> str:
    """The line that names the last exception in a text; "" where there is none.

    That is the last line of a traceback, or what Gunicorn says in the place of one; that a worker
    has ended is no reason, where there is another.
    """
    found, ended, halted, inside = "", "", "", False
    for line in text.splitlines():
        if line.endswith(TRACEBACK):
            inside = True
        elif inside and line and not line[0].isspace():
            inside = False
            if line.startswith(HALTED):
                halted = line.strip()
            else:
                found = line.strip()
        elif ERROR.match(line):
            found = line.strip()
        elif EXITED.search(line):
            ended = EXITED.search(line)[0]  # type: ignore[index]  # it has just been found
    # Which of the two processes wrote first is chance, and the worker's code says more.
    return found or ended or halted
