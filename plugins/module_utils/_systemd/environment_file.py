# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd's EnvironmentFile format, written and read by the rules of systemd.exec(5).

Every value is written in double quotes, in which the characters backslash, double
quote, backtick and dollar are escaped: systemd reads it back unchanged, and so does
a POSIX shell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CARRIAGE_RETURN = "it ends with a carriage return, as on Windows"
BYTE_ORDER_MARK = (
    "a byte order mark, which editors on Windows write, is a part of the first variable's name"
)
NO_NAME = "what stands before the = is no name of a variable"
UNCLOSED = "a quote is not closed"
NEEDS_ESCAPE = '\\"`$'
# What systemd refuses a whole file for: NUL, what is not UTF-8 (as Python's surrogates), and
# Unicode's noncharacters; see utf8_is_valid() and unichar_is_valid() in its src/basic/utf8.c.
FORBIDDEN = re.compile(
    "[\0\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class EnvironmentFileError(ValueError):
    """A variable that an EnvironmentFile cannot hold; the message never has its value."""


def check(name: object, value: str) -> None:
    """Raise EnvironmentFileError unless systemd can hold this variable."""
    if not isinstance(name, str) or not NAME.match(name):
        raise EnvironmentFileError(
            f"{name!r} is no name of an environment variable: letters, digits and "
            "underscores, not beginning with a digit"
        )
    found = FORBIDDEN.search(value)
    if found:
        raise EnvironmentFileError(
            f"the value of {name} has the character U+{ord(found.group()):04X}, for which systemd "
            "refuses the whole file"
        )


def to_text(value: object) -> str:
    """The text of a variable: strings and numbers as they are, booleans as true/false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise EnvironmentFileError(f"expected text, a number or a boolean, got {type(value).__name__}")


def quote(value: str) -> str:
    """The value in double quotes, as EnvironmentFile= expects it."""
    return '"' + "".join("\\" + c if c in NEEDS_ESCAPE else c for c in value) + '"'


def render(variables: Mapping[str, object]) -> str:
    """The lines of an EnvironmentFile for a mapping of names to values, in its order."""
    lines = []
    for name, value in variables.items():
        try:
            text = to_text(value)
        except EnvironmentFileError as exc:
            raise EnvironmentFileError(f"the value of {name}: {exc}") from None
        check(name, text)
        lines.append(f"{name}={quote(text)}\n")
    return "".join(lines)


# What systemd passes over in silence (code "malformed"), or reads otherwise than it looks ("crlf",
# "set_twice"); name is the variable's, or "".
class Problem(NamedTuple):
    line: int
    code: str
    name: str
    reason: str


# variables: what a service gets, {name: value}. problems: a list. refusal: (line, reason) where
# systemd refuses the whole file and does not start the service, else None.
class Content(NamedTuple):
    variables: dict[str, str]
    problems: list[Problem]
    refusal: tuple[int, str] | None


def read(path: str, limit: int = -1) -> Content:
    """The Content of a file, of at most limit bytes of it. Raises OSError."""
    with open(path, "rb", opener=regular_file.opener) as stream:
        return load(stream.read(limit))


def load(data: bytes) -> Content:
    """The Content of the bytes of a file: line ends count, and so does what is no UTF-8."""
    text = data.decode("utf-8", "surrogateescape")
    return Content(parse(text), problems(text), _refusal(text))


def parse(text: str) -> dict[str, str]:
    """The variables that systemd would take from this text, as a dict.

    Like systemd, passes over comments and lines without an assignment, and lets the
    last assignment of a name win.
    """
    return {entry.name: entry.value for entry in _entries(text) if NAME.match(entry.name)}


def problems(text: str) -> list[Problem]:
    """The Problems of a text, which has to have its line ends as they are."""
    found: list[Problem] = []
    known: dict[str, str] = {}
    for entry in _entries(text):
        if entry.reason:
            found.append(Problem(_line(text, entry.position), "malformed", "", entry.reason))
        elif known.setdefault(entry.name, entry.value) != entry.value:
            reason = f"{entry.name} is set again, to another value; the last one counts"
            found.append(Problem(_line(text, entry.position), "set_twice", entry.name, reason))
    if "\r\n" in text:
        found.append(Problem(_line(text, text.index("\r\n")), "crlf", "", CARRIAGE_RETURN))
    return found


def _refusal(text: str) -> tuple[int, str] | None:
    if "\0" in text:
        return _line(text, text.index("\0")), "it has the character NUL"
    for entry in _entries(text):
        # What stands in a comment, or in a line without an assignment, is not looked at.
        found = FORBIDDEN.search(entry.name + entry.value)
        if found:
            code = ord(found.group())
            what = "what is no UTF-8" if 0xD800 <= code < 0xE000 else f"the character U+{code:04X}"
            return _line(text, entry.position), f"it has {what}"
    return None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


# An assignment, with what is no name too, or a line that is none (name is ""); reason says why
# systemd passes over it, or "".
class Entry(NamedTuple):
    position: int
    name: str
    value: str
    reason: str


def _entries(text: str) -> Iterator[Entry]:
    """An Entry for each line that is no comment."""
    position = 0
    while position < len(text):
        if text[position] in " \t\r\n":
            position += 1
        elif text[position] in "#;":
            position = _end_of_comment(text, position)
        else:
            start = position
            name, value, reason, position = _assignment(text, position)
            yield Entry(start, name, value, reason)


def _end_of_comment(text: str, position: int) -> int:
    while position < len(text) and text[position] not in "\r\n":
        # A backslash continues a comment too.
        position += 2 if text[position] == "\\" else 1
    return position


def _assignment(text: str, position: int) -> tuple[str, str, str, int]:
    """(name, value, reason, end) of the line that begins here; see Entry."""
    start = position
    while position < len(text) and text[position] not in "=\r\n":
        position += 1
    name = text[start:position].rstrip(" \t")
    if position == len(text) or text[position] != "=":
        return "", "", "it has no =", position
    value, position = _value(text, position + 1)
    if not NAME.match(name):
        return name, value, _why_no_name(name), position
    # The end of a quoted text is behind its quote, wherever that would be.
    return name, value, UNCLOSED if position > len(text) else "", position


def _why_no_name(name: str) -> str:
    # What stands before the = may be a mistyped secret, and is not shown.
    if name.startswith("\ufeff"):
        return BYTE_ORDER_MARK
    return "export is the shell's" if name.startswith("export ") else NO_NAME


def _value(text: str, position: int) -> tuple[str, int]:
    """The value that begins at this position, and where it ends.

    Quotes count only where a value or a piece of it begins; what follows the first
    plain character is plain to the end of the line.
    """
    value = ""
    while position < len(text) and text[position] not in "\r\n":
        if text[position] in " \t":
            position += 1
        elif text[position] in "'\"":
            quoted, position = _quoted(text, position)
            value += quoted
        else:
            plain, position = _plain(text, position)
            value += plain
    return value, position


def _plain(text: str, position: int) -> tuple[str, int]:
    """The unquoted rest of a line, and where it ends; a backslash joins the next line."""
    value = []
    while position < len(text) and text[position] not in "\r\n":
        if text[position] == "\\":
            value.append(text[position + 1 : position + 2].strip("\r\n"))
            position += 2
        else:
            value.append(text[position])
            position += 1
    return "".join(value).rstrip(" \t"), position


def _quoted(text: str, position: int) -> tuple[str, int]:
    """The content of the quotes that open at this position, and where they end."""
    mark = text[position]
    position += 1
    value = []
    while position < len(text) and text[position] != mark:
        following = text[position + 1 : position + 2]
        if mark == '"' and text[position] == "\\" and following:
            if following in NEEDS_ESCAPE:
                value.append(following)
            elif following != "\n":
                value.append("\\" + following)
            position += 2
        else:
            value.append(text[position])
            position += 1
    return "".join(value), position + 1
