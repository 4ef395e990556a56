# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's release: complete, and its code as it was deployed?

Virtual environments and the collection's own files are not a part of the code; who may write them
is looked at too. Paths that survive it are links to folders of the application's own.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    commands,
    release_build,
    sealed_release,
    sealed_tree,
    shared_places,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import mounts, regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
    sealed_files,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "repository": {"type": "bool", "default": False},
    "build": {"type": "list", "elements": "raw", "default": []},
    "shared": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "path", "default": ""},
    "user": {"type": "str", "default": ""},
}

CHECKS = {
    "complete": Check("error", "The source has a new version, or a run was interrupted."),
    "branch": Check("error", "app_version is a branch, whose later content is never deployed."),
    "file": Check("error", "Somebody edited the deployed code by hand."),
    "build": Check("error", "app_build has other commands than when the release was made."),
    "shared": Check(
        "error", "Somebody put something in the place of the link, or moved its folder."
    ),
    "place": Check("error", "Somebody restored a copy of the folder as another user, or moved it."),
    **sealed_files.CHECKS,
    **ownership.MOUNT_CHECKS,
}


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, host: Host | None) -> Any:
    """What differs in the code and its rights, whether all of it is there, and its branch.

    Without a manifest, which is written once the code is there, only what is mounted; None where
    nothing is; a text where something else than a folder is.
    """
    root = resource["path"]
    if os.path.islink(root):
        return f"a link to {os.readlink(root)}"
    mounted = mounts.within(root)
    manifest = sealed_tree.noted(root)
    if manifest is None:
        return {"mounts": mounted} if mounted else None
    found = sealed_tree.entries(root, {sealed_release.VIRTUALENV})
    # What is in a repository, which is root's alone, is not looked at.
    closed = sealed_release.REPOSITORY + "/"
    found = {path: status for path, status in found.items() if not path.startswith(closed)}
    found = shared_places.without(found, resource["shared"])
    name = "release" + os.path.dirname(root).replace("/", "_")
    looked = sealed_tree.once(name, root, found, host, lambda: _look(root, found, manifest))
    return {
        "mounts": mounted,
        "branch": _branch(root) if resource["repository"] else None,
        "is_complete": sealed_release.COMPLETE in found,
        "built": release_build.recorded(root).commands,
        "shared": {path: _shared(resource, path) for path in resource["shared"]},
        **looked,
    }


def _shared(resource: Options, path: str) -> dict[str, Any]:
    """link: what is where the link belongs, for people, "" of the right one; place: what
    ownership.read() says of its folder."""
    root, state = resource["path"], resource["state"]
    try:
        status = os.lstat(os.path.join(root, path))
        link = sealed_tree.describe(root, path, status) or "a file"
    except (FileNotFoundError, NotADirectoryError):
        link = "nothing"
    is_linked = shared_places.is_linked(root, state, path)
    return {
        "link": "" if is_linked else link,
        "place": ownership.read(shared_places.target(state, path)),
        "is_mounted": os.path.ismount(shared_places.target(state, path)),
    }


def _look(root: str, found: sealed_tree.Entries, manifest: dict[str, str]) -> dict[str, Any]:
    code = {path: status for path, status in found.items() if path not in sealed_release.OURS}
    return {
        **sealed_tree.changes(root, code, manifest)._asdict(),
        "rights": sealed_tree.rights(root, found, sealed_release.CLOSED),
    }


def _branch(root: str) -> str | None:
    """The branch that was deployed; None where it was a tag or a commit."""
    try:
        with open(
            os.path.join(root, ".git", "HEAD"),
            encoding="utf-8",
            errors="replace",
            opener=regular_file.opener,
        ) as stream:
            found = stream.read().strip().partition("ref: refs/heads/")
    except OSError:
        return None
    return found[2] or None


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("complete", "a complete release", "not deployed", "missing")]
    if isinstance(actual, str):
        return [difference("complete", "a complete release", actual)]
    names = [os.path.relpath(each, resource["path"]) for each in actual["mounts"]]
    found = [ownership.mounted(*each) for each in zip(actual["mounts"], names)]
    if "." in names or "is_complete" not in actual:
        return found  # What they hide is not known.
    visible = _compare(resource, actual)
    return found + [each for each in visible if not sealed_files.is_below(each.subject, names)]


def _compare(resource: Options, actual: Any) -> list[Difference]:
    found = []
    if not actual["is_complete"]:
        found.append(difference("complete", "a complete release", "interrupted", "missing"))
    elif actual["branch"]:
        wanted, there = "a tag or a commit", f"the branch {actual['branch']}"
        remedy = "Declare a tag or a commit as app_version, and run flaskops.stack.site."
        found.append(difference("branch", wanted, there, remedy=remedy))
    if actual["is_complete"]:
        found += _compare_build(resource, actual["built"])
    found += [
        each for item in actual["shared"].items() for each in _compare_shared(resource, *item)
    ]
    found += sealed_files.compare_files(actual, "as deployed")
    return (found + sealed_files.compare_rights(actual))[: sealed_files.MAXIMUM]


def _compare_build(resource: Options, built: list[list[str]]) -> list[Difference]:
    """The difference of the commands that have made a part of the release, in a list."""
    declared = [commands.words(each) for each in resource["build"]]
    if declared == built:
        return []
    wanted, there = ("; ".join(map(commands.shown, each)) or "none" for each in (declared, built))
    direction = "different" if built else "missing"
    return [difference("build", f"made by {wanted}", f"made by {there}", direction)]


def _compare_shared(resource: Options, path: str, actual: dict[str, Any]) -> list[Difference]:
    """The difference of a path that survives the release, in a list: of its link, or else of the
    folder behind it, in which only what is missing is the roles' to make."""
    place, found = shared_places.target(resource["state"], path), actual["place"]
    wanted = f"a link to {place}"
    if actual["link"]:
        direction = "missing" if actual["link"] == "nothing" else "different"
        return [difference("shared", wanted, actual["link"], direction, subject=path)]
    if found is None:
        return [difference("shared", wanted, f"{place} is not there", "missing", subject=path)]
    if found["type"] != "directory":
        remedy = f"Move {place} away, and run flaskops.stack.site."
        return [
            difference("place", "a directory", f"a {found['type']}", remedy=remedy, subject=path)
        ]
    user = resource["user"]
    if user and found["owner"] != user:
        # What is mounted there may be much more than this application's.
        words = "" if actual["is_mounted"] else "--recursive --no-dereference "
        remedy = f"chown {words}{user}: {shlex.quote(place)}"
        return [
            difference("place", f"{user}'s", f"{found['owner']}'s", remedy=remedy, subject=path)
        ]
    return []
