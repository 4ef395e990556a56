# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of an application that are to run once for each release, or once ever: have they?

What they did cannot be seen; that they ran is recorded on the host, by root.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import commands
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "application": {"type": "str", "required": True},
    "release": {"type": "path", "required": True},
    "each_release": {"type": "list", "elements": "str", "default": []},
    "ever": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "run": Check("error", "The command is new, or it failed, or its record was removed."),
}


def identity(resource: Options) -> str:
    name: str = resource["application"]
    return name


def read(resource: Options, _host: Host) -> Any:
    """{name: releases} of what has run on this host."""
    return commands.recorded(resource["application"])


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    release = resource["release"].rpartition("/")[2]
    # A release that is not there, is why nothing has run for it.
    because = [cause.resource("release", resource["release"])]
    declared: list[tuple[str, str, str, list[cause.Cause]]]
    declared = [(name, "ever", "has run", []) for name in resource["ever"]]
    declared += [
        (n, "release", f"has run for {release}", because) for n in resource["each_release"]
    ]
    return [
        difference("run", wanted, "has not run", "missing", subject=name, because=causes)
        for name, once, wanted, causes in declared
        if not commands.has_run(actual, name, release, once)
    ]
