# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories and links, made or removed; what is in their place and is somebody's stays."""

from __future__ import annotations

import os


class PlaceError(Exception):
    """What is in the place of what is declared, and is not removed for it."""


def needs_directory(path: str) -> bool:
    """Return whether a directory is to be made; raise PlaceError where something else is there."""
    if os.path.isdir(path) and not os.path.islink(path):
        return False
    if os.path.lexists(path):
        raise PlaceError(f"{path} is there, and is no directory")
    return True


def needs_link(path: str, target: str) -> bool:
    """Return whether a link is to be made or moved; raise PlaceError where something else is."""
    if os.path.islink(path):
        return os.readlink(path) != target
    if os.path.lexists(path):
        raise PlaceError(f"{path} is there, and is no link")
    return True


def needs_removal(path: str) -> bool:
    """Return whether a link or a file is there; raise PlaceError where it is a directory."""
    if os.path.isdir(path) and not os.path.islink(path):
        raise PlaceError(f"{path} is there, and is a directory")
    return os.path.lexists(path)


def link(path: str, target: str) -> None:
    """Make a link, or move it in one step: it is never not there."""
    partial = f"{path}.new"
    if os.path.islink(partial):
        os.unlink(partial)
    os.symlink(target, partial)
    os.replace(partial, path)
