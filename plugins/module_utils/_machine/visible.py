# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of a host as an answer can have them: names and lines there need not be UTF-8."""

from __future__ import annotations

import re
from typing import Any

SURROGATE = re.compile("[\ud800-\udfff]")
# What surrogateescape makes of bytes.
BYTES = range(0xDC80, 0xDD00)


def text(value: str) -> str:
    """A text in which bytes that are no UTF-8 (surrogateescape) stand as \\xff.

    Ansible refuses an answer with such bytes as a whole, and nothing else of it would be known.
    """
    return SURROGATE.sub(_written, value)


def _written(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number - 0xDC00:02x}" if number in BYTES else f"\\u{number:04x}"


def answer(value: Any) -> Any:
    """The same of all texts in dictionaries and lists, keys included."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {answer(key): answer(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [answer(each) for each in value]
    return value
