# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release's folder: what of it is code, and which releases may go.

A release is sealed once all of it is there. Its manifest has the digests of its code, and the mark
of completion comes last: a process that is older than that runs other code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_tree

COMPLETE = ".complete"
# What commands have made of the source; see release_build.py.
BUILT = ".built"
ARCHIVE = ".archive"
VIRTUALENV = ".venv"
REPOSITORY = ".git"
# What the release has besides its code.
OURS = frozenset(
    {
        *(name + end for name in (sealed_tree.MANIFEST, COMPLETE, BUILT) for end in ("", ".new")),
        ARCHIVE,
        VIRTUALENV,
        REPOSITORY,
    }
)
# What the service need not read: a repository's hooks and its history, and what was fetched.
CLOSED = frozenset({REPOSITORY, ARCHIVE})


def seal(root: str, name: str, shared: Iterable[str] = ()) -> None:
    """Write the manifest of a release's folder, and then the mark with the release's name. What is
    at the shared paths is a link that is declared, and no code."""
    sealed_tree.note(root, {*OURS, *shared})
    sealed_tree.write(os.path.join(root, COMPLETE), f"{name}\n".encode())


def oldest(releases: Iterable[tuple[float, str]], kept: Iterable[str], most: int) -> Sequence[str]:
    """The names of releases (time in seconds, name) that are more than most, oldest last.

    Those in kept stay and count, whenever they were made; of most less than they are, they stay.
    """
    there = list(releases)
    needed = {name for _time, name in there} & set(kept)
    others = sorted((each for each in there if each[1] not in needed), reverse=True)
    return [name for _time, name in others[max(most - len(needed), 0) :]]
