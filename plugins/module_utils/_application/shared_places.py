# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths in a release that are links to folders of the application's own, and so survive it.

Of "static/uploads", the folder is /var/lib/NAME/static/uploads, and each release has a link to it.
All below /var/lib/NAME is the application's to change: root only looks there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release

Entry = TypeVar("Entry")
WORD = re.compile(r"[A-Za-z0-9._@+-]+")
PATH = "a path in the source, such as static/uploads, of letters, digits and any of . _ @ + -"


def mistakes(paths: Sequence[str], directory: str) -> list[str]:
    """What is wrong with declared paths, as parts of a sentence; directory is that of the
    application in its source, or ""."""
    found = [
        f"{path!r}, which is not {PATH}"
        for path in paths
        if not all(map(_is_word, path.split("/")))
    ]
    found += [
        f"{path}, which belongs to the release itself"
        for path in paths
        if path.split("/")[0].removesuffix(".new") in sealed_release.OURS
    ]
    found += [
        f"{path}, in which the application is (app_source_subdirectory)"
        for path in paths
        if directory and is_inside(os.path.normpath(directory), [path])
    ]
    for number, path in enumerate(paths):
        others = [each for at, each in enumerate(paths) if at != number]
        # Of two that are alike, the second one is too many.
        if path in paths[:number]:
            found.append(f"{path} twice")
        elif path not in others and is_inside(path, others):
            found.append(f"{path}, which is inside another one of them")
    return found


def _is_word(name: str) -> bool:
    return name not in (".", "..") and WORD.fullmatch(name) is not None


def is_inside(path: str, shared: Iterable[str]) -> bool:
    """Whether a relative path is one of those that are shared, or below one."""
    return any(path == each or path.startswith(f"{each}/") for each in shared)


def without(found: Mapping[str, Entry], shared: Collection[str]) -> dict[str, Entry]:
    """The entries of a release by their paths, less what is in the places of links."""
    return {path: entry for path, entry in found.items() if not is_inside(path, shared)}


def target(state: str, path: str) -> str:
    """Where the link of a path leads."""
    return os.path.join(state, path)


def is_linked(root: str, state: str, path: str) -> bool:
    """Whether a release has the link of a path."""
    link = os.path.join(root, path)
    return os.path.islink(link) and os.readlink(link) == target(state, path)
