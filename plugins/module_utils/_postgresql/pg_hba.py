# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pg_hba.conf: its records written, and one managed block put where it takes effect.

PostgreSQL uses the first record that matches a connection, so the block stands before
every record of others, except those that let the administrator in over the local
socket: no declared record may lock them out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TYPES = ("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc")
KEYS = ("type", "database", "user", "address", "method", "options")
ADDRESS_WORDS = ("all", "samehost", "samenet")
PLAIN = re.compile(r"\+?[A-Za-z0-9_.$-]+\Z")
HOST_NAME = re.compile(r"\.?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?\Z")
LINE_END = re.compile(r"[\0\n\r]")
METHOD = re.compile(r"[a-z0-9-]+\Z")

# What the packages of Debian 12 and 13 write into a new cluster's file.
DISTRIBUTION = (
    "local all postgres peer",
    "local all all peer",
    "host all all 127.0.0.1/32 scram-sha-256",
    "host all all ::1/128 scram-sha-256",
    "local replication all peer",
    "host replication all 127.0.0.1/32 scram-sha-256",
    "host replication all ::1/128 scram-sha-256",
)


class PgHbaError(ValueError):
    """An entry or a file that makes no pg_hba.conf."""


# An option with a password, quoted as a whole or in its value: LDAP and RADIUS have some.
SECRET_OPTION = re.compile(
    r"""(?P<whole>"\w*(?:passw|secret)\w*=)(?:[^"\n]|"")*"|(?P<name>\b\w*(?:passw|secret)\w*=)
    (?:"(?:[^"\n]|"")*"|[^\s"]+)""",
    re.IGNORECASE | re.VERBOSE,
)


def visible(text: str) -> str:
    """Lines without the passwords in their options."""
    return SECRET_OPTION.sub(
        lambda m: f'{m["whole"]}********"' if m["whole"] else f"{m['name']}********", text
    )


def records(entry: Mapping[str, Any]) -> list[str]:
    """The lines for a mapping with type, database, user, address, method and options.

    One line for each address; none where the list of addresses is empty.
    """
    unknown = sorted(set(entry) - set(KEYS))
    if unknown:
        raise PgHbaError(f"there is no key {', '.join(unknown)}; an entry has {', '.join(KEYS)}")
    kind = entry.get("type") or "host"
    if kind not in TYPES:
        raise PgHbaError(f"type {kind!r} is not one of {', '.join(TYPES)}")
    method = entry.get("method") or "scram-sha-256"
    if not METHOD.match(method):
        raise PgHbaError(f"method {method!r} is no authentication method")
    options = sorted((entry.get("options") or {}).items())
    head = [kind, _names(entry, "database"), _names(entry, "user")]
    tail = [method, *[_quoted(f"{name}={value}") for name, value in options]]
    return [" ".join(head + address + tail) for address in _addresses(kind, entry.get("address"))]


def _addresses(kind: str, declared: Any) -> list[list[str]]:
    """The address field of each line, as a list of fields: none for the local socket."""
    if kind == "local":
        if declared:
            raise PgHbaError("an entry of type local has no address")
        return [[]]
    if declared is None or declared == "":
        raise PgHbaError(f"an entry of type {kind} needs an address")
    return [[_address(a)] for a in (declared if isinstance(declared, list) else [declared])]


def _names(entry: Mapping[str, Any], key: str) -> str:
    names = entry.get(key)
    names = names if isinstance(names, list) else [names]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise PgHbaError(f"an entry needs {key}: a name or a list of names")
    return ",".join(name if PLAIN.match(name) else _quoted(name) for name in names)


def _quoted(text: str) -> str:
    if LINE_END.search(text):
        raise PgHbaError(f"{text!r} has a line break or NUL")
    return '"' + text.replace('"', '""') + '"'


