# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A symbolic link and where it points to, or that there is none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

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
    "target": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

CHECKS = {
    "exists": Check("error", "Somebody removed the link, put a file in its place, or added it."),
    "target": Check("error", "Somebody switched the link by hand, or a run was interrupted."),
}


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, _host: Host) -> Any:
    """type and target of what is at the path; None where nothing is."""
    found = ownership.read(resource["path"])
    if found:
        with contextlib.suppress(OSError):
            found["target"] = os.readlink(resource["path"])
    return found


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if resource["state"] == "absent":
        if actual is None:
            return []
        return [difference("exists", "nothing", f"a {actual['type']}", "unexpected")]
    if actual is None:
        return [difference("exists", f"a link to {resource['target']}", "nothing", "missing")]
    if "target" not in actual:
        return [difference("exists", "a link", f"a {actual['type']}")]
    if actual["target"] != resource["target"]:
        return [difference("target", resource["target"], actual["target"])]
    return []
