# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements that PostgreSQL runs CONCURRENTLY, and what one that was ended leaves behind.

CREATE INDEX, DROP INDEX, REINDEX and DETACH PARTITION wait for every transaction that is older
than they are, while nobody waits for them; one that is ended leaves an INVALID index, or a
partition that is being detached.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only

NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
TABLE = rf"{NAME}(?:\s*\.\s*{NAME})?"
CONCURRENT = re.compile(
    r"\s*(?:create\s+(?:unique\s+)?index\s+concurrently"
    r"|drop\s+index\s+concurrently"
    r"|reindex\b[^;]*\bconcurrently"
    r"|alter\s+table\b[^;]*\bdetach\s+partition\b[^;]*\bconcurrently)\b",
    re.I,
)
CREATE = re.compile(
    r"\s*create\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?"
    rf"(?P<index>(?!on\s){NAME})?\s*on\s+(?:only\s+)?(?P<table>{TABLE})",
    re.I,
)
REINDEX = re.compile(
    r"\s*reindex(?:\s*\([^)]*\))?\s+(?P<of>index|table|schema|database|system)\b"
    rf"(?:\s+concurrently\b)?(?:\s+(?P<name>{TABLE}))?",
    re.I,
)
DETACH = re.compile(
    rf"(?P<before>.*\bdetach\s+partition\s+(?P<partition>{TABLE})\s+)concurrently\b", re.I | re.S
)

# With the session that holds on the table what a build holds: it may be building the index now. The
# autovacuum, which has no user, gives way by itself.
READ_INVALID = """
    SELECT i.indexrelid::bigint, i.indrelid::bigint, c.relname::text,
           quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           coalesce((SELECT min(l.pid) FROM pg_locks l
                     WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.granted
                       AND l.database = (SELECT oid FROM pg_database
                                         WHERE datname = current_database())
                       AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock')
                       AND l.pid IN (SELECT a.pid FROM pg_stat_activity a
                                     WHERE a.usesysid IS NOT NULL)), 0)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n
      ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relkind = 'i'
      -- Which only a superuser may drop.
      AND n.nspname <> 'pg_toast'
    ORDER BY 1
"""
READ_DETACHING = """
    SELECT inhrelid::bigint FROM pg_inherits i
    WHERE to_jsonb(i) ->> 'inhdetachpending' = 'true' ORDER BY 1
"""


# What runs a query and returns its rows.
Ask = Callable[[str], Sequence[Sequence[Any]]]

# In place of a table's number.
EVERY = -1


class Invalid(Exception):
    """There is an INVALID index of this name, which is not known to be left by this revision."""


def words(statement: str) -> str:
    """A statement without its comments."""
    return read_only.COMMENT.sub(" ", statement)


def is_concurrent(text: str) -> bool:
    """Whether a statement without comments waits for older transactions."""
    return bool(CONCURRENT.match(text))


def marks(ask: Ask) -> list[int]:
    """The numbers of all that statements of this kind have left, or are about to."""
    found = [row[0] for row in ask(READ_INVALID)] + [row[0] for row in ask(READ_DETACHING)]
    return sorted(found)


def leftovers(text: str, ask: Ask, known: Collection[int] | None) -> list[str]:
    """The INVALID indexes, as SQL names them, that a former run of this statement has left.

    known are the marks from before that run; None where no former run is known of. Raises Invalid
    where another one is in the way.
    """
    creates, of_other = CREATE.match(text), REINDEX.match(text)
    if creates:
        table = _number(ask, creates["table"])
    elif of_other:
        table = _reindexed(ask, of_other)
    else:
        return []
    found = []
    for number, indexed, name, identity, pid in ask(READ_INVALID):
        if table not in (indexed, EVERY):
            continue
        is_same = bool(creates and creates["index"] and _plain(creates["index"]) == name)
        is_ours = known is not None and number not in known and not pid
        if is_ours and (is_same or _is_by(text, creates, name)):
            found.append(identity)
        elif is_same:
            now = f"; the session {pid} may be building it now" if pid else ""
            raise Invalid(f"there is an INVALID index {identity}, of somebody else{now}")
    return found


def _is_by(text: str, creates: re.Match[str] | None, name: str) -> bool:
    """Whether a name that PostgreSQL has made up is one of this statement's."""
    if creates:
        return not creates["index"] and name.rstrip("0123456789").endswith("_idx")
    return re.search(r"_cc(?:new|old)\d*\Z", name) is not None


def finishing(text: str, ask: Ask, known: Collection[int] | None) -> str | None:
    """The statement that ends what a former run of this one has begun, or None."""
    found = DETACH.match(text)
    if not found or known is None:
        return None
    partition = _number(ask, found["partition"])
    if partition in known or partition not in [row[0] for row in ask(READ_DETACHING)]:
        return None
    return found["before"] + "FINALIZE"


def _reindexed(ask: Ask, of_other: re.Match[str]) -> int | None:
    """The number of the table that REINDEX is about; None where it is not there."""
    if of_other["of"].lower() not in ("index", "table"):
        return EVERY
    number = _number(ask, of_other["name"] or "")
    if of_other["of"].lower() == "table" or number is None:
        return number
    rows = ask(f"SELECT indrelid::bigint FROM pg_index WHERE indexrelid = {int(number)}")
    return rows[0][0] if rows else None


def _number(ask: Ask, name: str) -> int | None:
    literal = name.replace("'", "''")
    rows = ask(f"SELECT to_regclass('{literal}')::oid::bigint") if name else []
    return rows[0][0] if rows else None


def _plain(name: str) -> str:
    """An identifier as the catalogue has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
