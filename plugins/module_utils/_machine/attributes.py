# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file has besides its owner and mode: access control lists, capabilities, flags.

Each of them gives rights, or takes them away, which neither "ls -l" nor os.lstat() shows.
"""

from __future__ import annotations

import array
import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"
CAPABILITY = "security.capability"

# linux/posix_acl_xattr.h: a version, and entries of (tag, permissions, id).
VERSION = struct.Struct("<I")
ENTRY = struct.Struct("<HHI")
TAGS = {0x01: "user:", 0x02: "user:", 0x04: "group:", 0x08: "group:", 0x10: "mask:", 0x20: "other:"}
NAMED = {0x02, 0x08}
GROUP, MASK = 0x04, 0x10

# linux/fs.h: _IOR('f', 1, long) and _IOW('f', 2, long), of which the kernel uses an int.
_LONG = struct.calcsize("l")
GET_FLAGS = 2 << 30 | _LONG << 16 | ord("f") << 8 | 1
SET_FLAGS = 1 << 30 | _LONG << 16 | ord("f") << 8 | 2
IMMUTABLE, APPEND_ONLY = 0x10, 0x20


class Attributes(NamedTuple):
    """acl: its entries that give more than the mode, as setfacl takes them, or "".

    group: of a file with an ACL, whose mode shows the mask in the place of the group's rights,
    those rights; else None. capability: whether a program gets capabilities of it. fixed:
    "immutable", "append-only" or "".
    """

    acl: str
    group: int | None
    capability: bool
    fixed: str


NOTHING = Attributes("", None, False, "")


def read(path: str, status: os.stat_result) -> Attributes:
    """What the path itself has, of which status is the lstat(); a link has nothing.

    What its file system does not know, is not there. Raises FileNotFoundError.
    """
    if stat.S_ISLNK(status.st_mode):
        return NOTHING
    names = _names(path)
    fixed = _fixed(path) if _has_flags(status) else ""
    if not names:
        return NOTHING._replace(fixed=fixed)
    access = list(_entries(path, ACCESS)) if ACCESS in names else []
    default = list(_entries(path, DEFAULT)) if DEFAULT in names else []
    group = next((permissions for tag, permissions, _id in access if tag == GROUP), None)
    texts = [_text(entry) for entry in access if entry[0] in NAMED]
    masks = [_text(entry) for entry in access if entry[0] == MASK]
    texts += masks + [f"default:{_text(entry)}" for entry in default]
    return Attributes(",".join(texts), group, CAPABILITY in names, fixed)


def mode(status: os.stat_result, more: Attributes) -> int:
    """The permissions of a file, those of the group in their place."""
    shown = stat.S_IMODE(status.st_mode)
    return shown if more.group is None else shown & ~0o070 | more.group << 3


def strip_flags(path: str) -> bool:
    """Let a file or directory be changed again; return whether it could not be. Raises OSError."""
    try:
        if not _has_flags(os.lstat(path)) or not _fixed(path):
            return False
    except FileNotFoundError:
        return False
    descriptor = _open(path)
    try:
        _set_flags(descriptor, _flags(descriptor) & ~(IMMUTABLE | APPEND_ONLY))
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, path) from exc
    finally:
        os.close(descriptor)
    return True


def strip(path: str) -> bool:
    """Take its lists and capabilities from the path itself; return whether it had some.

    The group gets what the mode shows for it, so that is to be set before. Raises OSError.
    """
    found = [name for name in (ACCESS, DEFAULT, CAPABILITY) if name in _names(path)]
    for name in found:
        os.removexattr(path, name, follow_symlinks=False)
    return bool(found)


def _names(path: str) -> list[str]:
    try:
        return os.listxattr(path, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        return []


def _entries(path: str, name: str) -> Iterator[tuple[int, int, int]]:
    """(tag, permissions, id) of each entry of a list."""
    content = os.getxattr(path, name, follow_symlinks=False)[VERSION.size :]
    yield from ENTRY.iter_unpack(content[: len(content) // ENTRY.size * ENTRY.size])


def _text(entry: tuple[int, int, int]) -> str:
    tag, permissions, number = entry
    rights = "".join(r if permissions & 4 >> place else "-" for place, r in enumerate("rwx"))
    return f"{TAGS.get(tag, '?:')}{number if tag in NAMED else ''}:{rights}"


def _has_flags(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _fixed(path: str) -> str:
    try:
        descriptor = _open(path)
    except OSError:
        return ""
    try:
        flags = _flags(descriptor)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return "immutable" if flags & IMMUTABLE else "append-only" if flags & APPEND_ONLY else ""


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _flags(descriptor: int) -> int:
    buffer = array.array("i", [0, 0])
    fcntl.ioctl(descriptor, GET_FLAGS, buffer)
    return buffer[0]


def _set_flags(descriptor: int, flags: int) -> None:
    fcntl.ioctl(descriptor, SET_FLAGS, array.array("i", [flags, 0]))