def _address(address: str) -> str:
    if address in ADDRESS_WORDS:
        return address
    try:
        return str(ipaddress.ip_network(address, strict=True))
    except ValueError as exc:
        # A host name has a letter at its end; 10.0.0.0.5/8 is a mistyped network.
        if HOST_NAME.match(address) and address[-1].isalpha():
            return address
        raise PgHbaError(f"address {address!r}: {exc}") from None


def checked_marker(marker: str) -> str:
    """The name of a block, which is one comment: a backslash at its end would make the next line a
    part of it."""
    if LINE_END.search(marker) or not marker.strip() or marker.endswith("\\"):
        raise PgHbaError(
            f"the block's name {marker!r} is empty, has a line break or NUL, or ends with a"
            " backslash"
        )
    return marker


def place(text: str, entries: Iterable[Mapping[str, Any]], marker: str) -> str:
    """The file's text with the block of this marker holding exactly these entries."""
    begin, end = (f"# {word} {checked_marker(marker)}" for word in ("BEGIN", "END"))
    declared = [line for entry in entries for line in records(entry)]
    block = [begin, *declared, end] if declared else []
    lines = text.split("\n")
    own = _own_block(lines, begin, end)
    if own:
        before, after = lines[: own[0]], lines[own[1] + 1 :]
        if _insertion(before) is None:
            return "\n".join(before + block + after)
        lines = before + after
    at = _insertion(lines)
    at = len(lines) - (lines[-1] == "") if at is None else at
    return "\n".join(lines[:at] + block + lines[at:])


def foreign(text: str) -> list[tuple[int, str]]:
    """The records outside every marked block that Debian did not put there: (number, lines).

    A mark without its other half marks nothing.
    """
    lines = text.split("\n")
    inside = {n for first, last in blocks(lines) for n in range(first, last + 1)}
    return [
        (number, record)
        for number, record in logical_lines(text)
        if number - 1 not in inside and not is_known(record)
    ]


def is_known(record: str) -> bool:
    """Whether a record is none, or one that Debian put there."""
    line = record.replace("\\\n", "").strip()
    return not line or line.startswith("#") or " ".join(line.split()) in DISTRIBUTION


def logical_lines(text: str) -> list[tuple[int, str]]:
    """(number, lines) of each record: a backslash at the end of a line continues it, be it a
    comment."""
    found: list[tuple[int, str]]
    begun: tuple[int, str] | None
    found, begun = [], None
    for number, line in enumerate(text.split("\n"), 1):
        begun = (number, line) if begun is None else (begun[0], f"{begun[1]}\n{line}")
        if not line.endswith("\\"):
            found.append(begun)
            begun = None
    return found + ([begun] if begun else [])


def blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """(first, last) of the lines of each marked block that has both its marks."""
    found: list[tuple[int, int]]
    found, number = [], 0
    while number < len(lines):
        if lines[number].startswith("# BEGIN "):
            end = f"# END {lines[number][len('# BEGIN ') :]}"
            if end in lines[number:]:
                found.append((number, lines.index(end, number)))
                number = found[-1][1]
        number += 1
    return found


def _own_block(lines: Sequence[str], begin: str, end: str) -> tuple[int, int] | None:
    if begin not in lines and end not in lines:
        return None
    if lines.count(begin) != 1 or lines.count(end) != 1 or lines.index(begin) > lines.index(end):
        raise PgHbaError(f"the lines {begin!r} and {end!r} are not there once each, in this order")
    return lines.index(begin), lines.index(end)


def _insertion(lines: Sequence[str]) -> int | None:
    """Where a block goes: behind what may stand before it; None if all of this may."""
    at, ends = 0, dict(blocks(lines))
    number = 0
    while number < len(lines):
        line = lines[number]
        if number in ends:
            number = ends[number]
            at = number + 1
        elif _is_administrator(line):
            at = number + 1
        elif line.strip() and not line.lstrip().startswith("#"):
            return at
        number += 1
    return None


def _is_administrator(line: str) -> bool:
    fields = line.split()
    return len(fields) >= 4 and fields[0] == "local" and fields[2] == "postgres"
