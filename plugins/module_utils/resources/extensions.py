# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extensions of a database: those that were declared, and no others.

None is ever dropped by the collection: what depends on it would go too.
"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils import postgresql
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference
from ansible_collections.flaskops.stack.plugins.module_utils.resources import schema

OPTIONS = {
    "database": {"type": "str", "required": True},
    "schema": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
    **postgresql.login_options(),
}

CHECKS = {
    "extension": Check("warning", "Somebody created or dropped an extension by hand."),
}

# What every database is born with.
BASE = {"plpgsql"}


def identity(resource):
    return resource["database"]


def depends(resource):
    return schema.depends(resource)


def read(resource, host):
    """The names of the extensions that are there."""
    return host.database(
        resource, resource["database"], resource["schema"], resource["owner"]
    ).extensions


def compare(resource, actual):
    declared = set(resource["names"])
    return [
        difference(f"extension {name}", "created", "not there", "missing")
        for name in sorted(declared - actual)
    ] + [
        difference(
            f"extension {name}",
            "not there",
            "created",
            "unexpected",
            remedy=postgresql.command(
                resource, ("DROP EXTENSION {}", name), database=resource["database"]
            ),
        )
        for name in sorted(actual - declared - BASE)
    ]
