# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx's configuration files, as nginx reads them: statements, files and servers.

The words are those of ngx_conf_read_token() in src/core/ngx_conf_file.c. nginx -T would print the
same files, but it binds sockets and makes folders, which a question may not do.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

# Where nginx begins to read.
MAIN = "/etc/nginx/nginx.conf"
TOKEN = re.compile(
    r"""
    (?P<skip> [ \t\r\n]+ | \#[^\n]* )
    | (?P<end> [;{}] )
    | "(?P<double> (?:\\.|[^"\\])* )"
    | '(?P<single> (?:\\.|[^'\\])* )'
    | (?P<word> (?:\\.|\$\{|[^\s;{}"'\#\\]) (?:\\.|\$\{|[^ \t\r\n;{\\])* )
    """,
    re.X | re.S,
)
# What counts braces in Lua, whose comments and strings may have others.
LUA = re.compile(
    r"""--\[(=*)\[.*?\]\1\] | --[^\n]* | \[(=*)\[.*?\]\2\] | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
    | (?P<brace>[{}])""",
    re.X | re.S,
)
ESCAPED = re.compile(r"\\([\"'\\trn])")
CONTROL = {"t": "\t", "r": "\r", "n": "\n"}


# One directive. context: the blocks around it, the outermost first; opens: whether a block follows;
# alone: its line, where nothing else is on it, or else "".
class Statement(NamedTuple):
    path: str
    line: int
    context: tuple[str, ...]
    words: tuple[str, ...]
    opens: bool
    alone: str


# address is "*", "[::]", another address or name, or "unix:/path" (with the port "").
class Listen(NamedTuple):
    address: str
    port: str
    is_default: bool
    options: tuple[str, ...] = ()


# One server: where it begins, its names and sockets; protocol is "http", "stream" or "mail".
class ServerBlock(NamedTuple):
    names: list[str]
    listens: list[Listen]
    path: str = ""
    line: int = 0
    protocol: str = "http"


# A word in a block that is open: its name, and the server that it is.
Level = tuple[str, "ServerBlock | None"]


class Configuration:
    """All that nginx reads. files: in the order in which they are read; optional: those of them
    that a pattern included, so that nginx would start without; folders: where such are looked for.
    """

    def __init__(self, folder: str) -> None:
        self.files: list[str] = []
        self.optional: set[str] = set()
        self.folders: list[str] = []
        self.statements: list[Statement] = []
        self.servers: list[ServerBlock] = []
        self._folder = folder

    def add(self, path: str, stack: Sequence[Level] = (), within: Sequence[str] = ()) -> None:
        """Read a file and what it includes; one that cannot be read is left out."""
        try:
            with open(
                path, encoding="utf-8", errors="replace", opener=regular_file.opener
            ) as stream:
                text = stream.read()
        except OSError:
            return
        if path not in self.files:
            self.files.append(path)
        self.add_text(text, stack, path, within)

    def add_text(
        self, text: str, stack: Sequence[Level], path: str = "", within: Sequence[str] = ()
    ) -> None:
        levels = list(stack)
        for line, words, end, alone in parse(text):
            context = tuple(name for name, _server in levels)
            if end == "}":
                # A file closes no block of the one that includes it.
                del levels[max(len(levels) - 1, len(stack)) :]
            elif words[0] == "include" and end == ";" and len(words) == 2:
                self._include(words[1], levels, (*within, path))
            else:
                self.statements.append(Statement(path, line, context, words, end == "{", alone))
                server = levels[-1][1] if levels else None
                if end == "{":
                    levels.append((words[0], self._server(context, words, path, line)))
                elif server:
                    _directive(server, words)

    def _include(self, pattern: str, levels: Sequence[Level], within: Sequence[str]) -> None:
        pattern = os.path.join(self._folder, pattern)
        found = sorted(glob.glob(pattern))
        if glob.has_magic(pattern):
            self.optional.update(found)
            folder = os.path.dirname(pattern)
            if folder not in self.folders and not glob.has_magic(folder):
                self.folders.append(folder)
        for path in found:
            # nginx refuses a file that includes itself.
            if path not in within:
                self.add(path, levels, within)

    def _server(
        self, context: Sequence[str], words: Sequence[str], path: str, line: int
    ) -> ServerBlock | None:
        if words[0] != "server" or "upstream" in context:
            return None
        protocol = next((name for name in ("stream", "mail") if name in context), "http")
        self.servers.append(ServerBlock([], [], path, line, protocol))
        return self.servers[-1]


