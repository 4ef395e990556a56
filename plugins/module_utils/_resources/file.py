# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file: its content, owner, group and mode. Lines that differ are shown, secrets are not."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str"},
    "secret": {"type": "bool", "default": False},
    **ownership.OPTIONS,
}

CHECKS = {
    "exists": Check("error", "The file was removed, or something else took its place."),
    "content": Check("error", "Somebody edited the file by hand, or it was written in part only."),
    **ownership.CHECKS,
    **ownership.MOUNT_CHECKS,
    **ownership.SECRET_CHECKS,
}

# Beyond these sizes nobody reads a diff, and making one takes long.
DIFF_BYTES = 100_000
DIFF_LINES = 30


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, _host: Host) -> Any:
    """What ownership.read() returns, with size and the beginning of the content, as bytes."""
    found: dict[str, Any] | None = ownership.read(resource["path"])
    if found and found["type"] == "file" and resource["content"] is not None:
        found["size"] = os.path.getsize(resource["path"])
        with open(resource["path"], "rb", opener=regular_file.opener) as stream:
            # One byte more than is declared already shows that it differs.
            found["content"] = stream.read(max(DIFF_BYTES, len(_bytes(resource))) + 1)
    return found


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    wrong_type = ownership.compare_file(actual, resource["path"])
    if wrong_type and wrong_type[0].owned and resource["content"] is None and actual is not None:
        # Nothing is declared to put into its place; without it, what makes the file does.
        path = shlex.quote(resource["path"])
        return [each._replace(owned=False, remedy=f"mv {path} {path}.moved") for each in wrong_type]
    if wrong_type:
        return wrong_type
    found = ownership.compare(resource, actual)
    if resource["secret"]:
        found += ownership.compare_links(resource["path"], actual)
    if "content" in actual and actual["content"] != _bytes(resource):
        found.append(difference("content", "as declared", _describe(resource, actual)))
    return found


def _bytes(resource: Options) -> bytes:
    content: str = resource["content"]
    return content.encode("utf-8", "surrogateescape")


def _describe(resource: Options, actual: Mapping[str, Any]) -> str:
    if resource["secret"]:
        return "another content"
    if b"\0" in actual["content"] or len(actual["content"]) > DIFF_BYTES:
        return f"another content, {actual['size']} bytes"
    before = actual["content"].decode("utf-8", "replace").splitlines()
    after = resource["content"].splitlines()
    diff = difflib.unified_diff(before, after, "actual", "declared", lineterm="", n=1)
    lines = list(diff)[: DIFF_LINES + 1]
    more = ["..."] if len(lines) > DIFF_LINES else []
    return "\n".join(lines[:DIFF_LINES] + more) or "another line ending"
