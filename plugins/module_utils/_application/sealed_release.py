# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release's folder: what of it is code, the digests of that, and which releases may go.

A release is sealed once all of it is there. Its manifest is what sha256sum --zero would write, and
the mark of completion comes last: a process that is older than that runs other code.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence

MANIFEST = ".manifest"
COMPLETE = ".complete"
ARCHIVE = ".archive"
VIRTUALENV = ".venv"
REPOSITORY = ".git"
# What the release has besides its code. Byte code is made from it.
OURS = frozenset({MANIFEST, f"{MANIFEST}.new", COMPLETE, ARCHIVE, VIRTUALENV, REPOSITORY})
BYTE_CODE = "__pycache__"


def files(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """(path, lstat) of every file and folder of the code; the path is relative."""
    for folder, subfolders, names in os.walk(root):
        own = OURS if folder == root else frozenset()
        subfolders[:] = [n for n in subfolders if n not in own and n != BYTE_CODE]
        for name in [*subfolders, *names]:
            if name not in own and not name.endswith(".pyc"):
                full = os.path.join(folder, name)
                yield os.path.relpath(full, root), os.lstat(full)


def digest(path: str) -> str:
    """The SHA-256 of a file, in hex."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def parse(content: bytes) -> dict[str, str]:
    """The digests by path of a manifest."""
    rows = [row.split("  ", 1) for row in content.decode("utf-8", "surrogateescape").split("\0")]
    return {os.path.normpath(row[1]): row[0] for row in rows if len(row) == 2}


def render(digests: Mapping[str, str]) -> bytes:
    """The manifest of digests by path."""
    text = "".join(f"{digests[path]}  ./{path}\0" for path in sorted(digests))
    return text.encode("utf-8", "surrogateescape")


def seal(root: str, name: str) -> None:
    """Write the manifest of a release's folder, and then the mark with the release's name."""
    digests = {
        path: digest(os.path.join(root, path))
        for path, status in files(root)
        if stat.S_ISREG(status.st_mode)
    }
    _write(os.path.join(root, MANIFEST), render(digests))
    _write(os.path.join(root, COMPLETE), f"{name}\n".encode())


def _write(path: str, content: bytes) -> None:
    with open(f"{path}.new", "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(f"{path}.new", 0o644)
    os.replace(f"{path}.new", path)


def oldest(releases: Iterable[tuple[float, str]], kept: Iterable[str], most: int) -> Sequence[str]:
    """The names of releases (time in seconds, name) that are more than most, oldest last.

    Those in kept stay and count, whenever they were made; of most less than they are, they stay.
    """
    there = list(releases)
    needed = {name for _time, name in there} & set(kept)
    others = sorted((each for each in there if each[1] not in needed), reverse=True)
    return [name for _time, name in others[max(most - len(needed), 0) :]]
