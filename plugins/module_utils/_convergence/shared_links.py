# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a release to folders of the application's own, made and taken away.

The folders are made by the application's user, because all that is above them is its own: what root
made there could be made behind a link to somewhere else.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    as_user,
    sealed_tree,
    shared_places,
)
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import places

# The service's own, and its group's to see: the user that migrates loads the application too.
MODE = 0o750
# Seconds for a copy of what the source has.
COPY_TIMEOUT = 3600


class SharedError(Exception):
    """What stands in the way of a link; the message names the variable."""


def take(root: str, shared: Iterable[str]) -> list[str]:
    """Take away the links of a release, before anything is written where they are. What somebody
    has put in the place of one is kept; see places.KEPT. Returns the paths that were taken away."""
    noted = sealed_tree.noted(root)
    found = []
    for path in shared:
        link = os.path.join(root, path)
        if not os.path.lexists(link) or _obstacle(root, path):
            continue
        # Code that has not been linked yet is there before the seal, or is noted in it.
        if os.path.islink(link) or (
            noted is not None and not any(shared_places.is_inside(each, [path]) for each in noted)
        ):
            places.clear(link)
            found.append(path)
    return found


def put(root: str, state: str, account: pwd.struct_passwd, shared: Iterable[str]) -> list[str]:
    """Have each path be a link to its folder in state, which begins with what the source has at the
    path. A folder that is there already stays as it is.

    Returns the paths that were changed; raises SharedError.
    """
    changed = []
    for path in shared:
        link, target = os.path.join(root, path), shared_places.target(state, path)
        is_linked = shared_places.is_linked(root, state, path)
        if is_linked and os.path.isdir(target):
            continue
        _require_folder(root, path, is_linked)
        source = "" if is_linked or not os.path.isdir(link) else link
        try:
            as_user.call(account, _begin, target, source, timeout=COPY_TIMEOUT)
        except as_user.CallError as exc:
            raise SharedError(f"app_shared_paths has {path}, and {target}: {exc}") from exc
        if source:
            shutil.rmtree(link)
        os.makedirs(os.path.dirname(link), mode=0o755, exist_ok=True)
        places.link(link, target)
        changed.append(path)
    return changed


def _require_folder(root: str, path: str, is_linked: bool) -> None:
    """That the source has a folder at a path, or nothing."""
    above = _obstacle(root, path)
    if above:
        raise SharedError(f"app_shared_paths has {path}, and {above} of the source is no directory")
    link = os.path.join(root, path)
    if (
        os.path.lexists(link)
        and not is_linked
        and (os.path.islink(link) or not os.path.isdir(link))
    ):
        kind = "a link" if os.path.islink(link) else "a file"
        raise SharedError(f"app_shared_paths has {path}, which is {kind} in the source")


def _obstacle(root: str, path: str) -> str:
    """What above a path is there and is no folder; "" where nothing is."""
    parts = path.split("/")
    for number in range(1, len(parts)):
        above = "/".join(parts[:number])
        place = os.path.join(root, above)
        if os.path.islink(place) or (os.path.lexists(place) and not os.path.isdir(place)):
            return above
    return ""


def _begin(target: str, source: str) -> None:
    """Make the folder, as its user, unless it is there; in one step, so that it has all of what it
    begins with, or is made again."""
    if os.path.isdir(target):
        return
    os.umask(0o027)
    os.makedirs(os.path.dirname(target), mode=MODE, exist_ok=True)
    partial = f"{target}.new"
    shutil.rmtree(partial, ignore_errors=True)
    if source:
        shutil.copytree(source, partial, symlinks=True)
    else:
        os.mkdir(partial)
    os.chmod(partial, MODE)
    os.rename(partial, target)
