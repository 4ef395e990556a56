# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions of an application as data: of tracebacks in its journal, and as programs/raised.py
describes them where they are caught."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

BEGINS = "Traceback (most recent call last):"
# As traceback.py prints it; a SyntaxError's own place has no function.
FRAME = re.compile(r'\s+File "(.+?)", line (\d{1,9})(?:, in (.+))?')
# Also of a class within a function; the journal keeps no space at a line's end.
RAISED = re.compile(r"([^\W\d][\w.<>]*)(?::(?: (.*))?)?")
MARKERS = re.compile(r"[\s^~]*")
# What colours it.
ANSI = re.compile(r"\x1b\[[\d;]*m")
# A program that logs an exception so has handled it; in the formats of Flask and of logging.
HANDLED = re.compile(r"\[[\d:, -]+\] (?:DEBUG|INFO|WARNING) in |(?:DEBUG|INFO|WARNING):[\w.]+:")
CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
# Gunicorn's own words where it cannot load the application and shows no traceback, as
# gunicorn/util.py has them; and what it says then, as gunicorn/arbiter.py does.
IMPORT_ERRORS = re.compile(
    r"Failed to find attribute '.*' in '.*'\.|Failed to parse '.*' as an attribute name or"
    r" function call\.|Failed to parse arguments as literal values: .*"
    r"|Function reference must be a simple name: .*|Application object must be callable\."
    r"|Failed to find application object: .*"
    r"|TypeError: [\w.<>]+\(\) (?:missing|takes|got) .*"
)
NOT_LOADED = re.compile(r"(?:Reason: |')App failed to load\.|Worker \(pid:\d+\) exited with code 4")
WORKER_CLASS = re.compile(r"Error: (class uri .* invalid or not found: *)")
GUNICORN = "gunicorn.errors.AppImportError"
# As gunicorn/workers/base.py logs it, by its own format.
CONFIGURATION = re.compile(
    r"\[[^]]+\] \[\d+\] \[WARNING\] Invalid request from ip=\S+: Configuration problem: (.*)"
)
CONFIGURATION_PROBLEM = "gunicorn.http.errors.ConfigurationProblem"

# What is installed, Python itself, and what has no file; all else is the application's own.
LIBRARY = re.compile(
    r"[^/]|.*/(?:site-packages|dist-packages|lib/python3[\d.]*)/|.*/bin/(?:gunicorn|flask)\Z"
)
# What asks a database, by the names of its modules.
OF_DATABASE = r"(?:sqlalchemy|flask_sqlalchemy|alembic|psycopg\w*|asyncpg|pg8000|peewee)"
DATABASE_CLASS = re.compile(OF_DATABASE + r"\.")
DATABASE_FILE = re.compile(rf"/{OF_DATABASE}(?:/|\.py\Z)")
# As much of a message as is kept.
LONGEST = 1000
# What PostgreSQL and SQLAlchemy quote in the first line: a value, a statement, a URL.
QUOTED = re.compile(
    r"(\binvalid input (?:syntax|value) for [^:]{1,80}: |\bvalue out of range: "
    r"|\bvalue (?=\".*\" is )|\bNot an executable object: |\bTextual (?:SQL|column) expression "
    r"|\bparse (?:SQLAlchemy|rfc1738) URL from string (?!''))[\"'].*"
)


class Frame(NamedTuple):
    """A line that was being executed; code is its text, "" where it was not to be had."""

    path: str
    line: int
    function: str
    code: str


class Raised(NamedTuple):
    """One exception. type is the class with its module, such as sqlalchemy.exc.TimeoutError, and
    without one for Python's own. message is the first line of its text, because databases show
    rows in the others. sqlstate is "" where it has none. link says how it came from the exception
    before it: "cause" (raise ... from), "context" (while that one was handled), or "". frames has
    what called first, first."""

    type: str
    message: str
    sqlstate: str
    link: str
    frames: tuple[Frame, ...]


# The exceptions that lead to one another; the one that was caught, or shown, last.
Failure = tuple[Raised, ...]


def of_answer(raised: Iterable[Mapping[str, Any]]) -> Failure:
    """The failure that programs/raised.py describes."""
    return tuple(
        Raised(
            one["type"], _shown(one["message"]), one["sqlstate"], one["link"],
            tuple(Frame(*frame) for frame in one["frames"]),
        )
        for one in raised
    )  # fmt: skip


def parse(text: str) -> list[Failure]:
    """The failures whose tracebacks are in a text, in their order.

    A line that only speaks of one is none, and what is logged as handled does not count.
    Gunicorn's words do where it goes on to say that the application failed to load.
    """
    lines = ANSI.sub("", text).splitlines()
    gives_up = NOT_LOADED.search(text) is not None
    found: list[Failure] = []
    # follows: what the last traceback showed is the last one found.
    link, index, follows, handled = "", 0, False, False
    while index < len(lines):
        line = lines[index]
        if line.endswith(BEGINS):
            handled = handled if link else bool(index and HANDLED.match(lines[index - 1]))
            follows = follows and bool(link)
            one, index = _traceback(lines, index + 1, link if follows else "")
            if one and not handled:
                found.append((*found.pop(), one) if follows else (one,))
            follows, link = one is not None and not handled, ""
        elif line.strip() in (CAUSE, CONTEXT):
            link, index = "cause" if line.strip() == CAUSE else "context", index + 1
        else:
            link = "" if line.strip() else link
            said = _said(line, gives_up)
            if said:
                found.append((said,))
                follows = False
            index += 1
    return found


