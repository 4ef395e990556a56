# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Debian package: is it installed, completely?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {"name": {"type": "str", "required": True}}

CHECKS = {
    "installed": Check("error", "The package was removed, or its installation was interrupted."),
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, host: Host) -> Any:
    """The installed version, or None."""
    return host.package(resource["name"])


def compare(_resource: Options, actual: Any) -> Sequence[Found]:
    return [] if actual else [difference("installed", "installed", "not installed", "missing")]
