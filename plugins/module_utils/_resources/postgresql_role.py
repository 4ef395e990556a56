# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role of PostgreSQL: attributes, memberships, settings, limits, and whose password it has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    catalogue,
    password_verifier,
    role_settings,
    session,
)
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
    "password": {"type": "str", "no_log": True},
    "password_file": {"type": "path", "no_log": False},
    "database": {"type": "str", "default": ""},
    "confined": {"type": "bool", "default": False},
    "attributes": {"type": "list", "elements": "str", "default": []},
    "member_of": {"type": "list", "elements": "str", "default": []},
    "settings": {"type": "dict", "default": {}},
    "connection_limit": {"type": "int", "default": -1},
    **session.login_options(),
}

CHECKS = {
    "exists": Check("error", "The role was dropped, or the server is a new one."),
    "password": Check("error", "The password was changed on one side only."),
    "shared": Check("error", "Another application of this server has a role of the same name."),
    "attribute": Check("error", "Somebody used ALTER ROLE by hand."),
    "membership": Check("error", "Somebody granted or revoked a role by hand."),
    "member": Check("error", "Somebody granted the role to another, who has its rights now."),
    "setting": Check("warning", "Somebody used ALTER ROLE ... SET by hand."),
    "refused": Check("error", "The server does not take a declared value."),
    "connection_limit": Check("error", "Somebody limited the role's connections by hand."),
    "connect": Check(
        "warning",
        "Another database of the server lets every role in (CONNECT to PUBLIC), as PostgreSQL makes"
        " them, or somebody granted it.",
    ),
    "owns": Check("error", "Somebody gave the role another database, or it made one."),
    "valid_until": Check("error", "Somebody let the role's password expire."),
}

SHARED, REFUSED = "shared", "refused"
# Columns of pg_authid by the words of CREATE ROLE.
ATTRIBUTES = {
    "SUPERUSER": "rolsuper",
    "CREATEDB": "rolcreatedb",
    "CREATEROLE": "rolcreaterole",
    "INHERIT": "rolinherit",
    "LOGIN": "rolcanlogin",
    "REPLICATION": "rolreplication",
    "BYPASSRLS": "rolbypassrls",
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]


def read(resource: Options, host: Host) -> Any:
    """The role's row of catalogue.READ_ROLES, with wrong_password; None where there is none.
    It has refused ({setting: the server's reason}) and, with that, absent where there is none."""
    server = host.server(resource)
    roles = server.roles
    row = roles.get(resource["name"])
    wanted = _unset(resource, row)
    refused = catalogue.refused_settings(resource, wanted) if wanted else {}
    if row is None:
        return {"absent": True, "refused": refused} if refused else None
    others = [name for name in row["may_connect_to"] if name != resource["database"]]
    # Who would be locked out of these without PUBLIC's right, as far as the server knows.
    row = {
        **row,
        "refused": refused,
        "open": {name: _at_home(roles, name, resource["name"]) for name in others},
        "owns": sorted(
            name for name, database in server.databases.items()
            if database["owner"] == row["name"] and name != resource["database"]
        ),
    }  # fmt: skip
    password = resource["password"]
    if resource["password_file"]:
        if not os.path.isfile(resource["password_file"]):
            return {**row, "wrong_password": "not known on this host"}
        with open(
            resource["password_file"],
            encoding="utf-8",
            errors="surrogateescape",
            opener=regular_file.opener,
        ) as stream:
            password = stream.read().rstrip("\n")
    wrong = password_verifier.judge(row["verifier"], password) if password else None
    return {**row, "wrong_password": wrong}


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [_absent()]
    found = [_refused(name, reason) for name, reason in actual["refused"].items()]
    if "absent" in actual:
        return [_absent(), *found]
    if actual["wrong_password"]:
        file = resource["password_file"]
        because = [cause.path(file)] if file else []
        because.append(cause.check("postgresql_role", SHARED))
        found.append(
            difference("password", "as declared", actual["wrong_password"], because=because)
        )
        found += _compare_shared(resource, actual)
    for word in resource["attributes"]:
        name = word[2:] if word.startswith("NO") else word
        current = name if actual[ATTRIBUTES[name]] else "NO" + name
        if current != word:
            found.append(difference("attribute", word, current, subject=name))
    if actual["connection_limit"] != resource["connection_limit"]:
        found.append(
            difference("connection_limit", resource["connection_limit"], actual["connection_limit"])
        )
    if actual["valid_until"]:
        found.append(difference("valid_until", "always", actual["valid_until"], "unexpected"))
    if resource["confined"]:
        found += [_open(resource, name, users) for name, users in actual["open"].items()]
        found += [_owns(resource, name) for name in actual.get("owns", ())]
    return found + _compare_memberships(resource, actual) + _compare_settings(resource, actual)


def _absent() -> Difference:
    because = [postgresql_configuration.ELSEWHERE]
    return difference("exists", "a role", "no such role", "missing", because=because)


def _at_home(roles: Mapping[str, Mapping[str, Any]], database: str, but: str) -> list[str]:
    """The roles that own something in a database or have been granted it, except one."""
    return [
        name for name, row in sorted(roles.items())
        if database in row["databases"] and name != but and not row["rolsuper"]
    ]  # fmt: skip


