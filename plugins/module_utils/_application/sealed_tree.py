# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder of root's and the digests that were noted when it was made: what is otherwise now?

Times do not count, which anybody can set: contents and the targets of links do, of all files, byte
code among them. Looking takes a while, and so its result is kept for as long as nothing that
lstat() tells of any file has changed. A write, and every change of rights, leaves a new time of
change (ctime), which nobody sets without setting the host's clock.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    byte_code as byte_code_of,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    proofs,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes

# The digests, as sha256sum --zero would write those of files; in the folder itself.
MANIFEST = ".manifest"
# {relative path: lstat}; "." is the folder itself.
Entries = dict[str, os.stat_result]
# Of what look() returns; a kept result of another number is not read.
FORMAT = 1
SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX


def entries(root: str, left_out: Iterable[str] = ()) -> Entries:
    """All that is in a folder, without what left_out names at its top. No link is followed."""
    found = {".": os.lstat(root)}
    folders = [""]
    out = set(left_out)
    while folders:
        folder = folders.pop()
        # os.scandir() takes twice as long where each entry is looked at anyway.
        for name in os.listdir(f"{root}/{folder}"):
            path = folder + name
            if path in out:
                continue
            status = found[path] = os.lstat(f"{root}/{path}")
            if stat.S_ISDIR(status.st_mode):
                folders.append(f"{path}/")
    return found


