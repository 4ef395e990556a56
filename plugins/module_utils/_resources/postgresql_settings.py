# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a PostgreSQL server: does the declared file decide them, or something else?

A later file, or ALTER SYSTEM, overrides what the declared file says. The file's content is
the kind file's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    postgresql_configuration,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "file": {"type": "path", "required": True},
    "settings": {"type": "dict", "required": True},
    **session.login_options(),
}

CHECKS = {
    "setting": Check("error", "Somebody used ALTER SYSTEM, or added a file that is read later."),
}


def identity(resource: Options) -> str:
    name: str = resource["file"] + " in effect"
    return name


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]


def read(resource: Options, host: Host) -> Any:
    """decided: {name: (value, source)} of the declared settings; and the server."""
    server = host.server(resource)
    unknown = {"value": None, "source": "default"}
    rows = {name: server.settings.get(name.lower(), unknown) for name in resource["settings"]}
    decided = {name: (row["value"], row["source"]) for name, row in rows.items()}
    return {"decided": decided, "server": server}


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    # Without a line in the declared file, that file is what differs.
    because = [cause.path(resource["file"])]
    found = []
    server = actual["server"]
    for name, (value, source) in actual["decided"].items():
        line = server.applied.get(name.lower())
        file = line.file if line else None
        if file == resource["file"] and source != "command line":
            continue
        origin = file if source == "configuration file" and file else source
        text = f"{value}, decided by {origin}"
        if line and line.waits:
            text = f"{value}, and {line.value} by {file} (waits for a reload or restart)"
        found.append(
            difference(
                "setting",
                f"decided by {resource['file']}",
                text,
                remedy=postgresql_configuration.without(resource, server, name, [resource["file"]]),
                because=because,
                subject=name,
                waits=bool(line and line.waits),
            )
        )
    return found
