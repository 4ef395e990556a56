# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An environment file: has it the declared variables, with the declared values, and no others?

It is read as systemd reads it, so that comments and another way of quoting do not count.
Values are compared and never returned.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file

OPTIONS = {
    "path": {"type": "path", "required": True},
    "variables": {"type": "dict", "required": True},
    **ownership.OPTIONS,
}

CHECKS = {
    "exists": Check("error", "The file was removed, or something else took its place."),
    "content": Check(
        "error", "The file was overwritten with something for which systemd refuses all of it."
    ),
    "variable": Check("error", "Somebody edited the file by hand, or a secret was rotated."),
    **ownership.CHECKS,
    **ownership.MOUNT_CHECKS,
    **ownership.SECRET_CHECKS,
}

# systemd refuses larger ones.
MAXIMUM_SIZE = 1 << 20


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, _host: Host) -> Any:
    """What ownership.read() returns, with the size in bytes and the environment_file.Content."""
    found: dict[str, Any] | None = ownership.read(resource["path"])
    if found and found["type"] == "file":
        found["size"] = os.path.getsize(resource["path"])
        found["content"] = environment_file.read(resource["path"], MAXIMUM_SIZE)
    return found


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    wrong_type = ownership.compare_file(actual, resource["path"])
    if wrong_type:
        return wrong_type
    return [
        *ownership.compare(resource, actual),
        *ownership.compare_links(resource["path"], actual),
        *_compare_content(resource["variables"], actual["size"], actual["content"]),
    ]


def _compare_content(
    variables: Mapping[str, Any], size: int, content: environment_file.Content
) -> list[Difference]:
    if size > MAXIMUM_SIZE:
        return [difference("content", "lines of NAME=VALUE", f"{size} bytes")]
    if content.refusal:
        line, reason = content.refusal
        actual = f"systemd refuses the file: line {line}: {reason}"
        return [difference("content", "lines of NAME=VALUE", actual)]
    declared = {name: environment_file.to_text(value) for name, value in variables.items()}
    current = content.variables
    found = [
        difference("variable", "set", "not set", "missing", subject=name)
        if name not in current
        else difference("variable", "as declared", "another value", subject=name)
        for name, value in declared.items()
        if current.get(name) != value
    ]
    found += [
        difference("variable", "not set", "set", "unexpected", subject=name)
        for name in sorted(set(current) - set(declared))
    ]
    return found
