# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commit that a version of a git repository stands for, by what the repository lists.

A branch is no version: its content changes, and a release with its name never would.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

# What git takes for a commit; of fewer digits it is a guess.
COMMIT = re.compile(r"[0-9a-f]{7,64}")
WHOLE = (40, 64)


class VersionError(ValueError):
    """Why a version stands for no commit."""


def references(text: str) -> dict[str, str]:
    """{name: commit} of what git ls-remote has printed."""
    rows = [line.split("\t", 1) for line in text.splitlines()]
    return {row[1]: row[0] for row in rows if len(row) == 2}


def commit(listed: Mapping[str, str], version: str) -> str:
    """The commit, by the references of a repository; "" where its history has to be asked.

    A tag counts before a branch of the same name; an annotated one stands for what it names. Raises
    VersionError.
    """
    tag = listed.get(f"refs/tags/{version}^{{}}") or listed.get(f"refs/tags/{version}")
    if tag:
        return tag
    branch = listed.get(f"refs/heads/{version}")
    if branch:
        raise VersionError(
            f'app_version is "{version}", a branch, whose content changes; declare a tag, or the'
            f" commit {branch}, at which it is now"
        )
    if not COMMIT.fullmatch(version):
        raise VersionError(
            f'app_version is "{version}", and there is no such tag{_alike(listed, version)}'
        )
    if len(version) in WHOLE:
        return version
    found = {name for name in listed.values() if name.startswith(version)}
    return found.pop() if len(found) == 1 else ""


def _alike(listed: Iterable[str], version: str) -> str:
    tags = {name[len("refs/tags/") :] for name in listed if name.startswith("refs/tags/")}
    names = sorted(tag for tag in tags if not tag.endswith("^{}"))
    found = difflib.get_close_matches(version, names, 3, 0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""
