# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines of systemd's units, quoted by the rules of systemd.service(5)."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What needs no quotes; they would only make a unit harder to read.
PLAIN = re.compile(r"[A-Za-z0-9_./:=@,+-]+\Z")
# Specifiers and variables are doubled; the rest is C's.
ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "%": "%%",
    "$": "$$",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def command_line(words: Iterable[str]) -> str:
    """The words as the value of ExecStart=, from which systemd makes the same words."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if PLAIN.match(word):
        return word
    return '"' + "".join(ESCAPES.get(character, character) for character in word) + '"'
