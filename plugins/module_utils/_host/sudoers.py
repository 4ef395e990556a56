# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may run what as somebody else by sudo: the lines of its files that name a user.

sudoers(5): a line names users, groups (%), numbers (#, %#) and aliases in front of "HOST = ...".
What a plugin or a directory service tells sudo is not looked at.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

PATH = "/etc/sudoers"
INCLUDE = re.compile(r"[@#]include(dir)?\s+(\S.*)")
ALIAS = re.compile(r"User_Alias\s+(.*)", re.DOTALL)
OTHER = re.compile(r"(Defaults|(Runas|Host|Cmnd|Cmd)_Alias)\b")
# The users of a line, which commas join, and what follows them.
USERS = re.compile(r"((?:[^\s,=]+\s*,\s*)*[^\s,=]+)\s+[^=]+=", re.DOTALL)


class Line(NamedTuple):
    """A line with those that it continues: the file, the number of the first, and the texts."""

    path: str
    number: int
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line as one."""
        return "".join(text[:-1] if text.endswith("\\") else text for text in self.texts).strip()


def lines(path: str = PATH) -> list[Line]:
    """The lines of a file and of those that it includes, in their order; [] where none is."""
    return list(_lines(path, set()))


def _lines(path: str, seen: set[str]) -> Iterator[Line]:
    if path in seen:
        return
    seen.add(path)
    texts: list[str] = []
    with contextlib.suppress(FileNotFoundError, IsADirectoryError):
        with open(
            path, encoding="utf-8", errors="surrogateescape", opener=regular_file.opener
        ) as stream:
            texts = stream.read().split("\n")
    for line in _joined(path, texts):
        included = INCLUDE.fullmatch(line.text)
        if not included:
            yield line
            continue
        for each in _included(os.path.join(os.path.dirname(path), included[2]), included[1]):
            yield from _lines(each, seen)


def _included(path: str, is_folder: str | None) -> list[str]:
    if not is_folder:
        return [path]
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return []
    return [os.path.join(path, name) for name in names if "." not in name and name[-1] != "~"]


def _joined(path: str, texts: Sequence[str]) -> Iterator[Line]:
    start = 0
    for number, text in enumerate(texts):
        if not text.endswith("\\"):
            yield Line(path, start + 1, tuple(texts[start : number + 1]))
            start = number + 1


def naming(found: Sequence[Line], names: Sequence[str]) -> list[Line]:
    """The lines that give something to one of these, which are written as sudoers does; "ALL" is
    everybody, and an alias stands for those in it."""
    wanted = {*names, "ALL"}
    for line in found:
        alias = ALIAS.fullmatch(line.text)
        for definition in alias[1].split(":") if alias else ():
            name, _equals, members = definition.partition("=")
            if _is_named(members, wanted):
                wanted.add(name.strip())
    return [line for line in found if _gives(line.text, wanted)]


def _gives(text: str, wanted: set[str]) -> bool:
    # "#1000" is a user, "# note" none.
    if re.match(r"#(?!\d)", text) or ALIAS.match(text) or OTHER.match(text):
        return False
    users = USERS.match(text)
    return users is not None and _is_named(users[1], wanted)


def _is_named(members: str, wanted: set[str]) -> bool:
    listed = [each.strip().strip('"') for each in members.split(",")]
    is_excluded = any(each.startswith("!") and each[1:].strip() in wanted for each in listed)
    return not is_excluded and any(each in wanted for each in listed)
