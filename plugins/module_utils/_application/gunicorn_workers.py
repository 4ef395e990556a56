# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of Gunicorn's workers: how the last one ended, and which still load the application.

Gunicorn starts a worker that has ended anew, for ever, and systemd sees a service that runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

# Of the journal: (seconds, text).
Entry = tuple[float, str]


class End(NamedTuple):
    """code: that of the layer service; text: what became of the worker, for people."""

    code: str
    text: str


BOOTING = re.compile(r"Booting worker with pid: (\d+)")
TIMEOUT = re.compile(r"WORKER TIMEOUT \(pid:(\d+)\)")
EXITED = re.compile(r"Worker \(pid:(\d+)\) exited with code (\d+)")
# Gunicorn 20 has the second form.
KILLED = re.compile(
    r"Worker (?:\(pid:(\d+)\) was sent (SIG\w+)|with pid (\d+) was terminated due to signal (\d+))"
)
EXITING = re.compile(r"Worker exiting \(pid: (\d+)\)")
# A line of the access log.
SERVED = re.compile(r'" [1-5]\d\d (?:\d+|-) ')
# With these Gunicorn itself ends a worker.
OWN = {"SIGTERM", "15", "SIGQUIT", "3", "SIGABRT", "6"}
KILL = {"SIGKILL", "9"}

# Seconds within which a worker that ends has not come to serve.
BOOT = 60

# Where Gunicorn's workers have their heartbeat: a file without a name.
HEARTBEAT = "/wgunicorn-"
# Gunicorn writes the time since the boot into its time of change, which is a date before that.
A_DATE = 1e9


def last_end(entries: Iterable[Entry], now: float) -> End | None:
    """The End of the newest worker, where one after the other ends at its start; else None.

    entries are those of the journal, the oldest first; now is in seconds too.
    """
    booted: dict[str, float] = {}
    ended: dict[str, tuple[float, int, End]] = {}
    for moment, text in entries:
        if SERVED.search(text):
            ended.clear()
        elif found := BOOTING.search(text):
            booted[found[1]] = moment
        elif told := _end(text):
            pid, rank, end = told
            first, highest = ended[pid][:2] if pid in ended else (moment, 0)
            if pid in booted and rank > highest:
                ended[pid] = (first, rank, end)
    ended = {p: found for p, found in ended.items() if found[0] - booted[p] < BOOT}
    if len(ended) < 2:
        return None
    # The newest may not have been reaped yet.
    pid, (moment, _rank, end) = max(ended.items(), key=lambda item: (item[1][1] > 1, item[1][0]))
    life = moment - booted[pid]
    # One that lives longer than those before has come through.
    if now - moment > 2 * life + 10:
        return None
    return end._replace(
        text=f"{end.text} {life:.1f} s after its start, as {len(ended)} have lately"
    )


def end_of_request(entries: Iterable[Entry]) -> End | None:
    """The End of the worker that had a request, by the entries since it was made; None where none
    ended otherwise than Gunicorn lets them."""
    told = filter(None, [_end(text) for _moment, text in entries])
    found = [(rank, end) for _pid, rank, end in told if rank > 1]
    return max(found, key=lambda each: each[0])[1] if found else None


def _end(text: str) -> tuple[str, int, End] | None:
    """(number, rank, End) of the worker whose end a line tells; the highest rank is the reason.
    None where it tells of none, or of one that Gunicorn itself has ended."""
    if found := TIMEOUT.search(text):
        return found[1], 3, End("worker_timeout", "a worker gave no sign of life in time")
    if found := KILLED.search(text):
        signal = found[2] or found[4]
        if signal in OWN:
            return None
        if signal in KILL:
            return found[1] or found[3], 2, End("worker_killed", "a worker was killed (SIGKILL)")
        return found[1] or found[3], 2, End("worker_exits", f"a worker was ended by {signal}")
    if found := EXITED.search(text):
        return found[1], 2, End("worker_exits", f"a worker exited with code {found[2]}")
    if found := EXITING.search(text):
        return found[1], 1, End("worker_exits", "a worker exited by itself, with code 0,")
    return None


def is_loading(pid: int) -> bool | None:
    """Whether a worker has not come to its first heartbeat yet; None where it is no worker."""
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for number in os.listdir(folder):
            if HEARTBEAT in os.readlink(f"{folder}/{number}"):
                return os.stat(f"{folder}/{number}").st_mtime > A_DATE
    return None


# A configuration file is Python, which is not run here.
PRELOADS = re.compile(r"^preload_app\s*=\s*True\b", re.MULTILINE)


def preloads(command: Sequence[str], environment: Mapping[str, str], directory: str) -> bool:
    """Whether a Gunicorn of this command line, environment and working directory loads the
    application before it forks, as far as they and its configuration file say so."""
    words = [*shlex.split(environment.get("GUNICORN_CMD_ARGS", "")), *command]
    if "--preload" in words:
        return True
    path = os.path.join(directory, _configuration(words))
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as stream:
        return PRELOADS.search(stream.read()) is not None
    return False


def _configuration(words: Sequence[str]) -> str:
    """The path of the configuration file in a command line, or Gunicorn's own."""
    found = "gunicorn.conf.py"
    for word, following in zip(words, [*words[1:], ""]):
        if word in ("-c", "--config"):
            found = following
        elif word.startswith("--config="):
            found = word.partition("=")[2]
    return found.partition("file:")[2] or found
