# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of PostgreSQL's configuration files, quoted as GUC_scanstr() (guc-file.l) reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

ESCAPES = {"\\": "\\\\", "'": "''", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def render(settings: Mapping[str, object]) -> str:
    """The lines for a mapping of names to texts, numbers, booleans, or lists of them."""
    return "".join(f"{name} = '{_escaped(_text(value))}'\n" for name, value in settings.items())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ",".join(str(part) for part in value)
    return str(value)


def _escaped(text: str) -> str:
    return "".join(ESCAPES.get(character, character) for character in text)


ASSIGNED = re.compile(r"\s*(\w+)\s*=?\s*(?:'((?:[^']|'')*)'|([^\s#']+))")
LONGEST = 1_000_000


def assigned(path: str) -> dict[str, str]:
    """{name: value} of a file of this syntax, of whose lines the last counts; {} where it cannot be
    read. A link is not followed, and nothing waited for: others may write where it is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with open(descriptor, encoding="utf-8", errors="replace") as stream:
        lines = stream.read(LONGEST).splitlines()
    matches = [ASSIGNED.match(line) for line in lines]
    return {m[1]: (m[2] or "").replace("''", "'") or m[3] or "" for m in matches if m}