def read(path: str = MAIN) -> Configuration:
    """What nginx would read now."""
    found = Configuration(os.path.dirname(path))
    found.add(path)
    found.servers = [_complete(block) for block in found.servers]
    return found


def changes(
    files: Mapping[str, float | None], folders: Mapping[str, float | None], started: float
) -> dict[str, str]:
    """{path: what a reload would bring or take}: of the files, and of the folders where nginx looks
    for some, that changed since its workers started; None is a time in the future."""
    later, emptied = (
        sorted(p for p, changed in paths.items() if changed is None or changed > started)
        for paths in (files, folders)
    )
    filled = {os.path.dirname(path) for path in later}
    gone = "a file of it is gone since, and in effect until a reload"
    return {
        **dict.fromkeys(later, "changed later (waits for a reload)"),
        **{path: gone for path in emptied if path not in filled},
    }


def server_blocks(text: str) -> list[ServerBlock]:
    """The servers for HTTP in a file that is included within "http", whatever else is in it."""
    found = Configuration("/")
    found.add_text(text, [("http", None)])
    return [_complete(block) for block in found.servers if block.protocol == "http"]


def parse(text: str) -> Iterator[tuple[int, tuple[str, ...], str, str]]:
    """(line, words, what ends it, the line's text where nothing else is on it) of each statement.

    A "}" that ends a block has no words. What follows *_by_lua_block is Lua, and left out.
    """
    words: list[str] = []
    line, counted, begin, position = 1, 0, 0, 0
    while position < len(text):
        token = TOKEN.match(text, position)
        if not token:
            # A quote that nothing closes, which nginx refuses.
            position += 1
            continue
        start, position = position, token.end()
        if token["skip"]:
            continue
        if not words:
            line, counted, begin = line + text.count("\n", counted, start), start, start
        end = token["end"]
        if not end:
            words.append(_word(token))
            continue
        if words or end == "}":
            alone = "" if end == "{" else _alone(text, begin, position)
            yield line, () if end == "}" else tuple(words), end, alone
        if end == "{" and words and words[0].endswith("_by_lua_block"):
            position = _end_of_lua(text, position)
        elif end == "{" and not words:
            yield line, ("",), end, ""
        words = []


def unfinished(text: str) -> str:
    """What keeps statements of somebody's own from standing within a block, in words; "" if
    nothing does."""
    depth, position, waits = 0, 0, ""
    while position < len(text):
        token = TOKEN.match(text, position)
        if not token:
            return f"a quote in line {text.count(chr(10), 0, position) + 1} is not closed"
        position = token.end()
        if token["skip"]:
            continue
        waits = waits or token[0]
        if token["end"]:
            depth += {"{": 1, "}": -1}.get(token["end"], 0)
            waits = ""
        if depth < 0:
            return "it has a } too many"
    if waits:
        return f"{waits} has no ; at its end"
    return "it has a { that no } closes" if depth else ""


def _word(token: re.Match[str]) -> str:
    text = next(token[name] for name in ("word", "double", "single") if token[name] is not None)
    return ESCAPED.sub(lambda match: CONTROL.get(match[1], match[1]), text)


def _alone(text: str, begin: int, end: int) -> str:
    first = text.rfind("\n", 0, begin) + 1
    last = text.find("\n", end)
    whole = text[first : len(text) if last < 0 else last]
    return whole if "\n" not in whole and whole.strip() == text[begin:end] else ""


def _end_of_lua(text: str, position: int) -> int:
    """Where the brace is that closes the block; it is left to be read."""
    depth = 1
    for found in LUA.finditer(text, position):
        depth += {"{": 1, "}": -1}.get(found["brace"], 0)
        if depth == 0:
            return found.start()
    return len(text)


def _complete(block: ServerBlock) -> ServerBlock:
    """Without a word about it, a server answers on port 80 to the empty name."""
    return block._replace(
        names=block.names or [""], listens=block.listens or [Listen("*", "80", False)]
    )


def _directive(block: ServerBlock, statement: Sequence[str]) -> None:
    if statement[0] == "server_name":
        block.names.extend(name for word in statement[1:] for name in _spelt_out(word))
    elif statement[0] == "listen" and len(statement) > 1:
        options = tuple(statement[2:])
        is_default = not {"default_server", "default"}.isdisjoint(options)
        block.listens.extend(Listen(*at, is_default, options) for at in _sockets(statement[1]))


def _spelt_out(name: str) -> list[str]:
    if name.startswith("~"):
        return [name]
    if name == "$hostname":
        return [os.uname().nodename.lower()]
    name = name.lower()
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
