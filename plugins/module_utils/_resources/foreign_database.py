# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database on a server that somebody else runs: its roles, schema and extensions, seen with the
owner's login. What that may not put right is said as the SQL that an administrator has to run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    foreign_database,
    session,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
    not_checked,
)

OPTIONS = {
    "database": {"type": "str", "required": True},
    "schema": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "role": {"type": "str", "required": True},
    "extensions": {"type": "list", "elements": "str", "default": []},
    "settings": {"type": "dict", "default": {}},
    "connection_limit": {"type": "int", "default": -1},
    **session.login_options(),
    **session.network_options(),
}

CHECKS = {
    "role": Check("error", "The role was never created, or somebody dropped it."),
    "attribute": Check("error", "Somebody used ALTER ROLE by hand, or the provider made it so."),
    "membership": Check("error", "Somebody granted the application's role another one."),
    "member": Check("error", "Somebody granted the role to another, who has its rights now."),
    "setting": Check("warning", "The role's settings were never made, or changed by hand."),
    "database": Check("error", "The database was made by the administrator, or restored by one."),
    "schema": Check("error", "The schema was never created, was dropped, or is somebody else's."),
    "extension": Check("warning", "The extension was never created, or was dropped."),
}


def identity(resource: Options) -> str:
    database: str = resource["database"]
    return database


def depends(_resource: Options) -> list[cause.Cause]:
    return [cause.resource("package", "python3-psycopg2")]


def read(resource: Options, host: Host) -> Any:
    """What foreign_database.read() returns; or the reason why it could not be looked at."""
    key = ("foreign", resource["login_host"], resource["login_port"], resource["database"])
    try:
        return host.once(key, lambda: _read(resource))
    except session.PoolerError as exc:
        return {"unseen": str(exc)}


def _read(resource: Options) -> Any:
    with session.session(resource, resource["database"], readonly=True) as cursor:
        return foreign_database.read(cursor, resource)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if "unseen" in actual:
        return [not_checked("role", actual["unseen"])]
    return [
        difference(
            step.check, step.expected, step.actual, step.direction,
            None if step.may else by_administrator(resource, step.statement),
            subject=step.subject,
        )
        for step in foreign_database.steps(resource, actual)
    ]  # fmt: skip


def by_administrator(resource: Options, statement: Any) -> str:
    """The remedy that a statement is, for whom it is not forbidden."""
    return (
        f"As an administrator of the server, in the database {resource['database']}:"
        f" {foreign_database.text(statement)};"
    )
