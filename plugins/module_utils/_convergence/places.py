# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files, directories and links, and what is in their place: nothing of it is lost."""

from __future__ import annotations

import os
import shutil
import stat
import time

# Where files and directories are kept that were in the place of what is declared; root's alone.
KEPT = "/var/lib/flaskops/replaced"


class PlaceError(Exception):
    """What is in the place of what is declared, and is not removed for it."""


def needs_directory(path: str) -> bool:
    """Return whether a directory is to be made; raise PlaceError where a link is in its place,
    which may lead to where the data are."""
    if os.path.islink(path):
        raise PlaceError(
            f"{path} is a link to {os.readlink(path)}, and no directory; what is behind it would"
            " be out of sight. Move it here, or declare the path behind the link."
        )
    return not os.path.isdir(path)


def needs_link(path: str, target: str) -> bool:
    """Return whether a link is to be made or moved."""
    return not os.path.islink(path) or os.readlink(path) != target


def needs_removal(path: str) -> bool:
    """Return whether anything is there."""
    return os.path.lexists(path)


def is_file(path: str) -> bool:
    """Whether a regular file is there, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def clear(path: str) -> str:
    """Take away what is at a path; returns where it is kept now. There is nothing to keep ("") of a
    link, an empty directory, a named pipe or a socket."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return ""
    if stat.S_ISDIR(mode) and not os.listdir(path):
        os.rmdir(path)
        return ""
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        os.unlink(path)
        return ""
    os.makedirs(KEPT, mode=0o700, exist_ok=True)
    kept = os.path.join(KEPT, f"{time.time_ns()}{path.replace('/', '_')}")
    shutil.move(path, kept)
    return kept


def link(path: str, target: str) -> None:
    """Make a link, or move it in one step: it is never not there."""
    partial = f"{path}.new"
    if os.path.islink(partial):
        os.unlink(partial)
    os.symlink(target, partial)
    os.replace(partial, path)
