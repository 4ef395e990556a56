# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A requirements file as pip reads it: its encoding, its lines, and the files that it includes."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file


class Contents(NamedTuple):
    """texts: the requirements that name a package; names_all: whether there are no others;
    has_options, has_hashes: whether a line has an option, or the digest of a package."""

    texts: list[str]
    names_all: bool
    has_options: bool
    has_hashes: bool


NOTHING = Contents([], True, False, False)

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
INCLUDED = re.compile(r"(-r|--requirement|-c|--constraint)[ =]*(\S+)")
# A place instead of a name: a folder, a file, an address, a repository.
PLACE = re.compile(r"-e\b|--editable\b|[./]|\w+(\+\w+)?://")


class RequirementsError(ValueError):
    """What is wrong with a file, by its path."""


def decode(content: bytes, path: str) -> str:
    """The text of a file's bytes: by its byte order mark, its comment, or else as UTF-8."""
    encoding = "utf-8"
    for mark, name in MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], name
            break
    else:
        for line in content.split(b"\n")[:2]:
            named = CODING.search(line) if line.startswith(b"#") else None
            encoding = named.group(1).decode() if named else encoding
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as exc:
        raise RequirementsError(f"{path} is not {encoding.upper()}; save it as UTF-8") from exc
    if "\0" in text:
        raise RequirementsError(
            f"{path} has NUL in it, as UTF-16 without its mark; save it as UTF-8"
        )
    return text


def lines(text: str) -> Iterator[str]:
    """The lines without comments, those that a backslash continues as one."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if line:
            yield line


def read(path: str, seen: tuple[str, ...] = ()) -> Contents:
    """What a file says, with all that it includes. Raises RequirementsError, also where there is
    no such file."""
    if path in seen:
        return NOTHING
    try:
        with open(path, "rb", opener=regular_file.opener) as stream:
            text = decode(stream.read(), path)
    except OSError as exc:
        by = f", which {seen[-1]} includes" if seen else ""
        raise RequirementsError(f"{path}{by}: {exc.strerror}") from exc
    found = NOTHING
    for line in lines(text):
        found = _join(found, _line(line, path, seen))
    return found


def _join(one: Contents, other: Contents) -> Contents:
    return Contents(
        one.texts + other.texts,
        one.names_all and other.names_all,
        one.has_options or other.has_options,
        one.has_hashes or other.has_hashes,
    )


def _line(line: str, path: str, seen: tuple[str, ...]) -> Contents:
    included = INCLUDED.match(line)
    if included:
        return _included(included[1], included[2], path, seen)._replace(has_options=True)
    has_hashes = "--hash" in line or line.startswith("--require-hashes")
    has_options = line.startswith("-") or has_hashes
    if PLACE.match(line):
        return Contents([], False, has_options, has_hashes)
    texts = [] if line.startswith("-") else [re.split(r"\s--", line)[0].strip()]
    return Contents(texts, True, has_options, has_hashes)


def _included(option: str, name: str, path: str, seen: tuple[str, ...]) -> Contents:
    if "://" in name:
        # Behind an address may be anything.
        return Contents([], option in ("-c", "--constraint"), True, False)
    other = os.path.normpath(os.path.join(os.path.dirname(path), name))
    found = read(other, (*seen, path))
    # A constraint asks for no package.
    return found._replace(texts=[], names_all=True) if option in ("-c", "--constraint") else found