def _said(line: str, gives_up: bool) -> Raised | None:
    """What Gunicorn says of a failure in the place of a traceback."""
    if len(line) > LONGEST:
        return None
    if gives_up and IMPORT_ERRORS.fullmatch(line.strip()):
        return Raised(GUNICORN, line.strip(), "", "", ())
    for pattern, kind in (
        (WORKER_CLASS, "gunicorn.errors.ConfigError"), (CONFIGURATION, CONFIGURATION_PROBLEM),
    ):  # fmt: skip
        match = pattern.fullmatch(line)
        if match:
            return Raised(kind, match[1].strip(), "", "", ())
    return None


def _traceback(lines: Sequence[str], index: int, link: str) -> tuple[Raised | None, int]:
    """(exception, index behind it) of the lines below the first one of a traceback."""
    frames: list[Frame] = []
    while index < len(lines):
        line = lines[index]
        match = FRAME.fullmatch(line)
        if match:
            frames.append(Frame(match[1], int(match[2]), match[3] or "", ""))
        elif line[:1].isspace() and frames:
            if not frames[-1].code and not MARKERS.fullmatch(line):
                frames[-1] = frames[-1]._replace(code=line.strip())
        elif line:
            match = RAISED.fullmatch(line)
            if match and frames:
                one = Raised(
                    match[1], _shown(match[2] or ""), sqlstate_of(match[1]), link, (*frames,)
                )
                return one, index + 1
            return None, index
        index += 1
    return None, index


def _shown(message: str) -> str:
    """A message without the values that it quotes."""
    return QUOTED.sub(r"\1...", message.strip()[:LONGEST])


def is_only_the_end(failure: Failure) -> bool:
    """Whether it says no more than that Gunicorn ends because its workers do."""
    return failure[-1].type == "gunicorn.errors.HaltServer"


def is_of_database(failure: Failure) -> bool:
    """Whether something on the way to it asked a database, or it is a database's own."""
    return any(
        one.sqlstate
        or DATABASE_CLASS.match(one.type)
        or any(DATABASE_FILE.search(frame.path) for frame in one.frames)
        for one in failure
    )


def own_frame(failure: Failure) -> Frame | None:
    """The innermost line of the application's own code: of the exception that came last, or of
    those that led to it; None where there is none."""
    for one in reversed(failure):
        for frame in reversed(one.frames):
            if not LIBRARY.match(frame.path):
                return frame
    return None


def place(failure: Failure) -> str:
    """FILE, line N, in FUNCTION of the application's own code; "" where it has no part in it."""
    frame = own_frame(failure)
    if not frame:
        return ""
    function = f", in {frame.function}" if frame.function not in ("", "<module>") else ""
    return f"{frame.path}, line {frame.line}{function}"


def describe(failure: Failure) -> str:
    """The exception that came last, where it was raised, and what it came from, for people."""
    where = place(failure)
    text = name(failure[-1]) + (f" at {where}" if where else "")
    words = {"cause": "caused by", "context": "while this was handled:"}
    for later, earlier in zip(reversed(failure), reversed(failure[:-1])):
        # SQLAlchemy has the driver's exception in its own.
        if earlier.message not in later.message or not earlier.message:
            text += f"; {words.get(later.link, 'after')} {name(earlier)}"
    return text


def name(one: Raised) -> str:
    return f"{one.type}: {one.message}" if one.message else one.type


# The drivers' classes are named for SQLSTATEs (appendix A of PostgreSQL's manual); asyncpg's end
# with Error besides.
SQLSTATES = {
    "22001": "StringDataRightTruncation", "22003": "NumericValueOutOfRange",
    "22P02": "InvalidTextRepresentation", "23502": "NotNullViolation",
    "23503": "ForeignKeyViolation", "23505": "UniqueViolation", "23514": "CheckViolation",
    "25006": "ReadOnlySqlTransaction", "25P02": "InFailedSqlTransaction",
    "25P03": "IdleInTransactionSessionTimeout", "3F000": "InvalidSchemaName",
    "40001": "SerializationFailure", "40P01": "DeadlockDetected",
    "42501": "InsufficientPrivilege", "42703": "UndefinedColumn", "42704": "UndefinedObject",
    "42883": "UndefinedFunction", "42P01": "UndefinedTable", "53300": "TooManyConnections",
    "55P03": "LockNotAvailable", "57014": "QueryCanceled", "57P01": "AdminShutdown",
    "57P02": "CrashShutdown", "57P05": "IdleSessionTimeout",
}  # fmt: skip
DRIVERS = ("psycopg2.errors.", "psycopg.errors.", "asyncpg.exceptions.")
_STATES = {
    f"{driver}{word}{'Error' if driver.startswith('asyncpg') else ''}".lower(): state
    for driver in DRIVERS
    for state, word in SQLSTATES.items()
}


def sqlstate_of(kind: str) -> str:
    """The SQLSTATE that a driver's class is named for; or ""."""
    return _STATES.get(kind.lower(), "")
