# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only reads may run: what might write is refused, and kept in mind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

READ_ONLY = "default_transaction_read_only"
# read_only_sql_transaction; "25001" is what SET TRANSACTION READ WRITE in one that is ends with.
STATES = ("25006", "25001")

COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)
WRITABLE = re.compile(r"\bread\s+write\b|transaction_read_only", re.I)
# A procedure or a block may end the transaction that it runs in.
OWN_TRANSACTIONS = re.compile(r"(?:call|do)\b", re.I)
ENDS = re.compile(
    r"(?:commit|end|abort|begin|start|prepare\s+transaction|rollback(?!\s+to))\b", re.I
)


class Refused(Exception):
    """A session or a statement that might write."""


# What the application tried, in a few words each: attempts are statements that write, and
# unguarded are sessions of which nothing guarantees that they do not.
attempts: list[str] = []
unguarded: list[str] = []


def judge(text: str, values: object = None, is_pooled: bool = False) -> None:
    """Raise Refused for a statement that would lead out of what is read-only."""
    words = COMMENT.sub(" ", text)
    parts = [part.strip() for part in words.split(";")]
    asks = all(part[:5].lower() == "show " or not part for part in parts)
    writable = WRITABLE.search(words) or WRITABLE.search(" ".join(_texts(values)))
    ends = [p for p in parts if OWN_TRANSACTIONS.match(p) or (is_pooled and ENDS.match(p))]
    if (writable and not asks) or ends:
        refuse(attempts, f"the statement {' '.join(words.split())[:80]}")


def _texts(values: object) -> Iterator[str]:
    """The texts among a statement's parameters, however they are nested."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        yield from _texts(list(values.values()))
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _texts(value)


def refuse(kept: list[str], what: str) -> NoReturn:
    """Keep in mind what the application tried, in attempts or unguarded; raise Refused."""
    kept.append(what)
    raise Refused(f"refused, because only what reads may run: {what}")


def keep(is_pooled: bool, is_read_only: object, is_autocommit: object) -> None:
    """Raise Refused for what would make a session's transactions READ WRITE."""
    if is_read_only is not None and str(is_read_only).lower() in ("false", "0", "off"):
        refuse(attempts, "a session that is set READ WRITE")
    if is_autocommit and is_pooled:
        refuse(unguarded, "autocommit through a pooler")


def note(error: BaseException) -> None:
    """Keep in mind that the server has refused to write."""
    if state(error) in STATES or "readonly database" in str(error):
        attempts.append(str(error).strip().splitlines()[0])


def state(error: object) -> str | None:
    """The SQLSTATE of a driver's exception, or None."""
    found: str | None = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    return found
