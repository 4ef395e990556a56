# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrates by a command of the application's own, or by loading the application, under the lock.

The question has what programs/lock.py and upgrade.limit() need, and command (its words; none of an
application that migrates when it is loaded) and command_timeout (seconds, 0 for no limit).
"""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    committed,
    exchange,
    lock,
    progress,
    revisions,
    upgrade,
)

# Seconds between two looks at a command, and those that it has to end by itself.
INTERVAL = 0.2
GRACE = 10
# prctl(2): the signal for a process whose parent has ended.
PR_SET_PDEATHSIG = 1


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """changed, before and after (the revisions in all tables of such), revisions (those in
    alembic_version, or None), and heads, pending and binds, which are empty; or error, code,
    sessions and committed as upgrade.answer() has them."""
    held = before = None
    try:
        held = lock.Lock(question, progress.Progress(question))
        held.acquire()
        upgrade.limit(held, question)
        before = look(held)
        if question["command"]:
            run(question["command"], question["command_timeout"], held)
        else:
            revisions.load()
        after = look(held)
        return {
            "changed": True, "before": _names(before), "after": _names(after),
            "revisions": _own(held),
            "heads": [], "pending": [], "binds": [],
        }  # fmt: skip
    except (Exception, SystemExit) as exc:
        return {**upgrade.failure(exc, None, held), **_left(before, held)}
    finally:
        if held:
            held.release()


def run(words: list[str], limit: float, held: lock.Lock) -> None:
    """Run a command to its end; raises Refusal where it fails, or must be ended."""
    # What it leaves at work where it is killed is then known to be a migration's.
    os.environ["PGAPPNAME"] = lock.NAME
    try:
        # pylint: disable-next=ansible-bad-function,subprocess-popen-preexec-fn
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with_parent
        )
    except OSError as exc:
        raise revisions.Refusal("command_failed", f"{words[0]}: {exc.strerror}") from exc
    ends = time.monotonic() + limit
    while process.poll() is None:
        if held.lost:
            _end(process)
            raise revisions.Refusal("connection_lost", "the session with the lock has ended")
        if limit and time.monotonic() > ends:
            _end(process)
            text = f"{shlex.join(words)} was ended after {limit:d} s"
            raise revisions.Refusal("command_timeout", text)
        time.sleep(INTERVAL)
    if process.returncode:
        text = f"{shlex.join(words)} ended with {process.returncode}"
        raise revisions.Refusal("command_failed", text)


def _end_with_parent() -> None:
    """Without this program, nobody would hold the lock."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has started."""
    for number, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, None)):
        os.killpg(process.pid, number)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue


def look(held: lock.Lock) -> progress.Look:
    """What is committed in the database."""
    rows = ((row[0], row[1], row[2]) for row in held.rows(committed.READ))
    return progress.Look(committed.shown(rows), revisions.versions(held.rows))


def _own(held: lock.Lock) -> list[str] | None:
    """The revisions that programs/connection.py finds too."""
    if not held.rows("SELECT to_regclass('alembic_version') IS NOT NULL")[0][0]:
        return None
    return [row[0] for row in held.rows("SELECT version_num FROM alembic_version ORDER BY 1")]


def _names(found: progress.Look) -> list[str]:
    return sorted({name for names in found.versions.values() for name in names})


def _left(before: progress.Look | None, held: lock.Lock | None) -> dict[str, Any]:
    """What a command that failed has committed; see progress.Progress.report()."""
    if before is None or held is None:
        return {}
    try:
        found = committed.of_step(before.shown, before.shown, look(held).shown)
    except Exception:
        return {"committed": None}
    return {"committed": found, "earlier": [], "applied": [], "cleans_up": False}


if __name__ == "__main__":
    exchange.answer(answer)