def state(found: Entries) -> str:
    """What is another one after each change of any entry, its rights included."""
    told = [
        (path, s.st_ino, s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
        for path, s in sorted(found.items())
    ]
    return hashlib.blake2b(repr(told).encode("utf-8", "surrogateescape")).hexdigest()


def once(
    name: str, root: str, found: Entries, host: Any, look: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What look() says of a folder, or has said of it when it was as it is.

    name is that of the proof; host a readings.Host, or None. The answer holds what JSON can.
    """
    if host is None:
        return look()
    key = {"format": FORMAT, "path": root, "state": state(found)}
    proven = None if host.anew else proofs.read(name, key)
    if proven is None:
        proven = look()
        host.learned[name] = (key, proven)
    answer: dict[str, Any] = proven
    return answer


def note(root: str, left_out: Iterable[str] = ()) -> None:
    """Write the manifest of what a folder has now, in one step."""
    noted = digests(root, entries(root, {MANIFEST, *left_out}))
    write(os.path.join(root, MANIFEST), render(noted))


def noted(root: str) -> dict[str, str] | None:
    """The digests by path of a folder's manifest; None where it has none."""
    try:
        with open(os.path.join(root, MANIFEST), "rb", opener=_opener) as stream:
            return parse(stream.read())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as exc:
        if exc.errno != errno.ELOOP:
            raise
        return None  # A link in its place.


def parse(content: bytes) -> dict[str, str]:
    """The digests by path of a manifest."""
    rows = [row.split("  ", 1) for row in content.decode("utf-8", "surrogateescape").split("\0")]
    return {os.path.normpath(row[1]): row[0] for row in rows if len(row) == 2}


def render(noted: Mapping[str, str]) -> bytes:
    """The manifest of digests by path."""
    text = "".join(f"{noted[path]}  ./{path}\0" for path in sorted(noted))
    return text.encode("utf-8", "surrogateescape")


def write(path: str, content: bytes) -> None:
    """Write a file for everybody to read, in one step."""
    with open(f"{path}.new", "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(f"{path}.new", 0o644)
    os.replace(f"{path}.new", path)


def digests(root: str, found: Entries) -> dict[str, str]:
    """{path: SHA-256 in hex} of all files, and of all links that of their target."""
    return {
        path: digest(os.path.join(root, path), status)
        for path, status in found.items()
        if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)
    }


def digest(path: str, status: os.stat_result) -> str:
    """The SHA-256, in hex, of a file's content, or of "link", NUL and a link's target."""
    if stat.S_ISLNK(status.st_mode):
        return hashlib.sha256(b"link\0" + os.fsencode(os.readlink(path))).hexdigest()
    total = hashlib.sha256()
    with open(path, "rb", opener=_opener) as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


class Changes(NamedTuple):
    """lost: paths. changed and added: {path: what is there}, which is "" of a file and else such as
    "a link to /tmp/x". byte_code: {path: [what it is, whether Python loads it]}, of what was added.

    A folder that came or went stands for all in it; one whose place another thing took is changed.
    """

    lost: list[str]
    changed: dict[str, str]
    added: dict[str, str]
    byte_code: dict[str, list[Any]]


UNCHANGED = Changes([], {}, {}, {})


def changes(root: str, found: Entries, manifest: Mapping[str, str]) -> Changes:
    """What is otherwise than it was noted, of entries without what is no part of the manifest."""
    now = digests(root, found)
    lost: set[str] = set()
    changed = {p: describe(root, p, found[p]) for p in now if manifest.get(p, now[p]) != now[p]}
    for path in manifest.keys() - now.keys():
        gone = next((each for each in [*_above(path), path] if not _is_folder(found, each)), path)
        if gone in found:
            changed[gone] = describe(root, gone, found[gone])
        else:
            lost.add(gone)
    folders = {folder for path in manifest for folder in _above(path)}
    added: dict[str, str] = {}
    byte_code: dict[str, list[Any]] = {}
    for path, status in found.items():
        if path in manifest or path in changed or stat.S_ISDIR(status.st_mode):
            continue
        above = _above(path)
        if any(each in changed for each in above):
            continue
        top = next((each for each in above if each not in folders), path)
        if byte_code_of.is_byte_code(path) and (top == path or top.endswith("__pycache__")):
            known = byte_code_of.describe(os.path.join(root, path))
            if top not in byte_code or known[1]:
                byte_code[top] = list(known)
        else:
            added[top] = describe(root, top, found[top])
    return Changes(sorted(lost), changed, added, byte_code)


def _above(path: str) -> list[str]:
    """The folders in which a relative path is, the topmost first."""
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(1, len(parts))]


def _is_folder(found: Entries, path: str) -> bool:
    return path in found and stat.S_ISDIR(found[path].st_mode)


def describe(root: str, path: str, status: os.stat_result) -> str:
    """What is at a path, for people; "" of a file."""
    if stat.S_ISREG(status.st_mode):
        return ""
    if stat.S_ISLNK(status.st_mode):
        return f"a link to {os.readlink(os.path.join(root, path))}"
    if stat.S_ISDIR(status.st_mode):
        return "a directory"
    names = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a named pipe"}
    return names.get(stat.S_IFMT(status.st_mode), "a device")


def rights(root: str, found: Entries, closed: Iterable[str] = ()) -> list[list[str]]:
    """[check, path, what is there] of all that is not root's alone to write and everybody's to
    read.

    closed are the paths that need not be read by everybody. The checks are "writable", "mode",
    "acl", "capability" and "immutable".
    """
    wrong: list[list[str]] = []
    kept = set(closed)
    for path, status in found.items():
        try:
            more = attributes.read(os.path.join(root, path), status)
        except FileNotFoundError:
            continue
        seen = _by_mode(status, attributes.mode(status, more), path in kept)
        seen += [
            (check, actual)
            for check, actual in (
                ("acl", more.acl),
                ("capability", "some are set" if more.capability else ""),
                ("immutable", more.fixed),
            )
            if actual
        ]
        wrong += [[check, path, actual] for check, actual in seen]
    return sorted(wrong)


def _by_mode(status: os.stat_result, mode: int, is_closed: bool) -> list[tuple[str, str]]:
    wrong = []
    is_link = stat.S_ISLNK(status.st_mode)
    if status.st_uid:
        wrong.append(("writable", f"{_name(status.st_uid)}'s"))
    elif mode & 0o022 and not is_link:
        wrong.append(("writable", f"{mode:04o}"))
    needed = 0 if is_closed else 0o005 if stat.S_ISDIR(status.st_mode) else 0o004
    if not is_link and (mode & SPECIAL or mode & needed != needed):
        wrong.append(("mode", f"{mode:04o}"))
    return wrong


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
