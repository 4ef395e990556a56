# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator has accepted for a reason and a time, and so is no finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

# As an argument of a module.
OPTION = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "id": {"type": "str", "required": True},
        "subject": {"type": "str", "default": ""},
        "reason": {"type": "str", "required": True},
        "until": {"type": "str", "default": ""},
    },
}


class Found(Protocol):
    """What may be accepted."""

    @property
    def id(self) -> str: ...

    @property
    def subject(self) -> str: ...


def entry_for(found: Found, accepted: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The entry that accepts a finding; None where none does. One without a subject is for all of
    its id."""
    for entry in accepted:
        if entry["id"] == found.id and entry["subject"] in ("", found.subject):
            return entry
    return None


def split(
    found: Iterable[Any], accepted: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], list[tuple[Any, Mapping[str, Any]]]]:
    """(findings that nobody has accepted, [(finding, the entry that accepts it)])."""
    pairs = [(each, entry_for(each, accepted)) for each in found]
    return (
        [each for each, entry in pairs if entry is None],
        [(each, entry) for each, entry in pairs if entry is not None],
    )
