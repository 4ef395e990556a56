# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a PostgreSQL server: does the declared file decide them, or something else?

A later file, or ALTER SYSTEM, overrides what the declared file says. The file's content is
the kind file's business.
"""

from __future__ import annotations

import shlex
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
    """{name: (file that decides it, value, source)} of the declared settings."""
    server = host.server(resource)
    found = {}
    for name in resource["settings"]:
        row = server.settings.get(name.lower(), {"value": None, "source": "default"})
        found[name] = (server.applied.get(name.lower()), row["value"], row["source"])
    return found


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    # Without a line in the declared file, that file is what differs.
    because = [cause.path(resource["file"])]
    found = []
    for name, (file, value, source) in actual.items():
        if file == resource["file"] and source != "command line":
            continue
        origin = file if source == "configuration file" and file else source
        found.append(
            difference(
                "setting",
                f"decided by {resource['file']}",
                f"{value}, decided by {origin}",
                remedy=_remedy(resource, name, file),
                because=because,
                subject=name,
            )
        )
    return found


def _remedy(resource: Options, name: str, file: str | None) -> str:
    if file and file.endswith("postgresql.auto.conf"):
        reset: str = session.command(
            resource, f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()"
        )
        return reset
    reload = session.command(resource, "SELECT pg_reload_conf()")
    return f"sed -i 's/^[[:space:]]*{name}\\b/#&/I' {shlex.quote(file or '')} && {reload}"
