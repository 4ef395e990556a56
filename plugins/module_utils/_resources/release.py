# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's release: complete, and its code as it was deployed?

Virtual environments, byte code and the collection's own files are not a part of it.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release
from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "repository": {"type": "bool", "default": False},
}

CHECKS = {
    "complete": Check("error", "The source has a new version, or a run was interrupted."),
    "branch": Check("error", "app_version is a branch, whose later content is never deployed."),
    "file": Check("error", "Somebody edited the deployed code by hand."),
    "writable": Check("error", "Somebody but root may change the code that the service runs."),
}

# So many findings of one kind are enough.
MAXIMUM = 20


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, _host: Host) -> Any:
    """Deployed and current digests by path, and the paths that others may write to.

    None where there is no manifest, which is written once the code is there.
    """
    root = resource["path"]
    if not os.path.isfile(os.path.join(root, sealed_release.MANIFEST)):
        return None
    with open(os.path.join(root, sealed_release.MANIFEST), "rb") as stream:
        manifest = sealed_release.parse(stream.read())
    current, writable = {}, []
    for path, status in sealed_release.files(root):
        if status.st_uid != 0 or (not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o022):
            writable.append(path)
        if stat.S_ISREG(status.st_mode):
            current[path] = sealed_release.digest(os.path.join(root, path))
    return {
        "branch": _branch(root) if resource["repository"] else None,
        "is_complete": os.path.isfile(os.path.join(root, sealed_release.COMPLETE)),
        "manifest": manifest,
        "current": current,
        "writable": writable,
    }


def _branch(root: str) -> str | None:
    """The branch that was deployed; None where it was a tag or a commit."""
    try:
        with open(os.path.join(root, ".git", "HEAD"), encoding="utf-8", errors="replace") as stream:
            found = stream.read().strip().partition("ref: refs/heads/")
    except OSError:
        return None
    return found[2] or None


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("complete", "a complete release", "not deployed", "missing")]
    manifest, current = actual["manifest"], actual["current"]
    found = []
    if not actual["is_complete"]:
        found.append(difference("complete", "a complete release", "interrupted", "missing"))
    elif actual["branch"]:
        wanted, there = "a tag or a commit", f"the branch {actual['branch']}"
        remedy = "Declare a tag or a commit as app_version, and run flaskops.stack.site."
        found.append(difference("branch", wanted, there, remedy=remedy))
    found += [
        difference("file", "as deployed", "edited", subject=path)
        if path in current
        else difference("file", "as deployed", "not there", "missing", subject=path)
        for path, digest in sorted(manifest.items())
        if current.get(path) != digest
    ]
    found += [
        difference("file", "not there", "not deployed", "unexpected", subject=path)
        for path in sorted(set(current) - set(manifest))
    ]
    found += [
        difference(
            "writable",
            "root's, and writable by root alone",
            "otherwise",
            remedy=f"chown -hR root:root {shlex.quote(resource['path'])}"
            f" && chmod -R go-w {shlex.quote(resource['path'])}",
            subject=path,
        )
        for path in actual["writable"]
    ]
    return found[:MAXIMUM]
