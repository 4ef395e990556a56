# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's source on the controller: what belongs to it, its digest, its archive.

The same tree gives the same digest and the same archive, byte for byte, on every
machine and at every time: a release is named by what is in it.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterable


class SourceTreeError(ValueError):
    """A source that cannot be deployed."""


def entries(root: str, exclude: Iterable[str]) -> list[str]:
    """The paths below root, relative and sorted, without what a pattern of exclude names.

    A pattern is compared with each name in the path, so that ".git" leaves out the
    folder and all that is in it.
    """
    if not os.path.isdir(root):
        raise SourceTreeError(f"{root} is not a directory")
    found = []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(n for n in subfolders if not _matches(n, exclude))
        links = [n for n in subfolders if os.path.islink(os.path.join(folder, n))]
        for name in links + [n for n in files if not _matches(n, exclude)]:
            found.append(os.path.relpath(os.path.join(folder, name), root))
    if not found:
        raise SourceTreeError(f"{root} has no files to deploy")
    return sorted(found)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def digest(source: str, exclude: Iterable[str] = ()) -> str:
    """The SHA-256, in hex, of a tree (names, contents, links, executable bits) or of a file."""
    if os.path.isfile(source):
        return _file_digest(source)
    total = hashlib.sha256()
    for path in entries(source, exclude):
        full = os.path.join(source, path)
        if os.path.islink(full):
            kind, content = "link", os.readlink(full)
        else:
            kind = "program" if os.access(full, os.X_OK) else "file"
            content = _file_digest(full)
        total.update(f"{kind}\0{path}\0{content}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _file_digest(path: str) -> str:
    # Reading a named pipe would wait for its writer.
    if not os.path.isfile(path):
        raise SourceTreeError(f"{path} is a device, a pipe or a socket; exclude it")
    total = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                total.update(block)
    except OSError as exc:
        raise SourceTreeError(f"{path} cannot be read: {exc.strerror}") from exc
    return total.hexdigest()


def archive(source: str, exclude: Iterable[str] = ()) -> bytes:
    """The tree as a .tar.gz, owned by root, readable by all and writable by nobody else."""
    raw = io.BytesIO()
    with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as members:
            for path in entries(source, exclude):
                members.add(os.path.join(source, path), path, recursive=False, filter=_anonymous)
    return raw.getvalue()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.mode & 0o111 else 0o644
    return member
