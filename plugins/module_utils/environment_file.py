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

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CARRIAGE_RETURN = "it ends with a carriage return, as on Windows"
NO_NAME = "what stands before the = is no name of a variable"
UNCLOSED = "a quote is not closed"
NEEDS_ESCAPE = '\\"`$'
# No environment variable can hold NUL; systemd drops one that is not UTF-8 without a word.
FORBIDDEN = re.compile("[\0\ud800-\udfff]")


class EnvironmentFileError(ValueError):
    """A variable that an EnvironmentFile cannot hold; the message never has its value."""


def check(name, value):
    """Raise EnvironmentFileError unless systemd can hold this variable."""
    if not isinstance(name, str) or not NAME.match(name):
        raise EnvironmentFileError(
            f"{name!r} is no name of an environment variable: letters, digits and "
            "underscores, not beginning with a digit"
        )
    found = FORBIDDEN.search(value)
    if found:
        raise EnvironmentFileError(
            f"the value of {name} has the character U+{ord(found.group()):04X}, which no "
            "environment variable can hold"
        )


def to_text(value):
    """The text of a variable: strings and numbers as they are, booleans as true/false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise EnvironmentFileError(f"expected text, a number or a boolean, got {type(value).__name__}")


def quote(value):
    """The value in double quotes, as EnvironmentFile= expects it."""
    return '"' + "".join("\\" + c if c in NEEDS_ESCAPE else c for c in value) + '"'


def render(variables):
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


def parse(text):
    """The variables that systemd would take from this text, as a dict.

    Like systemd, passes over comments and lines without an assignment, and lets the
    last assignment of a name win.
    """
    return {name: value for _position, name, value, _reason in _entries(text) if name}


def problems(text):
    """What systemd passes over in silence, or reads otherwise than it looks: [(line, reason)].

    The text has to be read with its line ends as they are (newline="").
    """
    found = [
        (text.count("\n", 0, position) + 1, reason)
        for position, _name, _value, reason in _entries(text)
        if reason
    ]
    if "\r\n" in text:
        found.append((text.count("\n", 0, text.index("\r\n")) + 1, CARRIAGE_RETURN))
    return found


def _entries(text):
    """(position, name, value, reason) of each line that is no comment.

    name is None where systemd passes over the line; reason says what is wrong with it, or "".
    """
    position = 0
    while position < len(text):
        if text[position] in " \t\r\n":
            position += 1
        elif text[position] in "#;":
            position = _end_of_comment(text, position)
        else:
            start = position
            name, value, reason, position = _assignment(text, position)
            yield start, name, value, reason


def _end_of_comment(text, position):
    while position < len(text) and text[position] not in "\r\n":
        # A backslash continues a comment too.
        position += 2 if text[position] == "\\" else 1
    return position


def _assignment(text, position):
    """(name, value, reason, end) of the line that begins here; see _entries()."""
    start = position
    while position < len(text) and text[position] not in "=\r\n":
        position += 1
    name = text[start:position].rstrip(" \t")
    if position == len(text) or text[position] != "=":
        return None, "", "it has no =", position
    value, position = _value(text, position + 1)
    if not NAME.match(name):
        # What stands before the = may be a mistyped secret.
        reason = "export is the shell's" if name.startswith("export ") else NO_NAME
        return None, "", reason, position
    # The end of a quoted text is behind its quote, wherever that would be.
    return name, value, UNCLOSED if position > len(text) else "", position


def _value(text, position):
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


def _plain(text, position):
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


def _quoted(text, position):
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
