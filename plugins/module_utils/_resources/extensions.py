# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extensions of a database: those that were declared, and no others.

None is ever dropped by the collection: what depends on it would go too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    schema,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "database": {"type": "str", "required": True},
    "schema": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
    **session.login_options(),
}

CHECKS = {
    "extension": Check("warning", "Somebody created or dropped an extension by hand."),
    "unavailable": Check("error", "The server has no extension of a declared name."),
}

# What every database is born with.
BASE = {"plpgsql"}


def identity(resource: Options) -> str:
    database: str = resource["database"]
    return database


def depends(resource: Options) -> list[cause.Cause]:
    return schema.depends(resource)


def read(resource: Options, host: Host) -> Any:
    """(the names of the extensions that are there, those of the declared ones that the server does
    not have)."""
    names = set(resource["names"])
    try:
        there = host.database(
            resource, resource["database"], resource["schema"], resource["owner"]
        ).extensions
    except session.ServerError:
        unavailable = catalogue.unavailable_extensions(resource, names) if names else []
        if not unavailable:
            raise
        return set(), unavailable
    missing = names - there
    return there, catalogue.unavailable_extensions(resource, missing) if missing else []


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    there, unavailable = actual
    declared = set(resource["names"])
    return (
        [_unavailable(name) for name in unavailable]
        + [
            difference("extension", "created", "not there", "missing", subject=name)
            for name in sorted(declared - there - set(unavailable))
        ]
        + [
            difference(
                "extension",
                "not there",
                "created",
                "unexpected",
                remedy=session.command(
                    resource, ("DROP EXTENSION {}", name), database=resource["database"]
                ),
                subject=name,
            )
            for name in sorted(there - declared - BASE)
        ]
    )


def _unavailable(name: str) -> Difference:
    remedy = (
        f"Correct {name} in database_extensions, or install the Debian package that has it"
        f" (apt-cache search {name})."
    )
    return difference(
        "unavailable", "an extension of the server", "none", remedy=remedy, subject=name
    )
