# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory, its owner, group and mode. What is in it is not looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import Check

OPTIONS = {"path": {"type": "path", "required": True}, **ownership.OPTIONS}

CHECKS = {
    "exists": Check("error", "The directory was removed, or something else took its place."),
    **ownership.CHECKS,
}


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, _host: Host) -> Any:
    return ownership.read(resource["path"])


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    return ownership.compare_type(actual, "directory", resource["path"]) or ownership.compare(
        resource, actual
    )
