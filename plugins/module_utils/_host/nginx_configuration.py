# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx's configuration files: which server answers to which name on which port."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Union


# names and sockets of one server block.
class ServerBlock(NamedTuple):
    names: list[str]
    listens: list[Listen]


# address is "*", "[::]", another address or name, or "unix:/path" (with the port "").
class Listen(NamedTuple):
    address: str
    port: str
    is_default: bool


# A server block, or (pattern, context) of what is included.
Statement = Union[ServerBlock, tuple[str, tuple[str, ...]]]

WORD = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [{};] | [^\s{};"'#]+""", re.X | re.S
)
# Where nginx begins to read.
MAIN = "/etc/nginx/nginx.conf"


def read(path: str = MAIN) -> list[tuple[str, ServerBlock]]:
    """[(path, server block)] of all servers for HTTP, in the order in which nginx reads them.

    What cannot be read is left out, as is what is of another protocol.
    """
    return list(_read(path, os.path.dirname(path), (), ()))


def _read(
    path: str, folder: str, context: Sequence[str], within: Sequence[str]
) -> Iterator[tuple[str, ServerBlock]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return
    for found in _statements(text, context):
        if isinstance(found, ServerBlock):
            yield path, found
            continue
        pattern, inside = found
        for included in sorted(glob.glob(os.path.join(folder, pattern))):
            # nginx refuses a file that includes itself.
            if included not in within:
                yield from _read(included, folder, inside, (*within, path))


def files(path: str = MAIN) -> list[str]:
    """The paths of all files that nginx reads, in the order in which they are included."""
    found: list[str] = []
    waiting = [path]
    while waiting:
        current = waiting.pop(0)
        if current in found:
            continue
        try:
            with open(current, encoding="utf-8", errors="replace") as stream:
                text = stream.read()
        except OSError:
            continue
        found.append(current)
        for pattern in _included(text):
            waiting += sorted(glob.glob(os.path.join(os.path.dirname(path), pattern)))
    return found


def _included(text: str) -> Iterator[str]:
    """The patterns of all includes of a text, in whatever block."""
    statement: list[str] = []
    for word in WORD.findall(text):
        if word[0] == "#":
            continue
        if word == ";" and statement[:1] == ["include"] and len(statement) == 2:
            yield statement[1]
        statement = [] if word in "{};" else [*statement, word.strip("\"'")]


def server_blocks(text: str) -> list[ServerBlock]:
    """The server blocks of a file that is included within "http", whatever else is in it."""
    return [found for found in _statements(text, ("http",)) if isinstance(found, ServerBlock)]


def _statements(text: str, context: Sequence[str]) -> Iterator[Statement]:
    """The server blocks of a text, and (pattern, context) of what it includes between them."""
    statement: list[str]
    block: ServerBlock | None
    stack, statement, block = list(context), [], None
    for word in WORD.findall(text):
        if word.startswith("#"):
            continue
        if word == "{":
            stack.append(statement[0] if statement else "")
            if stack[-1] == "server" and not {"stream", "mail", "upstream"} & set(stack):
                block = ServerBlock([], [])
        elif word == "}" and stack:
            if stack.pop() == "server" and block:
                yield _complete(block)
                block = None
        elif word == ";" and statement:
            if statement[0] == "include" and len(statement) == 2 and block is None:
                yield statement[1], tuple(stack)
            elif block and stack[-1:] == ["server"]:
                _directive(block, statement)
        if word in "{};":
            statement = []
        else:
            statement.append(word.strip("\"'"))
    if block:
        yield _complete(block)


def _complete(block: ServerBlock) -> ServerBlock:
    """Without a word about it, a server answers on port 80 to the empty name."""
    return ServerBlock(block.names or [""], block.listens or [Listen("*", "80", False)])


def _directive(block: ServerBlock, statement: Sequence[str]) -> None:
    if statement[0] == "server_name":
        block.names.extend(name for word in statement[1:] for name in _spelt_out(word.lower()))
    elif statement[0] == "listen" and len(statement) > 1:
        is_default = not {"default_server", "default"}.isdisjoint(statement[2:])
        block.listens.extend(Listen(*at, is_default) for at in _sockets(statement[1]))


def _spelt_out(name: str) -> list[str]:
    return [name[1:], f"*{name}"] if name.startswith(".") else [name]


def _sockets(value: str) -> list[tuple[str, str]]:
    """(address, port) of each socket that a value of "listen" means."""
    if value.startswith("unix:"):
        return [(value, "")]
    address, colon, port = value.rpartition(":")
    if value.isdigit() or re.fullmatch(r"\d+-\d+", value):
        address, port = "*", value
    elif not colon or value.endswith("]"):
        address, port = value, "80"
    first, _dash, last = port.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return []
    # How a configuration may spell "any"; nothing is bound here.
    address = {"0.0.0.0": "*", "[::0]": "[::]"}.get(address, address)  # noqa: S104
    return [(address, str(number)) for number in range(int(first), int(last or first) + 1)][:65536]
