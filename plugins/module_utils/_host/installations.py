# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations of Debian packages that go on, by the locks that apt and dpkg hold meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Callable, Sequence

# Of apt-get update, of what is downloaded, and of all of an installation.
LOCKS = (
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
    "/var/lib/dpkg/lock-frontend",
)
# struct flock: type, whence, start, length, process; see fcntl(2).
FLOCK = "hhqqi"
# Seconds between two looks; and how long nobody may hold a lock before nobody is taken to install
# anything: between two of its steps, apt holds none.
PAUSE = 0.1
IDLE = 5.0


def is_held(path: str) -> bool:
    """Whether another process holds the lock of a file. Takes none, which might be in the way."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as stream:
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        found: int = struct.unpack(FLOCK, fcntl.fcntl(stream, fcntl.F_GETLK, asked))[0]
        return found != fcntl.F_UNLCK
    return False


def goes_on() -> bool:
    """Whether something is being installed, downloaded or looked up."""
    return any(is_held(path) for path in LOCKS)


def wait(
    missing: Callable[[], Sequence[str]],
    timeout: float,
    is_busy: Callable[[], bool] = goes_on,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Sequence[str]:
    """Wait until what goes on has ended, at most timeout seconds; return what is missing then.

    missing() tells which of the packages are not installed.
    """
    start = idle_since = now()
    while True:
        is_idle = not is_busy()
        if not is_idle:
            idle_since = now()
        elif not missing():
            return []
        if (is_idle and now() - idle_since >= IDLE) or now() - start >= timeout:
            return missing()
        sleep(PAUSE)
