# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One migration at a time in a database: an advisory lock on a session of its own.

PostgreSQL gives the lock back when the session ends, however the process ends.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import connection

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
        progress,
    )

# A session of the server, as READ_HOLDER, READ_REMAINS and READ_BLOCKERS have it.
Session = Mapping[str, Any]

# "flaskops" in ASCII. Advisory locks are a database's own.
KEY = 0x666C61736B6F7073
# Seconds between two tries, and between two looks at what waits.
INTERVAL = 0.25

TRY = f"SELECT pg_try_advisory_lock({KEY})"
READ_HOLDER = f"""
    SELECT a.pid, a.usename::text AS role, a.application_name AS application,
           coalesce(host(a.client_addr), 'local') AS client
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32) + l.objid::bigint = {KEY}
"""
# Which database this is, by whatever name and address.
READ_PLACE = """
    SELECT concat_ws(' ', oid, pg_postmaster_start_time()) AS place
    FROM pg_database WHERE datname = current_database()
"""
# What a migration that was killed has left at work: its session notices at the end of a statement.
READ_REMAINS = """
    SELECT pid, usename::text AS role, application_name AS application,
           coalesce(host(client_addr), 'local') AS client, state
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = %(name)s AND state <> 'idle'
"""
READ_BLOCKERS = """
    SELECT DISTINCT b.pid, b.usename::text AS role, b.application_name AS application,
           coalesce(host(b.client_addr), 'local') AS client, coalesce(b.state, '') AS state,
           coalesce(extract(epoch FROM now() - b.xact_start)::int, 0) AS seconds
    FROM unnest(%(pids)s::int[]) AS waiting(pid)
    CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking(pid)
    JOIN pg_stat_activity b ON b.pid = blocking.pid
"""


# The name of the sessions that migrate.
NAME = "flaskops.stack flask_db_upgrade"


class Refusal(Exception):
    """The lock cannot be had; code says why, sessions who is in the way."""

    def __init__(self, code: str, message: str, sessions: Iterable[Session] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.sessions = list(sessions)


class Lock:
    """The lock, once acquire() returns; and, from a thread, what the migration waits for.

    watched are the driver's connections of the migration. Where the lock's own session is lost,
    another migration could begin: these are then cancelled until release(). progress knows what
    each revision has committed.
    """

    def __init__(self, question: Mapping[str, Any], progress: progress.Progress) -> None:
        self.watched: list[Any] = []
        self.progress = progress
        # What each database showed before the migration; see upgrade.see().
        self.seen: dict[str, dict[str, list[str]]] = {}
        # Whether the session leads through a pooler, once acquire() returns.
        self.is_pooled = False
        self.blockers: list[dict[str, Any]] = []
        self.lost = False
        # Whether the migration was ended because it waited for a session of its own application.
        self.is_own = False
        self._own_since: float | None = None
        self._question = question
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._driver = connection.load_driver(question["driver"])
        self._connection = self._connect()

    def _connect(self) -> Any:
        opened = connection.connect(self._driver, self._question)
        # Between its statements no transaction is open: a snapshot would keep
        # CREATE INDEX CONCURRENTLY of the migration that holds the lock from ending.
        opened.autocommit = True
        return opened

    def acquire(self) -> None:
        """Wait no longer than the question's wait (seconds); raises Refusal."""
        self._require_session()
        deadline = time.monotonic() + self._question["wait"]
        while not self._ask(TRY)[0]["pg_try_advisory_lock"]:
            self._wait_until(deadline, "another migration has held the lock", READ_HOLDER)
        text = "what a migration has left that was killed has been at work"
        while self._ask(READ_REMAINS, {"name": NAME}):
            self._wait_until(deadline, text, READ_REMAINS)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _wait_until(self, deadline: float, text: str, query: str) -> None:
        """Wait a little; raise Refusal with the sessions of a query once it is too late."""
        if time.monotonic() > deadline:
            holder = self._ask(query, {"name": NAME})
            who = "".join(f": {describe(found)}" for found in holder)
            raise Refusal("wait_timeout", f"{text} for {self._question['wait']} s{who}", holder)
        time.sleep(INTERVAL)

    def place(self) -> str:
        """Which database the lock is in."""
        place: str = self._ask(READ_PLACE)[0]["place"]
        return place

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """What a query finds, in the session that holds the lock."""
        cursor = self._connection.cursor()
        cursor.execute(query)
        found: Sequence[Sequence[Any]] = cursor.fetchall()
        return found

    def release(self) -> None:
        """End the lock's session, and with it the lock."""
        self._ended.set()
        if self._thread:
            self._thread.join(5)
        self._connection.close()

    def _ask(self, query: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return connection.rows(self._connection.cursor(), query, values)

    def _require_session(self) -> None:
        """Raise Refusal where a pooler would give each transaction another session.

        libpq knows the process that it has talked to at the login; a pooler's is none of the
        server's. Two clients of one that pools transactions come to the same server process in
        turn; of one that pools sessions, each keeps its own.
        """
        own = "SELECT pg_backend_pid() AS pid"
        first = self._ask(own)[0]["pid"]
        self.is_pooled = first != self._connection.info.backend_pid
        if not self.is_pooled:
            return
        other = self._connect()
        # With one session for all, a pooler of sessions would let this wait for ever.
        timer = threading.Timer(self._question["timeout"], other.cancel)
        timer.start()
        try:
            second = connection.rows(other.cursor(), own)[0]["pid"]
            third = self._ask(own)[0]["pid"]
        except self._driver.Error:
            return
        finally:
            timer.cancel()
            other.close()
        if second == first or third != first:
            raise Refusal("pooled", "the database URL leads to a pooler that pools transactions")

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            try:
                found = self._ask(READ_BLOCKERS, {"pids": self._pids()})
                # What the migration waited for last is what ended it.
                self.blockers = found or self.blockers
                self._end_own(found)
            except Exception:
                self.lost = bool(self._connection.closed)
            if self.lost:
                self._cancel()

    def _end_own(self, found: Iterable[Session]) -> None:
        """Cancel a migration that only another session of its own keeps from going on: nothing
        else would end that."""
        if not found or {each["pid"] for each in found} - set(self._pids()):
            self._own_since = None
            return
        self._own_since = self._own_since or time.monotonic()
        if time.monotonic() - self._own_since > (self._question["lock_timeout"] or 10):
            self.is_own = True
            self._cancel()

    def _pids(self) -> list[int]:
        found = []
        for opened in list(self.watched):
            # One that SQLAlchemy has closed waits for nothing.
            with contextlib.suppress(Exception):
                found.append(opened.info.backend_pid)
        return found

    def _cancel(self) -> None:
        for opened in list(self.watched):
            with contextlib.suppress(Exception):
                opened.cancel()


def describe(found: Session) -> str:
    """A session for people."""
    state = f", {found['state']}" if found.get("state") else ""
    since = f" for {found['seconds']} s" if found.get("seconds") else ""
    application = f" ({found['application']})" if found["application"] else ""
    who = f"session {found['pid']} of {found['role']}{application} from {found['client']}"
    return who + state + since
