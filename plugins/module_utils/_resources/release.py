# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's release: complete, and its code as it was deployed?

The manifest is what sha256sum --zero wrote when the release was made. Virtual environments,
byte code and the collection's own files are not a part of it.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
from collections.abc import Sequence
from typing import Any

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

MANIFEST = ".manifest"
COMPLETE = ".complete"
# What the release has beside its code. Byte code is made from it.
OURS = {MANIFEST, MANIFEST + ".new", COMPLETE, ".archive", ".venv", ".git"}
BYTE_CODE = "__pycache__"
# So many findings of one kind are enough.
MAXIMUM = 20


def identity(resource: Options) -> str:
    return resource["path"]


def read(resource: Options, _host: Host) -> Any:
    """Deployed and current digests by path, and the paths that others may write to.

    None where there is no manifest, which is written once the code is there.
    """
    root = resource["path"]
    if not os.path.isfile(os.path.join(root, MANIFEST)):
        return None
    with open(os.path.join(root, MANIFEST), "rb") as stream:
        manifest = _parse(stream.read())
    current, writable = {}, []
    for path, status in _files(root):
        if status.st_uid != 0 or (not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o022):
            writable.append(path)
        if stat.S_ISREG(status.st_mode):
            current[path] = _digest(os.path.join(root, path))
    return {
        "branch": _branch(root) if resource["repository"] else None,
        "is_complete": os.path.isfile(os.path.join(root, COMPLETE)),
        "manifest": manifest,
        "current": current,
        "writable": writable,
    }


def _branch(root):
    """The branch that was deployed; None where it was a tag or a commit."""
    try:
        with open(os.path.join(root, ".git", "HEAD"), encoding="utf-8", errors="replace") as stream:
            found = stream.read().strip().partition("ref: refs/heads/")
    except OSError:
        return None
    return found[2] or None


def _parse(content):
    """The digests by path of what sha256sum --zero wrote."""
    rows = [row.split("  ", 1) for row in content.decode("utf-8", "surrogateescape").split("\0")]
    return {os.path.normpath(row[1]): row[0] for row in rows if len(row) == 2}


def _files(root):
    """(path, lstat) of every file and folder of the code; the path is relative."""
    for folder, subfolders, files in os.walk(root):
        own = OURS if folder == root else set()
        subfolders[:] = [n for n in subfolders if n not in own and n != BYTE_CODE]
        for name in [*subfolders, *files]:
            if name not in own and not name.endswith(".pyc"):
                full = os.path.join(folder, name)
                yield os.path.relpath(full, root), os.lstat(full)


def _digest(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


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
