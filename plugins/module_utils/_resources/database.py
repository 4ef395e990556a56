# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database of PostgreSQL: owner, encoding, locale, and that it lets connections in."""

from __future__ import annotations

import locale
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    postgresql_configuration,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "name": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "encoding": {"type": "str"},
    "locale": {"type": "str"},
    **session.login_options(),
}

CHECKS = {
    "exists": Check("error", "The database was dropped, or the server is a new one."),
    "unavailable": Check(
        "error", "The host has no locale, or the server no encoding, of that name."
    ),
    "owner": Check(
        "error", "Somebody changed the owner, or restored the database as another role."
    ),
    "encoding": Check("error", "The database was restored with another encoding."),
    "collate": Check("error", "The database was restored with another locale."),
    "ctype": Check("error", "The database was restored with another locale."),
    "allow_connections": Check("error", "Somebody closed the database, perhaps for a restore."),
    "connection_limit": Check("error", "Somebody limited the database's connections by hand."),
    "tablespace": Check("warning", "Somebody moved the database to another tablespace."),
    "setting": Check("warning", "Somebody used ALTER DATABASE ... SET by hand."),
}

# pg_database has C.UTF-8 as it was written at its creation.
SPELLINGS = {"C.utf8": "C.UTF-8", "c.utf-8": "C.UTF-8"}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]


def read(resource: Options, host: Host) -> Any:
    """The row of catalogue.READ_DATABASES; for no such database, unavailable (what it could not be
    made with), or None."""
    found = host.server(resource).databases.get(resource["name"])
    unavailable = [] if found else _unavailable(resource)
    return found or ({"unavailable": unavailable} if unavailable else None)


def _unavailable(resource: Options) -> list[str]:
    found = []
    if resource["encoding"] and not catalogue.knows_encoding(resource, resource["encoding"]):
        found.append("encoding")
    if resource["locale"] and not _has_locale(resource["locale"]):
        found.append("locale")
    return found


def _has_locale(name: str) -> bool:
    """Whether this host has a locale, which the server takes from it."""
    before = locale.setlocale(locale.LC_COLLATE)
    try:
        locale.setlocale(locale.LC_COLLATE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_COLLATE, before)
    return True


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [_absent()]
    if "unavailable" in actual:
        return [_no_such(resource, attribute) for attribute in actual["unavailable"]]
    found = []
    if actual["owner"] != resource["owner"]:
        found.append(difference("owner", resource["owner"], actual["owner"]))
    found += _compare_fixed(resource, actual)
    if not actual["allow_connections"]:
        remedy = _alter(resource, "ALLOW_CONNECTIONS true")
        found.append(difference("allow_connections", "yes", "no", remedy=remedy))
    if actual["connection_limit"] != -1:
        remedy = _alter(resource, "CONNECTION LIMIT -1")
        limit = actual["connection_limit"]
        found.append(difference("connection_limit", "none", limit, "unexpected", remedy))
    place = actual.get("tablespace", DEFAULT)
    if place != DEFAULT:
        found.append(difference("tablespace", DEFAULT, place, remedy=_move_back(resource)))
    for line in actual["settings"]:
        name, _equals, value = line.partition("=")
        remedy = session.command(resource, ("ALTER DATABASE {} RESET {}", resource["name"], name))
        found.append(difference("setting", "not set", value, "unexpected", remedy, subject=name))
    return found


# The tablespace in which databases are made.
DEFAULT = "pg_default"


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = NAME"


def _move_back(resource: Options) -> str:
    """What moves the database, which nobody may use meanwhile."""
    name = resource["name"]
    # The braces of a name are no place for another.
    literal = "'" + name.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
    command: str = session.command(
        resource,
        ("ALTER DATABASE {} ALLOW_CONNECTIONS false", name),
        END_SESSIONS.replace("NAME", literal),
        (f"ALTER DATABASE {{}} SET TABLESPACE {DEFAULT}", name),
        ("ALTER DATABASE {} ALLOW_CONNECTIONS true", name),
    )
    return command


def _absent() -> Difference:
    because = [postgresql_configuration.ELSEWHERE]
    return difference("exists", "a database", "no such database", "missing", because=because)


def _compare_fixed(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    """What only a dump and a restore can change."""
    declared = (
        ("encoding", resource["encoding"]),
        ("collate", resource["locale"]),
        ("ctype", resource["locale"]),
    )
    remedy = (
        "Dump the database, drop it, run flaskops.stack.site and restore the dump; or declare what"
        " is there (database_encoding, database_locale)."
    )
    return [
        difference(attribute, expected, actual[attribute], remedy=remedy)
        for attribute, expected in declared
        if expected and _spelled(expected) != _spelled(actual[attribute])
    ]


def _no_such(resource: Options, attribute: str) -> Difference:
    name = resource[attribute]
    remedy = f"Correct database_{attribute} ({name})."
    if attribute == "locale":
        remedy = (
            f"Correct database_locale ({name}), or generate it: locale -a has those that are there."
        )
    return difference("unavailable", name, "none of that name", remedy=remedy, subject=attribute)


def _spelled(name: str) -> str:
    return SPELLINGS.get(name, name)


def _alter(resource: Options, change: str) -> str:
    command: str = session.command(resource, (f"ALTER DATABASE {{}} {change}", resource["name"]))
    return command
