# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pip has recorded of the packages that it installed: whose a file is, and is it as it was?

Where somebody ran pip by hand, its own records tell what it did from what somebody else did.
"""

from __future__ import annotations

import base64
import csv
import importlib.metadata
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Set

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_tree
from ansible_collections.flaskops.stack.plugins.module_utils._application.requirement import normal

# {path below the environment: {package: the digest that pip has recorded, or ""}}
Recorded = dict[str, dict[str, str]]
# The version that is installed is in the name of the folder with its metadata.
METADATA = re.compile(r"(lib/python[\d.]+/site-packages/([^/]+)-([^/-]+)\.dist-info)/METADATA")


def versions(paths: Iterable[str]) -> dict[str, str]:
    """{normalised name: version} of the packages whose metadata is among these paths."""
    matches = [METADATA.fullmatch(path) for path in paths if path.endswith(".dist-info/METADATA")]
    return {normal(match[2]): match[3] for match in matches if match}


def named_versions(paths: Set[str]) -> dict[str, str]:
    """The same, without the packages that pip was told the place of instead of the name."""
    matches = [METADATA.fullmatch(path) for path in paths if path.endswith(".dist-info/METADATA")]
    return {
        normal(match[2]): match[3]
        for match in matches
        if match and f"{match[1]}/direct_url.json" not in paths
    }


def rows(
    found: importlib.metadata.Distribution, folder: str, root: str
) -> Iterator[tuple[str, str]]:
    """(path below root, digest or "") of what pip has installed of a package; folder is that of
    all packages."""
    for row in csv.reader((found.read_text("RECORD") or "").splitlines()):
        if row:
            digest = row[1] if len(row) > 1 else ""
            yield os.path.relpath(os.path.join(folder, row[0]), root), digest


def owners(
    root: str, found: sealed_tree.Entries, recorded: Recorded, told: Set[str]
) -> dict[str, list[str]]:
    """{path of told: the packages of which it is, or what is in it}, as pip has left it. What
    belongs to none, or has not the digest that pip has recorded, is nobody's: [""]."""
    known: dict[str, set[str]] = {path: set() for path in told}
    for path in {*found, *recorded}:
        above = next((each for each in _places(path) if each in known), None)
        is_there = path in found
        if above is None or (is_there and stat.S_ISDIR(found[path].st_mode)):
            continue
        claims = recorded.get(path, {})
        is_as_recorded = not is_there or _is_recorded(root, path, found[path], claims)
        known[above].update(claims if claims and is_as_recorded else [""])
    return {path: sorted(names) for path, names in known.items()}


def _places(path: str) -> Iterator[str]:
    """The folders in which a relative path is, and itself."""
    for place, character in enumerate(path):
        if character == "/":
            yield path[:place]
    yield path


def _is_recorded(root: str, path: str, status: os.stat_result, claims: Mapping[str, str]) -> bool:
    """Whether pip has left a file as it is; of byte code and its own records it has no digest."""
    wanted = {digest for digest in claims.values() if digest}
    if not wanted:
        return True
    if not stat.S_ISREG(status.st_mode):
        return False
    there = bytes.fromhex(sealed_tree.digest(os.path.join(root, path), status))
    return wanted == {"sha256=" + base64.urlsafe_b64encode(there).decode().rstrip("=")}
