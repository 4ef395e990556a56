# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Byte code that came into a folder after it was sealed: would Python load it, and of what is it?

Nothing of it is loaded here, so what is said follows from its name and its first sixteen bytes.
"""

from __future__ import annotations

import importlib.util
import os

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

ENDING = ".pyc"
# PEP 552: magic number, flags, and the time and size of the source or a hash of it.
HEADER = 16
HASHED, CHECKED = 0b01, 0b10


def is_byte_code(path: str) -> bool:
    """Whether Python would take a file for byte code, by its name."""
    return path.endswith(ENDING)


def describe(path: str) -> tuple[str, bool]:
    """(what byte code is, whether Python would load it), of a file that has no place of its own.

    path is absolute. Python makes nothing of what is of another version or of an older source.
    Raises OSError where it cannot be read.
    """
    source, is_cached = _source(path)
    if source is None or not os.path.isfile(source):
        # Python imports x.pyc where there is no x.py, and nothing of __pycache__ without a source.
        return "of no source that is there", not is_cached
    if not is_cached:
        return "beside its source, which Python prefers", False
    with open(path, "rb", opener=regular_file.opener) as stream:
        header = stream.read(HEADER)
    return _by_header(header, os.stat(source))


def _by_header(header: bytes, source: os.stat_result) -> tuple[str, bool]:
    if len(header) < HEADER or header[2:4] != b"\r\n":
        return "no byte code", False
    flags = int.from_bytes(header[4:8], "little")
    if flags & HASHED:
        if flags & CHECKED:
            return "written later, for a source that is looked at", True
        return "written later, which Python loads without a look at the source", True
    time = int.from_bytes(header[8:12], "little")
    size = int.from_bytes(header[12:16], "little")
    if (time, size) != (int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF):
        return "of another state of its source", False
    return "written later, which Python loads in the place of the source", True


def _source(path: str) -> tuple[str | None, bool]:
    """(the path of its source, whether it is in __pycache__); None where the name tells nothing."""
    folder = os.path.dirname(path)
    if os.path.basename(folder) != "__pycache__":
        return path[: -len(ENDING)] + ".py", False
    try:
        return importlib.util.source_from_cache(path), True
    except ValueError:
        return None, True
