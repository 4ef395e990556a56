# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schema of a database, and its owner."""

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
    "name": {"type": "str", "required": True},
    "database": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    **session.login_options(),
}

CHECKS = {
    "exists": Check("error", "The schema was dropped, or renamed."),
    "owner": Check("error", "Somebody changed the owner by hand."),
    "other": Check("warning", "Somebody created a schema by hand, which no migration did."),
}


def identity(resource: Options) -> str:
    return f"{resource['database']}.{resource['name']}"


def depends(resource: Options) -> list[cause.Cause]:
    return [
        postgresql_configuration.key(resource),
        cause.resource("database", resource["database"]),
    ]


def read(resource: Options, host: Host) -> Any:
    """{schema: owner} of the whole database."""
    return host.database(
        resource, resource["database"], resource["name"], resource["owner"]
    ).schemas


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    owner = actual.get(resource["name"])
    if owner is None:
        return [difference("exists", "a schema", "no such schema", "missing")]
    found = []
    if owner != resource["owner"]:
        found.append(difference("owner", resource["owner"], owner))
    for name, other in sorted(actual.items()):
        # What migrations create is the owner's; public is as every database is born with it.
        born = name == "public" and other in ("pg_database_owner", resource["login_user"])
        if name != resource["name"] and other != resource["owner"] and not born:
            remedy = session.command(
                resource, ("DROP SCHEMA {}", name), database=resource["database"]
            )
            found.append(
                difference("other", "none", f"{other}'s", "unexpected", remedy, subject=name)
            )
    return found
