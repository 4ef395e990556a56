# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the structure of a database was at each revision, when it was first seen there.

Nothing but the migrations themselves knows what they make; so what is there when a revision is
seen for the first time is taken for theirs, and from then on whatever comes, goes or changes is
not. What had been found before a migration stays found after it, because none puts it right by
chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# {name: {attribute: text}} of all that there is.
Things = Mapping[str, Mapping[str, str]]
# The revisions that are remembered; one may be taken back, and come again.
KEPT = 4
LOST = "has no revision any more"


class Judged(NamedTuple):
    """expected: what should be there. first: why that was not known before; "" where it was.
    record: what is to be remembered."""

    expected: Things
    first: str
    record: list[dict[str, Any]]


def judge(record: object, key: Mapping[str, Any], now: Things) -> Judged:
    """What is expected of a structure, by what was remembered.

    record is a list of {"key", "things", "odd"}, the last seen first; odd is {name: attributes, or
    None for what is not there} of what was otherwise than expected when it was seen last. key says
    of which structure it is: the schema, the revisions and the server's version.
    """
    entries = [each for each in record if _is_entry(each)] if isinstance(record, list) else []
    if not key.get("revisions") and any(each["key"].get("revisions") for each in entries):
        # Nobody knows what is right; what was there before the first migration is not.
        return Judged(now, LOST, entries)
    for each in entries:
        if each["key"] == key:
            others = [other for other in entries if other is not each]
            same = {"key": key, "things": each["things"], "odd": _odd(each["things"], now)}
            return Judged(each["things"], "", [same, *others][:KEPT])
    expected = {name: dict(attributes) for name, attributes in now.items()}
    last = entries[0] if entries else {"things": {}, "odd": {}, "key": None}
    for name, seen in last["odd"].items():
        if now.get(name) != seen:
            continue
        if name in last["things"]:
            expected[name] = last["things"][name]
        else:
            expected.pop(name, None)
    entry = {"key": dict(key), "things": expected, "odd": _odd(expected, now)}
    first = _revisions(last["key"]) if entries else "was seen for the first time"
    return Judged(expected, first, [entry, *entries][:KEPT])


def _is_entry(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"key", "things", "odd"} <= set(value)
        and isinstance(value["key"], dict)
    )


def _odd(expected: Things, now: Things) -> dict[str, Any]:
    names = sorted(set(expected) | set(now))
    return {name: now.get(name) for name in names if expected.get(name) != now.get(name)}


def _revisions(key: Mapping[str, Any]) -> str:
    names: Iterable[str] = key.get("revisions") or ("no revision",)
    return f"is at another revision than before ({', '.join(names)})"
