# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release's folder made root's alone again, without what somebody put into it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    sealed_release,
    sealed_tree,
)
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import shared_links
from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes, mounts


def clean(root: str, names: Iterable[str], clear: bool, shared: Iterable[str] = ()) -> list[str]:
    """Remove what is named, or with clear all of the code, and take() the rest; returns the paths
    that were removed or changed. A link in the place of the folder goes, and so do those of shared
    paths, behind which the code that comes would be written. Raises OSError; before anything is
    removed, where something is mounted there."""
    for point in mounts.within(root):
        raise OSError(errno.EBUSY, f"something is mounted there; run umount {point}", point)
    if os.path.islink(root):
        os.unlink(root)
        return ["."]
    if not os.path.isdir(root):
        return []
    attributes.strip_flags(root)
    taken = shared_links.take(root, shared)
    wanted = {os.path.normpath(name) for name in names}
    if clear:
        kept = {sealed_release.VIRTUALENV, sealed_release.REPOSITORY, sealed_release.ARCHIVE}
        wanted = set(os.listdir(root)) - kept
    # A name within a link that is to go too is not behind it any more.
    removed = [name for name in sorted(wanted) if _remove(root, name)]
    return taken + removed + take(root)


def _remove(root: str, name: str) -> bool:
    """Remove what is at a relative path, unless there is a link on the way."""
    parts = name.split("/")
    if name in (".", "") or parts[0] in ("..", ""):
        return False
    folder = root
    for part in parts[:-1]:
        folder = os.path.join(folder, part)
        if os.path.islink(folder) or not os.path.isdir(folder):
            return False
        attributes.strip_flags(folder)
    path = os.path.join(root, name)
    if not os.path.lexists(path):
        return False
    if os.path.isdir(path) and not os.path.islink(path):
        for each, _subfolders, files in os.walk(path):
            for entry in [each, *(os.path.join(each, file) for file in files)]:
                attributes.strip_flags(entry)
        shutil.rmtree(path)
    else:
        attributes.strip_flags(path)
        os.unlink(path)
    return True


def take(root: str) -> list[str]:
    """Make a folder and all in it root's own: nobody else writes, everybody reads, except what is
    closed in a release. Lists, capabilities and flags go. Returns the paths that were changed.

    No link is followed. Raises OSError.
    """
    # From the top, so that nobody exchanges anything below what is root's already.
    changed = ["."] if _take(root, False) else []
    folders = [""]
    while folders:
        folder = folders.pop()
        for name in sorted(os.listdir(os.path.join(root, folder))):
            path = f"{folder}{name}"
            is_closed = path in sealed_release.CLOSED
            if _take(os.path.join(root, path), is_closed):
                changed.append(path)
            if not is_closed and _is_folder(os.path.join(root, path)):
                folders.append(f"{path}/")
    return changed


def _is_folder(path: str) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _take(path: str, is_closed: bool) -> bool:
    status = os.lstat(path)
    changed = attributes.strip_flags(path)
    if status.st_uid or status.st_gid:
        os.chown(path, 0, 0, follow_symlinks=False)
        changed = True
    if stat.S_ISLNK(status.st_mode):
        return changed
    mode = stat.S_IMODE(status.st_mode)
    wanted = 0o755 if stat.S_ISDIR(status.st_mode) or mode & 0o111 else 0o644
    if is_closed:
        wanted = mode & ~(sealed_tree.SPECIAL | 0o022)
    # A change of owner may have taken setuid bits already.
    if stat.S_IMODE(os.lstat(path).st_mode) != wanted:
        os.chmod(path, wanted)
        changed = True
    return attributes.strip(path) or changed
