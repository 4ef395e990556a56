# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles of a PostgreSQL server that may do more than log in: none that nobody declared.

A role with SUPERUSER reads every database; one with CREATEROLE makes itself the way there, and
a member of pg_read_all_data needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    server_settings,
    session,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    postgresql_configuration,
    postgresql_role,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "declared": {"type": "list", "elements": "str", "default": []},
    **session.login_options(),
}

CHECKS = {
    "role": Check("error", "Somebody made an administrator by hand, or gave a role more rights."),
    "parameter": Check("error", "Somebody let a role set what is the administrator's to set."),
}

PRIVILEGED = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS")
# Of PostgreSQL's own roles, those with which one reads, writes or runs what one likes.
POWERFUL = {
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
}


def identity(resource: Options) -> str:
    return f"port {resource['login_port']}"


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]


def read(resource: Options, host: Host) -> Any:
    """roles: {name: (its privileged attributes, the powerful roles and superusers it is a member
    of, its memberships)}; parameters: rows of catalogue.READ_PARAMETERS."""
    server = host.server(resource)
    roles = server.roles
    powerful = POWERFUL | {name for name, row in roles.items() if row["rolsuper"]}
    found = {
        name: (
            [a for a in PRIVILEGED if row[postgresql_role.ATTRIBUTES[a]]],
            [group for group in row["member_of"] if group in powerful],
            row["memberships"],
        )
        for name, row in roles.items()
        if not name.startswith("pg_")
    }
    return {"roles": found, "parameters": server.parameters}


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    declared = {resource["login_user"], *resource["declared"]}
    parameters = [
        _parameter(resource, row) for row in actual["parameters"] if row["grantee"] not in declared
    ]
    return parameters + [
        difference(
            "role",
            "declared, or without these rights",
            " ".join([*attributes, *groups]),
            "unexpected",
            remedy=session.command(
                resource, *_statements(resource, name, attributes, groups, given)
            ),
            # A declared role's rights are judged with the role.
            because=[cause.resource("postgresql_role", name)],
            subject=name,
        )
        for name, (attributes, groups, given) in sorted(actual["roles"].items())
        if (attributes or groups) and name not in declared
    ]


def _parameter(resource: Options, row: Mapping[str, Any]) -> Difference:
    grantee, words = row["grantee"], ", ".join(row["privileges"])
    statement = f"REVOKE {words} ON PARAMETER {{}} FROM " + ("{}" if grantee else "PUBLIC")
    names = [row["name"], *([grantee] if grantee else [])]
    return difference(
        "parameter", "no such grant", words, "unexpected",
        session.command(resource, (statement, *names)),
        subject=f"{row['name']} of {grantee or 'PUBLIC'}",
        severity=server_settings.severity(row["name"]),
    )  # fmt: skip


def _statements(
    resource: Options,
    name: str,
    attributes: Sequence[str],
    groups: Iterable[str],
    given: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, ...]]:
    if attributes:
        yield "ALTER ROLE {} " + " ".join(f"NO{a}" for a in attributes), name
    for group in groups:
        yield from postgresql_role.taken_back(resource, given, group, name)
