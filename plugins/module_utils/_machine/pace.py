# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast this machine is at the moment, and what that makes of a limit of time.

Limits are for a machine that has little else to do. One that has run out is stretched as much as
the machine is slower than that, measured then by bare starts of Python, so that nothing is measured
where all is quick. What has no answer even so is slow, which tells nothing about what was asked.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import process

# Seconds that a bare start of Python takes on a machine that has little else to do.
QUICK_START = 0.02
# So much slower, limits hold as they are, because they are generous.
GENEROUS = 3
# The most that a limit is stretched.
MOST = 30
# What has computed less than one part of so many of its share waits for something else.
IDLE = 10
# How many starts are measured: the first may have what a throttled process was spared before.
STARTS = 3
START = [sys.executable, "-I", "-S", "-c", "pass"]


class Slow(Exception):
    """There was no answer in time, of what may be well.

    limit: the seconds that it had; elapsed: those that it took until it was given up; waits:
    whether it was seen to wait for something, for which no machine is too slow.
    """

    def __init__(
        self, what: str, limit: float, elapsed: float, doing: str = "", waits: bool = False
    ) -> None:
        doing = f"; {doing}" if doing else ""
        super().__init__(
            f"{what} gave no answer within {limit:.0f} s ({elapsed:.1f} s have passed{doing})"
        )
        self.limit = limit
        self.elapsed = elapsed
        self.waits = waits
        # Where in its files it was, where somebody knows.
        self.place = ""


def slowness(start: float) -> float:
    """By what a limit is multiplied where a bare start of Python takes so many seconds."""
    ratio = start / QUICK_START
    return 1 if ratio < GENEROUS else min(ratio, MOST)


def measure() -> float:
    """The seconds that a bare start of Python takes now."""
    nowhere = subprocess.DEVNULL
    started = time.monotonic()
    for _start in range(STARTS):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            process.call(START, QUICK_START * MOST, stdout=nowhere, stderr=nowhere)
    return (time.monotonic() - started) / STARTS


def stretched(seconds: float) -> float:
    """A limit for what cannot be asked again once it has run out, as the machine is now."""
    return seconds * slowness(measure())


class Limit:
    """A limit of time, which begins now; what is the subject of the message once it has run out.

    seconds is None for no limit.
    """

    def __init__(
        self,
        seconds: float | None,
        what: str,
        clock: Callable[[], float] = time.monotonic,
        measured: Callable[[], float] = measure,
    ) -> None:
        self._usual = self._seconds = seconds
        self._what = what
        self._clock = clock
        self._measured = measured
        self._began = clock()

    def left(self, computed: Callable[[], float] | None = None) -> float | None:
        """The seconds until this is to be called again; None for no limit.

        computed() are the seconds that what is waited for has computed, where that is known.
        Raises Slow where none are left by the machine's own measure.
        """
        if self._seconds is None or self._usual is None:
            return None
        if self.elapsed < self._seconds:
            return self._seconds - self.elapsed
        factor = slowness(self._measured())
        elapsed, done = self.elapsed, computed() if computed else None
        waits = done is not None and done * factor * IDLE < elapsed
        if not waits:
            self._seconds = max(self._seconds, self._usual * factor)
        if waits or elapsed >= self._seconds:
            doing = "" if done is None else f"it has computed for {done:.1f} s of them"
            raise Slow(self._what, self._seconds, elapsed, doing, waits)
        return self._seconds - elapsed

    @property
    def elapsed(self) -> float:
        """The seconds since it began."""
        return self._clock() - self._began


def run(
    command: list[str], seconds: float | None, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """subprocess.run() of a command that only asks; raises OSError, or Slow."""
    limit = Limit(seconds, " ".join(command))
    given = options.pop("input", None)
    with process.start(
        command,
        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    ) as started:
        try:
            while True:
                try:
                    output, error = started.communicate(given, timeout=limit.left())
                    break
                except subprocess.TimeoutExpired:
                    # What it is to read has been handed over.
                    given = None
        except BaseException:
            started.kill()
            raise
    return subprocess.CompletedProcess(command, started.returncode, output, error)