def _open(resource: Options, database: str, users: Iterable[str]) -> Difference:
    """Another database that a role may connect to, which is not this collection's to close."""
    keep = [("GRANT CONNECT ON DATABASE {} TO {}", database, user) for user in users]
    revoke = [
        ("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", database),
        ("REVOKE CONNECT ON DATABASE {} FROM {}", database, resource["name"]),
    ]
    return difference(
        "connect", "no right to connect", "may connect", "unexpected",
        remedy=session.command(resource, *keep, *revoke),
        # A superuser may whatever is granted.
        because=[cause.check("postgresql_role", "attribute", "SUPERUSER"),
                 cause.check("postgresql_role", "owns", database)], subject=database
    )  # fmt: skip


def _owns(resource: Options, database: str) -> Difference:
    """A database of a role that is to run one application only; it keeps what is in it."""
    give = ("ALTER DATABASE {} OWNER TO {}", database, resource["login_user"])
    return difference(
        "owns", f"{resource['database']} at most", "its owner", "unexpected",
        session.command(resource, give), subject=database,
    )  # fmt: skip


def _compare_shared(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    """A role that is at home in another database too is another application's, whose password is
    not ours to change."""
    others = [name for name in actual["databases"] if name != resource["database"]]
    if not resource["database"] or not others:
        return []
    change = session.command(resource, ("\\password {}", resource["name"]))
    remedy = (
        "Declare another name for it (database_user, database_owner), or the password that it has;"
        f" where both databases are this application's, change it by hand: {change}"
    )
    current = f"in use in {', '.join(others)} too, with another password"
    return [difference(SHARED, "this database's own", current, "unexpected", remedy)]


def _compare_memberships(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    declared, current = set(resource["member_of"]), set(actual["member_of"])
    return (
        [
            difference("membership", "a member", "no member", "missing", subject=name)
            for name in sorted(declared - current)
        ]
        + [
            difference(
                "membership",
                "no member",
                "a member",
                "unexpected",
                _by_others(resource, actual, name),
                subject=name,
            )
            for name in sorted(current - declared)
        ]
        + [
            difference(
                "member",
                "no member of it",
                "a member",
                "unexpected",
                remedy=session.command(
                    resource,
                    *taken_back(resource, actual.get("memberships", ()), resource["name"], name),
                ),
                subject=name,
            )
            for name in actual["members"]
        ]
    )


def taken_back(
    login: Options, memberships: Iterable[Mapping[str, Any]], group: str, member: str
) -> list[tuple[str, ...]]:
    """The statements that end a membership, whoever granted it, with what the member granted.

    memberships are those of a row of catalogue.READ_ROLES.
    """
    grants = [m for m in memberships if (m["group"], m["name"]) == (group, member)]
    grantors = [each["by"] for each in grants] or [login["login_user"]]
    end = " CASCADE" if any(each["admin"] for each in grants) else ""
    return [
        (f"REVOKE {{}} FROM {{}}{end}", group, member)
        if grantor == login["login_user"]
        else (f"REVOKE {{}} FROM {{}} GRANTED BY {{}}{end}", group, member, grantor)
        for grantor in grantors
    ]


def _by_others(resource: Options, actual: Mapping[str, Any], group: str) -> str | None:
    """What ends a membership that is another's to take back, from version 16 on; else None."""
    own = (resource["login_user"], group, resource["name"])
    grants = [(m["by"], m["group"], m["name"]) for m in actual.get("memberships", ())]
    if all(each == own for each in grants if each[1:] == own[1:]):
        return None
    memberships = actual["memberships"]
    remedy: str = session.command(
        resource, *taken_back(resource, memberships, group, resource["name"])
    )
    return remedy


def _compare_settings(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    """PostgreSQL spells some names in capitals of its own: case does not count."""
    declared = {name.lower(): str(value) for name, value in resource["settings"].items()}
    spelled = {name.lower(): name for name in resource["settings"]}
    current, found = {}, []
    for scope in actual["settings"]:
        lines = dict(line.split("=", 1) for line in scope["lines"])
        if scope["database"] is None:
            current = {name.lower(): value for name, value in lines.items()}
        else:
            found += [_in_database(resource, scope["database"], n, v) for n, v in lines.items()]
    for name in sorted(set(declared) | set(current)):
        expected, value = declared.get(name), current.get(name)
        if _is_other(name, expected, value):
            direction = (
                "missing" if value is None else "unexpected" if expected is None else "different"
            )
            found.append(
                difference(
                    "setting", expected or "not set", value or "not set", direction,
                    because=[cause.check("postgresql_role", REFUSED, spelled.get(name, name))],
                    subject=name,
                )
            )  # fmt: skip
    return found


def _unset(resource: Options, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """The declared settings that a role has not, or with another value; row is None for no role."""
    scopes = row["settings"] if row else []
    lines = [line for scope in scopes if scope["database"] is None for line in scope["lines"]]
    current = {name.lower(): value for name, _equals, value in (n.partition("=") for n in lines)}
    return {
        name: value for name, value in resource["settings"].items()
        if _is_other(name.lower(), str(value), current.get(name.lower()))
    }  # fmt: skip


def _refused(name: str, reason: str) -> Difference:
    remedy = f"Correct {name} in database_role_settings, or take it out of there."
    return difference(REFUSED, "a value that the server takes", reason, remedy=remedy, subject=name)


def _is_other(name: str, expected: str | None, value: str | None) -> bool:
    if expected is None or value is None:
        return expected is not value
    is_other: bool = role_settings.parts(name, expected) != role_settings.parts(name, value)
    return is_other


def _in_database(resource: Options, database: str, name: str, value: str) -> Difference:
    statement = "ALTER ROLE {} IN DATABASE {} RESET {}"
    return difference(
        "setting",
        "not set",
        value,
        "unexpected",
        remedy=session.command(resource, (statement, resource["name"], database, name)),
        subject=f"{name} in {database}",
    )
