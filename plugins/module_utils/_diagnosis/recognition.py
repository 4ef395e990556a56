# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recognises the mistakes of application_errors.py in failures.

Only the exception that came last counts, and what was its explicit cause: what was handled on the
way need not be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ansible_collections.flaskops.stack.plugins.module_utils._application.failures import (
    Failure,
    Raised,
    describe,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.application_errors import (
    KINDS,
    Sign,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Outcome,
)

# What Python itself does to import something.
IMPORTING = re.compile(r"(^|/)importlib/|^<frozen importlib")


def recognise(failure: Failure) -> str:
    """Which of KINDS a failure is; "" where it is none of them."""
    found = ""
    for one, was_handled in _counting(failure):
        if was_handled and not (found and KINDS[found].follows):
            break
        name = _name(one)
        if name and (not found or KINDS[found].follows):
            found = name
    return found


def explain(failure: Failure) -> tuple[str, str]:
    """(what it is, with its code where that is known; its remedy, "" where it is not known)."""
    name = recognise(failure)
    text = describe(failure)
    return (f"application.{name}: {text}", KINDS[name].remedy) if name else (text, "")


def told(outcome: Outcome, failure: Failure, whose: str = "") -> Outcome:
    """An outcome with a failure behind its message, and the mistake's code where it is known."""
    text = f"{whose}: {describe(failure)}" if whose else describe(failure)
    outcome = outcome._replace(message=f"{outcome.message}; {text}" if outcome.message else text)
    name = recognise(failure)
    return outcome._replace(code=name, of="application") if name else outcome


def _counting(failure: Failure) -> Iterator[tuple[Raised, bool]]:
    """(exception, whether it only was being handled): the last one and its explicit causes; then
    what was handled before it, which may be why the last one was raised."""
    was_handled = False
    for index in range(len(failure) - 1, -1, -1):
        yield failure[index], was_handled
        was_handled = was_handled or failure[index].link != "cause"


def _name(one: Raised) -> str:
    for name, kind in KINDS.items():
        if any(_has(one, sign) for sign in kind.signs):
            return name
    return ""


def _has(one: Raised, sign: Sign) -> bool:
    places = [f"{frame.path}:{frame.function}" for frame in one.frames]
    line = one.frames[-1].code if one.frames else ""
    return (
        (one.sqlstate in sign.states if sign.states else one.type in sign.types)
        and re.search(sign.text, one.message) is not None
        and re.search(sign.place, places[-1] if places else "") is not None
        and re.search(_of_key(sign.line, one.message), line) is not None
        and (not sign.importer or _is_imported_by(sign.importer, places))
    )


def _of_key(pattern: str, message: str) -> str:
    return pattern.replace("KEY", re.escape(message.strip("'")))


def _is_imported_by(pattern: str, places: Sequence[str]) -> bool:
    others = [place for place in places if not IMPORTING.search(place)]
    return bool(others) and re.search(pattern, others[-1]) is not None
