# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles of a PostgreSQL server that may do more than log in: none that nobody declared.

A role with SUPERUSER reads every database; one with CREATEROLE makes itself the way there.
"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils import postgresql
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration,
    postgresql_role,
)

OPTIONS = {
    "declared": {"type": "list", "elements": "str", "default": []},
    **postgresql.login_options(),
}

CHECKS = {
    "role": Check("error", "Somebody made an administrator by hand, or gave a role more rights."),
}

PRIVILEGED = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS")


def identity(resource):
    return f"port {resource['login_port']}"


def depends(resource):
    return [postgresql_configuration.key(resource)]


def read(resource, host):
    """{role: its privileged attributes}."""
    roles = host.server(resource).roles
    return {
        name: [a for a in PRIVILEGED if row[postgresql_role.ATTRIBUTES[a]]]
        for name, row in roles.items()
    }


def compare(resource, actual):
    declared = {resource["login_user"], *resource["declared"]}
    return [
        difference(
            f"role {name}",
            "declared, or without these attributes",
            " ".join(attributes),
            "unexpected",
            remedy=postgresql.command(
                resource,
                ("ALTER ROLE {} " + " ".join(f"NO{a}" for a in attributes), name),
            ),
            # A declared role's attributes are judged with the role.
            because=[f"postgresql_role {name}"],
        )
        for name, attributes in sorted(actual.items())
        if attributes and name not in declared
    ]
