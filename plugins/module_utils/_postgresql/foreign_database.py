# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database on a server that somebody else runs, as its owner sees it and may change it.

What is to be done there is a list of steps, each with its SQL and whether this login may run it;
what it may not is for the server's administrator. Passwords are not seen from here; a login tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    grant_statements,
    role_settings,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import sql


# check and subject are those of the kind foreign_database; statement is of psycopg2.sql; may is
# whether this login may run it.
class Step(NamedTuple):
    check: str
    subject: str
    expected: str | int
    actual: str | int
    direction: str
    statement: Any
    may: bool


# What is declared, a row of the catalogue, or what read() returns.
Fields = Mapping[str, Any]

# Columns of pg_roles by the words of CREATE ROLE, as the application's role is to be.
ATTRIBUTES = {
    "LOGIN": ("rolcanlogin", True),
    "INHERIT": ("rolinherit", True),
    "SUPERUSER": ("rolsuper", False),
    "CREATEDB": ("rolcreatedb", False),
    "CREATEROLE": ("rolcreaterole", False),
    "REPLICATION": ("rolreplication", False),
    "BYPASSRLS": ("rolbypassrls", False),
}

READ_SELF = """
    SELECT r.rolname::text AS name, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
           r.rolbypassrls, current_setting('server_version_num')::int AS version,
           d.datname::text AS database, pg_get_userbyid(d.datdba)::text AS database_owner,
           has_database_privilege(d.oid, 'CREATE') AS may_create,
           array(SELECT a.rolname::text FROM pg_roles a
                 WHERE pg_has_role(a.oid, 'MEMBER WITH ADMIN OPTION')) AS administers,
           array(SELECT a.rolname::text FROM pg_roles a
                 WHERE pg_has_role(a.oid, 'MEMBER')) AS is_also
    FROM pg_roles r, pg_database d
    WHERE r.rolname = current_user AND d.datname = current_database()
"""
READ_ROLES = """
    SELECT a.rolname::text AS name, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb,
           a.rolcanlogin, a.rolreplication, a.rolbypassrls, a.rolconnlimit AS connection_limit,
           CASE WHEN a.rolvaliduntil < 'infinity' THEN a.rolvaliduntil::text END AS valid_until,
           array(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                 WHERE m.member = a.oid ORDER BY 1) AS member_of,
           -- Who made it is a member too, from version 16 on; an administrator needs no such way.
           array(SELECT u.rolname::text FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
                 WHERE m.roleid = a.oid AND NOT u.rolsuper AND NOT u.rolcreaterole ORDER BY 1)
             AS members,
           coalesce((SELECT s.setconfig FROM pg_db_role_setting s
                     WHERE s.setrole = a.oid AND s.setdatabase = 0), '{}') AS settings
    FROM pg_roles a WHERE a.rolname = ANY (%(names)s)
"""
READ_AVAILABLE = """
    SELECT e.name::text AS name, coalesce(to_jsonb(v) ->> 'trusted' = 'true', false) AS trusted
    FROM pg_available_extensions e
    JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
"""


def read(cursor: Any, declared: Fields) -> dict[str, Any]:
    """{"self", "roles", "schemas", "extensions", "available"} as this login sees them."""

    def rows(query: str, values: Fields | None = None) -> list[dict[str, Any]]:
        cursor.execute(query, values)
        return [dict(row) for row in cursor.fetchall()]

    names = {"names": [declared["owner"], declared["role"]]}
    schemas = rows("SELECT nspname::text AS name, pg_get_userbyid(nspowner)::text AS owner"
                   " FROM pg_namespace")  # fmt: skip
    return {
        "self": rows(READ_SELF)[0],
        "roles": {row["name"]: row for row in rows(READ_ROLES, names)},
        "schemas": {row["name"]: row["owner"] for row in schemas},
        "extensions": [
            row["name"] for row in rows("SELECT extname::text AS name FROM pg_extension")
        ],
        "available": {row["name"]: row["trusted"] for row in rows(READ_AVAILABLE)},
    }


def steps(declared: Fields, actual: Fields) -> list[Step]:
    """What differs, in the order in which it is to be done.

    declared has owner, role (the application's), schema, extensions, settings (of both roles) and
    connection_limit.
    """
    found: list[Step] = []
    for name in (declared["owner"], declared["role"]):
        row = actual["roles"].get(name)
        if row is None:
            found.append(_role_missing(name, actual["self"]))
            continue
        if name == declared["role"]:
            found += _attributes(name, row, declared, actual["self"])
        found += _members(name, row, actual["self"])
        found += _settings(name, row, declared["settings"], actual["self"])
    return [*found, *_objects(declared, actual)]


def _named(template: str, *names: str) -> Any:
    return sql.SQL(template).format(*(sql.Identifier(name) for name in names))


def _role_missing(name: str, me: Fields) -> Step:
    statement = grant_statements.create_role(name)
    may = me["rolsuper"] or me["rolcreaterole"]
    return Step("role", name, "a role that may log in", "no such role", "missing", statement, may)


