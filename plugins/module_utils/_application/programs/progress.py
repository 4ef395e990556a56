# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The revisions of each database as they are run, watched from a session beside the migration's.

It sees what is committed and nothing else. What a revision that did not end has left is noted with
the table of revisions, as its comment, until that revision ends: so any later run knows of it, from
whatever host, also where this one is killed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    committed,
    concurrently,
    revisions,
)

NOTE = "flaskops.stack: "
READ_NOTE = "SELECT obj_description(to_regclass('{0}'), 'pg_class')"


class Look(NamedTuple):
    """What is committed in a database; versions are those of revisions.versions()."""

    shown: committed.Shown
    versions: dict[str, list[str]]


class Progress:
    """What is known of the databases of one run; limits are seconds, 0 for none."""

    def __init__(self, limits: Mapping[str, Any]) -> None:
        self.binds: list[Bind] = []
        # Whether the statement that runs, or failed, works CONCURRENTLY.
        self.is_concurrent = False
        self._limits = limits

    def follow(self, steps: Iterable[Any], context: Any) -> Iterator[Any]:
        """Alembic's steps, one by one: the next one is asked for when the last has ended."""
        if context.connection.dialect.name != "postgresql":
            yield from steps
            return
        bind = Bind(context)
        self.binds.append(bind)
        with contextlib.closing(bind):
            for step in steps:
                bind.begin(step.revision.revision, context.connection)
                yield step
                bind.is_running = False

    def execute(
        self, run: Callable[..., Any], cursor: Any, statement: str, parameters: Any, context: Any
    ) -> bool:
        """Run a statement under its own limits, once what it left before is out of the way.

        Returns whether it did: all other statements are SQLAlchemy's to run.
        """
        text = concurrently.words(statement)
        self.is_concurrent = concurrently.is_concurrent(text)
        if not self.is_concurrent and not concurrently.CREATE.match(text):
            return False
        connection = context.root_connection
        bind = next((b for b in self.binds if b.engine is connection.engine), None)
        # Within a transaction a statement of this kind is refused by the server.
        is_alone = bool(getattr(connection.connection, "autocommit", False))
        if bind:
            limits = (self._limits["lock_timeout"], self._limits["concurrent_timeout"])
            statement = bind.prepare(text, is_alone, limits) or statement
        if not self.is_concurrent:
            return False
        with self._waiting(connection.connection.cursor()):
            run(cursor, statement, parameters, context)
        self.is_concurrent = False
        return True

    @contextlib.contextmanager
    def _waiting(self, cursor: Any) -> Iterator[None]:
        """Let a session wait longer for transactions, unless env.py or the script has a limit."""
        lock, more = self._limits["lock_timeout"], self._limits["concurrent_timeout"]
        whole = self._limits["statement_timeout"]
        longest = whole + more if whole and more else 0
        wanted = {"lock_timeout": (lock, more), "statement_timeout": (whole, longest)}
        former: dict[str, int] = {}
        for name, (ours, longer) in wanted.items():
            cursor.execute(f"SELECT setting FROM pg_settings WHERE name = '{name}'")
            if int(cursor.fetchone()[0]) == ours * 1000:
                former[name] = ours
                cursor.execute(f"SET {name} = '{longer:d}s'")
        try:
            yield
        finally:
            for name, ours in former.items():
                # Not in a transaction that has failed, with which the setting ends too.
                with contextlib.suppress(Exception):
                    cursor.execute(f"SET {name} = '{ours:d}s'")

    def end(self) -> None:
        """All is applied and committed."""
        for bind in self.binds:
            bind.end()

    def report(self) -> dict[str, Any]:
        """What a failed revision has committed, for the answer.

        committed and earlier are lists of words, of this run and of former ones; committed is None
        where it could not be read.
        """
        found = [bind.report() for bind in self.binds]
        if not found:
            return {}
        unread = any(each["committed"] is None for each in found)
        return {
            "committed": None if unread else [text for each in found for text in each["committed"]],
            "earlier": [text for each in found for text in each["earlier"]],
            "applied": [text for each in found for text in each["applied"]],
            "cleans_up": any(each["cleans_up"] for each in found),
        }


