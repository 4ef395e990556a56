# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exception and those that it came from, as data; _application/failures.py has the records."""

from __future__ import annotations

import traceback
from typing import Any

DRIVERS = ("psycopg2", "psycopg", "asyncpg")
# Of a recursion that never ends, the ends of its stack tell enough.
FRAMES = 60
# As much of a line or a message, and as many exceptions that led to one another, as are told.
LONGEST = 1000
LINKS = 30


def describe(exc: BaseException) -> list[dict[str, Any]]:
    """[{type, message, sqlstate, link, frames}], the first cause first; a frame is path, line,
    function and the line's text."""
    chain = [_one(exc, "")]
    seen = {id(exc)}
    while True:
        # One that is empty, such as a list of errors, is no truth.
        link = "context" if exc.__cause__ is None else "cause"
        before = exc.__cause__
        if before is None and not exc.__suppress_context__:
            before = exc.__context__
        if before is None or id(before) in seen or len(chain) == LINKS:
            return chain[::-1]
        seen.add(id(before))
        chain[-1]["link"] = link
        chain.append(_one(before, ""))
        exc = before


def _one(exc: BaseException, link: str) -> dict[str, Any]:
    kind = type(exc)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    message = _text(exc)
    frames = traceback.extract_tb(exc.__traceback__)
    # Where Python could not read a line, no frame has it.
    if isinstance(exc, SyntaxError) and isinstance(exc.filename, str):
        text = exc.text.strip() if isinstance(exc.text, str) else ""
        number = exc.lineno if isinstance(exc.lineno, int) else 0
        frames.append(traceback.FrameSummary(exc.filename, number, "", line=text))
    kept = [*frames[: FRAMES // 2], *frames[FRAMES // 2 :][-FRAMES // 2 :]]
    return {
        "type": f"{module}{kind.__qualname__}",
        "message": message.partition("\n")[0][:LONGEST],
        "sqlstate": _sqlstate(exc),
        "link": link,
        "frames": [[f.filename, f.lineno or 0, f.name, (f.line or "")[:LONGEST]] for f in kept],
    }


def _text(exc: BaseException) -> str:
    """What an exception says; "" where it fails to."""
    try:
        return "\n".join(str(exc).strip()[: 10 * LONGEST].splitlines())
    except Exception:
        return ""


def _sqlstate(exc: BaseException) -> str:
    if str(type(exc).__module__).partition(".")[0] not in DRIVERS:
        return ""
    found = getattr(exc, "pgcode", None) or getattr(exc, "sqlstate", None)
    return found if isinstance(found, str) else ""
