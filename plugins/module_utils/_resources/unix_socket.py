# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unix socket on the file system: is it there, and who may connect to it?

systemd creates the socket when its unit starts; a changed mode or group in the unit
reaches the socket only with the next start of the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    ownership,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import Check

OPTIONS = {
    "path": {"type": "path", "required": True},
    "unit": {"type": "str"},
    **ownership.OPTIONS,
}

CHECKS = {
    "exists": Check("error", "The socket's file was removed; nobody new can connect."),
    **ownership.CHECKS,
}
MENDED_BY = dict.fromkeys(CHECKS, "restart")


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def depends(resource: Options) -> list[cause.Cause]:
    return [
        cause.resource("unit", resource["unit"]),
        cause.path(f"/etc/systemd/system/{resource['unit']}"),
    ]


def read(resource: Options, _host: Host) -> Any:
    return ownership.read(resource["path"])


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    found = ownership.compare_type(actual, "socket") or ownership.compare(resource, actual)
    return [each._replace(because=tuple(depends(resource))) for each in found]