class Bind:
    """One database: what it showed when the revision began that runs now."""

    def __init__(self, context: Any) -> None:
        self.engine = context.connection.engine
        self.is_running = False
        quote = self.engine.dialect.identifier_preparer.quote
        parts = (context.version_table_schema, context.version_table)
        self._table = ".".join(quote(part) for part in parts if part)
        self._database = self.engine.url.database
        self._session: Any = None
        self._revision = ""
        self._before: Look | None = None
        self._own: committed.Shown | None = None
        self._first: dict[str, list[str]] | None = None
        # The note about the revision that runs now; whether there is any; whether its marks are.
        self._note: dict[str, Any] = {}
        self._has_note, self._is_noted = False, False

    def begin(self, revision: str, connection: Any) -> None:
        self._revision, self.is_running = revision, True
        self._before = self._look()
        self._own = self._before.shown if self._before else None
        if self._first is not None and self._own is not None:
            # What steps before have done in a transaction that goes on is not this one's.
            self._own = committed.shown(_rows(connection.connection.cursor(), committed.READ))
        elif self._before:
            self._first = self._before.versions
        note = self._read_note()
        # Of a revision that has ended since, or was taken out.
        self._note = note if note.get("revision") == revision else {}
        self._has_note, self._is_noted = bool(note), False

    def end(self) -> None:
        """Nothing is left to be known."""
        if self._has_note:
            self._write_note(None)
        self._close()

    def close(self) -> None:
        """The session stays for report() where a revision has failed."""
        if not self.is_running:
            self._close()

    def prepare(self, text: str, is_alone: bool, limits: tuple[int, int]) -> str | None:
        """Take what a former run of this revision left out of a statement's way.

        Returns a statement to run in its place, or None.
        """
        known = self._note.get("marks")
        found = concurrently.leftovers(text, self._ask, known)
        if found and not is_alone:
            raise concurrently.Invalid(f"there is an INVALID index {found[0]}")
        if not is_alone or not concurrently.is_concurrent(text):
            return None
        lock, concurrent = limits
        self._run(f"SET lock_timeout = '{concurrent:d}s'")
        for identity in found:
            self._run(f"DROP INDEX CONCURRENTLY IF EXISTS {identity}")
        self._run(f"SET lock_timeout = '{lock:d}s'")
        instead = concurrently.finishing(text, self._ask, known)
        if not self._is_noted:
            marks = known if known is not None else concurrently.marks(self._ask)
            self._write_note({**self._note, "revision": self._revision, "marks": marks})
            self._is_noted = True
        return instead

    def report(self) -> dict[str, Any]:
        """committed, earlier and applied as Progress.report() has them; and cleans_up: whether the
        next run removes an INVALID index, or ends a detachment."""
        after = self._look(again=True)
        found: dict[str, Any] = {
            "committed": None, "earlier": [], "applied": [], "cleans_up": False,
        }  # fmt: skip
        if after is None or self._before is None or self._own is None:
            self._close()
            return found
        earlier = self._note.get("committed", [])
        found["committed"] = []
        if self.is_running or after.versions == self._before.versions:
            found["committed"] = committed.of_step(self._before.shown, self._own, after.shown)
            found["earlier"] = [text for text in earlier if text not in found["committed"]]
            self._keep(found["committed"])
            found["cleans_up"] = self._cleans_up()
        if after.versions != self._first:
            names = ", ".join(sorted({n for each in after.versions.values() for n in each}))
            found["applied"] = [f"{self._database} is at {names}"]
        self._close()
        return found

    def _keep(self, changes: Sequence[str]) -> None:
        """Note what was committed, for who reads the failure of the next run."""
        if changes:
            known = self._read_note()
            former = known if known.get("revision") == self._revision else {}
            texts = list(dict.fromkeys([*former.get("committed", []), *changes]))
            texts = texts[: committed.MAXIMUM]
            self._write_note({**former, "revision": self._revision, "committed": texts})

    def _cleans_up(self) -> bool:
        with contextlib.suppress(Exception):
            marks = self._read_note().get("marks")
            return marks is not None and bool(set(concurrently.marks(self._ask)) - set(marks))
        return False

    def _look(self, again: bool = False) -> Look | None:
        """What is committed; None where it cannot be read."""
        for _attempt in range(1 + again):
            try:
                shown = committed.shown(self._ask(committed.READ))
                return Look(shown, revisions.versions(self._ask))
            except Exception:
                self._close()
        return None

    def _read_note(self) -> dict[str, Any]:
        """What was noted; {} for nothing, and for a comment of somebody else."""
        with contextlib.suppress(Exception):
            text = self._comment()
            if text.startswith(NOTE):
                note: dict[str, Any] = json.loads(text[len(NOTE) :])
                return note
        return {}

    def _comment(self) -> str:
        rows = self._ask(READ_NOTE.format(self._table.replace("'", "''")))
        return rows[0][0] or ""

    def _write_note(self, note: Mapping[str, Any] | None) -> None:
        """Note it, unless the table has a comment of somebody else."""
        with contextlib.suppress(Exception):
            if self._comment() and not self._comment().startswith(NOTE):
                return
            self._has_note = note is not None
            text = "NULL"
            if note is not None:
                text = "'" + NOTE + json.dumps(note).replace("'", "\\u0027") + "'"
            self._run(f"COMMENT ON TABLE {self._table} IS {text}")

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return _rows(self._cursor(), query)

    def _run(self, statement: str) -> None:
        self._cursor().execute(statement)

    def _cursor(self) -> Any:
        if self._session is None:
            # Of a pool of its own: the application's may have one session for all.
            session = self.engine.pool.recreate().connect()
            plain = getattr(session, "dbapi_connection", None) or session.connection
            # Between its statements no transaction is open, for which a statement would wait.
            self.engine.dialect.set_isolation_level(plain, "AUTOCOMMIT")
            self._session = session
        return self._session.cursor()

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._session.invalidate()
        self._session = None


def _rows(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return [tuple(row) for row in cursor.fetchall()]