def _administers(me: Fields, name: str) -> bool:
    """Whether the login may alter a role, or grant it: from version 16 on only what it made."""
    if me["rolsuper"]:
        return True
    return me["rolcreaterole"] and (me["version"] < 160000 or name in me["administers"])


def _attributes(name: str, row: Fields, declared: Fields, me: Fields) -> list[Step]:
    found = []
    is_ours = _administers(me, name) and (me["rolsuper"] or not row["rolsuper"])
    for word, (column, wanted) in ATTRIBUTES.items():
        if row[column] == wanted:
            continue
        expected, current = (word, f"NO{word}") if wanted else (f"NO{word}", word)
        # These are only to be given or taken by who has them.
        rare = word in ("SUPERUSER", "REPLICATION", "BYPASSRLS", "CREATEDB")
        may = is_ours and (me["rolsuper"] or not rare or (me["version"] >= 160000 and me[column]))
        if word == "CREATEDB" and me["version"] < 160000:
            may = is_ours
        statement = _named(f"ALTER ROLE {{}} {expected}", name)
        found.append(
            Step("attribute", f"{name} {word}", expected, current, "different", statement, may)
        )
    if row["connection_limit"] != declared["connection_limit"]:
        limit = int(declared["connection_limit"])
        statement = _named(f"ALTER ROLE {{}} CONNECTION LIMIT {limit}", name)
        found.append(Step("attribute", f"{name} limit", limit, row["connection_limit"], "different",
                          statement, is_ours))  # fmt: skip
    if row["valid_until"]:
        statement = _named("ALTER ROLE {} VALID UNTIL 'infinity'", name)
        found.append(Step("attribute", f"{name} expiry", "never", row["valid_until"], "unexpected",
                          statement, is_ours))  # fmt: skip
    for group in row["member_of"]:
        statement = _named("REVOKE {} FROM {}", group, name)
        may = _administers(me, group) or group in me["administers"]
        found.append(Step("membership", f"{name} in {group}", "no member", "a member", "unexpected",
                          statement, may))  # fmt: skip
    return found


def _members(name: str, row: Fields, me: Fields) -> list[Step]:
    may = _administers(me, name) or name in me["administers"]
    return [
        Step("member", f"{other} of {name}", "no member", "a member", "unexpected",
             _named("REVOKE {} FROM {}", name, other), may)
        for other in row["members"] if other != me["name"]
    ]  # fmt: skip


def _settings(name: str, row: Fields, settings: Fields, me: Fields) -> list[Step]:
    current = {key.lower(): value for key, _equals, value in
               (line.partition("=") for line in row["settings"])}  # fmt: skip
    may = name == me["name"] or _administers(me, name)
    found = []
    for key, literal in role_settings.literals(settings).items():
        value = current.pop(key.lower(), None)
        wanted = str(settings[key])
        if value is None or role_settings.parts(key, value) != role_settings.parts(key, wanted):
            statement = sql.SQL("ALTER ROLE {} SET {} TO ").format(
                sql.Identifier(name), sql.Identifier(key)
            ) + sql.SQL(literal)
            direction = "missing" if value is None else "different"
            found.append(Step("setting", f"{name} {key}", wanted, value or "not set", direction,
                              statement, may))  # fmt: skip
    return found


def _objects(declared: Fields, actual: Fields) -> list[Step]:
    """The database itself, its schema and its extensions."""
    me, owner, schema = actual["self"], declared["owner"], declared["schema"]
    found = []
    if me["database_owner"] != owner:
        statement = _named("ALTER DATABASE {} OWNER TO {}", me["database"], owner)
        found.append(Step("database", "", owner, me["database_owner"], "different", statement,
                          me["rolsuper"]))  # fmt: skip
    holder = actual["schemas"].get(schema)
    if holder is None:
        statement = _named("CREATE SCHEMA {} AUTHORIZATION {}", schema, owner)
        may = me["may_create"] and owner in me["is_also"]
        found.append(
            Step("schema", schema, "a schema", "no such schema", "missing", statement, may)
        )
    elif holder not in (owner, "pg_database_owner"):
        statement = _named("ALTER SCHEMA {} OWNER TO {}", schema, owner)
        may = me["rolsuper"] or (holder in me["is_also"] and me["may_create"])
        found.append(Step("schema", schema, f"{owner}'s", f"{holder}'s", "different", statement,
                          may))  # fmt: skip
    for name in declared["extensions"]:
        if name not in actual["extensions"]:
            trusted = actual["available"].get(name)
            current = "not there" if trusted is not None else "not installed on the server"
            may = trusted is not None and (me["rolsuper"] or (trusted and me["may_create"]))
            found.append(Step("extension", name, "created", current, "missing",
                              _named("CREATE EXTENSION {}", name), may))  # fmt: skip
    return found


def text(statement: Any) -> str:
    """A statement's SQL without a session to quote it; strings in it are literals already."""
    if isinstance(statement, sql.Composed):
        return "".join(text(part) for part in statement.seq)
    if isinstance(statement, sql.Identifier):
        return ".".join('"' + name.replace('"', '""') + '"' for name in statement.strings)
    string: str = statement.string
    return string
