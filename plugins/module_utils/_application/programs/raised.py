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


def describe(exc: BaseException) -> list[dict[str, Any]]:
    """[{type, message, sqlstate, link, frames}], the first cause first; a frame is path, line,
    function and the line's text."""
    chain = [_one(exc, "")]
    seen = {id(exc)}
    while True:
        link = "cause" if exc.__cause__ else "context"
        before = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
        if before is None or id(before) in seen:
            return chain[::-1]
        seen.add(id(before))
        chain[-1]["link"] = link
        chain.append(_one(before, ""))
        exc = before


def _one(exc: BaseException, link: str) -> dict[str, Any]:
    kind = type(exc)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    frames = traceback.extract_tb(exc.__traceback__)
    # Where Python could not read a line, no frame has it.
    if isinstance(exc, SyntaxError) and exc.filename:
        text = (exc.text or "").strip()
        frames.append(traceback.FrameSummary(exc.filename, exc.lineno or 0, "", line=text))
    kept = [*frames[: FRAMES // 2], *frames[FRAMES // 2 :][-FRAMES // 2 :]]
    return {
        "type": f"{module}{kind.__qualname__}",
        "message": (str(exc).strip().splitlines() or [""])[0],
        "sqlstate": _sqlstate(exc),
        "link": link,
        "frames": [[f.filename, f.lineno or 0, f.name, f.line or ""] for f in kept],
    }


def _sqlstate(exc: BaseException) -> str:
    if type(exc).__module__.partition(".")[0] not in DRIVERS:
        return ""
    return getattr(exc, "pgcode", None) or getattr(exc, "sqlstate", None) or ""
