# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of a PostgreSQL server, read with few queries in one session each.

One session reads what all databases share (roles, databases, configuration), and one
more each database that is declared, however many resources are in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union, cast

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    acl,
    role_settings,
    session,
    structure,
    system_privileges,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.pg_hba_match import Rule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import Login

Row = dict[str, Any]
# What there is to say of the privileges in a schema.
Privileges = Union[acl.Found, acl.PrivilegesError]


class Line(NamedTuple):
    """What the configuration files say of a setting; waits: it is not so in the running server."""

    file: str
    value: str
    current: str
    waits: bool


# unloaded, unseen, rejected, pending_restart: see session.py. applied: {setting: Line} of what the
# files say now; lines: (setting, file, value) of all that they say, in the order in which they are
# read. libraries: the folder of the server's own ($libdir). for_all: {setting: value} of ALTER ROLE
# ALL. tablespaces: rows with name, owner and place of those that nobody is born with. parameters:
# rows with name, grantee ("" for everybody) and privileges. roles and databases: {name: row}, their
# settings and memberships included. hba_rules, ident_rules: rows of pg_hba_file_rules and
# pg_ident_file_mappings.
class Server(NamedTuple):
    hba_file: str
    unloaded: Mapping[str, str]
    rejected: list[Row]
    pending_restart: list[str]
    applied: dict[str, Line]
    settings: dict[str, Row]
    roles: dict[str, Row]
    databases: dict[str, Row]
    ident_file: str = ""
    hba_rules: Sequence[Rule] = ()
    ident_rules: Sequence[Row] = ()
    unseen: Mapping[str, str] = {}
    libraries: str = ""
    lines: Sequence[tuple[str, str, str]] = ()
    for_all: Mapping[str, str] = {}
    tablespaces: Sequence[Row] = ()
    parameters: Sequence[Row] = ()


# schemas: {name: owner}; extensions: names; privileges: what acl.read() returns, or
# the PrivilegesError that it ended with.
# mine: the roles whose objects the login may change; roles: all that there are. version: the
# server's, such as 17. system: what is granted on its own objects beyond initdb's.
class Database(NamedTuple):
    schemas: dict[str, str]
    extensions: set[str]
    privileges: Privileges
    mine: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    structure: structure.Structure = structure.Structure()
    version: int = 0
    system: Sequence[system_privileges.Granted] = ()


READ_ROLES = """
    SELECT a.rolname AS name, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb,
           a.rolcanlogin, a.rolreplication, a.rolbypassrls,
           a.rolconnlimit AS connection_limit, a.rolpassword AS verifier,
           CASE WHEN a.rolvaliduntil < 'infinity' THEN a.rolvaliduntil::text END AS valid_until,
           array(SELECT DISTINCT g.rolname::text FROM pg_auth_members m
                 JOIN pg_authid g ON g.oid = m.roleid WHERE m.member = a.oid ORDER BY 1)
             AS member_of,
           array(SELECT DISTINCT u.rolname::text FROM pg_auth_members m
                 JOIN pg_authid u ON u.oid = m.member WHERE m.roleid = a.oid ORDER BY 1)
             AS members,
           -- Each is its grantor's to take back, from version 16 on.
           coalesce((SELECT json_agg(json_build_object('name', u.rolname, 'group', g.rolname,
                       'by', pg_get_userbyid(m.grantor), 'admin', m.admin_option))
                     FROM pg_auth_members m JOIN pg_authid u ON u.oid = m.member
                     JOIN pg_authid g ON g.oid = m.roleid
                     WHERE m.roleid = a.oid OR m.member = a.oid), '[]') AS memberships,
           coalesce((SELECT json_agg(json_build_object(
                       'database', d.datname, 'lines', s.setconfig))
                     FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
                     WHERE s.setrole = a.oid), '[]') AS settings,
           array(SELECT DISTINCT d.datname::text FROM pg_shdepend s
                 JOIN pg_database d ON d.oid = coalesce(nullif(s.dbid, 0),
                   CASE s.classid WHEN 'pg_database'::regclass THEN s.objid END)
                 WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = a.oid ORDER BY 1)
             AS databases,
           -- Without what every server has, whose rows are nobody's.
           array(SELECT d.datname::text FROM pg_database d
                 WHERE d.datallowconn AND NOT d.datistemplate AND d.datname <> 'postgres'
                   AND has_database_privilege(a.oid, d.oid, 'CONNECT') ORDER BY 1)
             AS may_connect_to
    FROM pg_authid a
"""

READ_DATABASES = """
    SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner,
           pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate,
           d.datctype AS ctype, d.datallowconn AS allow_connections,
           d.datconnlimit AS connection_limit,
           (SELECT t.spcname::text FROM pg_tablespace t WHERE t.oid = d.dattablespace)
             AS tablespace,
           coalesce((SELECT s.setconfig FROM pg_db_role_setting s
                     WHERE s.setdatabase = d.oid AND s.setrole = 0), '{}') AS settings
    FROM pg_database d
"""

# Of several lines for one setting the last counts, and only that is "applied"; a changed
# setting that waits for a restart is not, and its last line is what will count.
READ_APPLIED = """
    SELECT lower(f.name) AS name, f.sourcefile AS file, f.setting AS value,
           current_setting(f.name, true) AS current,
           coalesce(s.pending_restart, false) AS pending_restart, f.error,
           -- Of what this session has chosen for itself, the server's own value is not to be seen.
           coalesce(s.source IN ('client', 'session'), false) AS is_own
    FROM pg_file_settings f LEFT JOIN pg_settings s ON lower(s.name) = lower(f.name)
    WHERE f.name IS NOT NULL ORDER BY f.seqno
"""

READ_PLACES = """
    SELECT current_setting('hba_file') AS hba, current_setting('ident_file') AS ident,
           (SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR') AS libraries,
           coalesce((SELECT s.setconfig FROM pg_db_role_setting s
                     WHERE s.setdatabase = 0 AND s.setrole = 0), '{}') AS for_all,
           coalesce((SELECT json_agg(json_build_object('name', t.spcname,
                       'owner', pg_get_userbyid(t.spcowner), 'place', pg_tablespace_location(t.oid))
                       ORDER BY t.spcname)
                     FROM pg_tablespace t WHERE t.oid >= 16384), '[]') AS tablespaces
"""
READ_PARAMETERS = """
    SELECT p.parname AS name, coalesce(r.rolname::text, '') AS grantee,
           array_agg(a.privilege_type ORDER BY 1) AS privileges
    FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE NOT coalesce(r.rolsuper, false)
    GROUP BY 1, 2 ORDER BY 1, 2
"""

# differs: it is not what is built into the server, which is boot.
READ_SETTINGS = """
    SELECT lower(name) AS name, current_setting(name) AS value, source, context,
           setting IS DISTINCT FROM boot_val AS differs, coalesce(boot_val, '') AS boot, unit
    FROM pg_settings
"""

# Without the system's own, and without those of extensions.
# What ALTER ROLE may set, and nobody in a session.
READ_FIXED = """
    SELECT lower(name) AS name FROM pg_settings WHERE context IN ('backend', 'superuser-backend')
"""
UNTRIED = {"role", "session_authorization"}
TRY_SETTING = """
    SELECT set_config(%(name)s, %(value)s, true), set_config(%(name)s, %(now)s, true)
"""

READ_SCHEMAS = """
    SELECT n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass
                      AND d.objid = n.oid AND d.deptype = 'e')
"""


def read_server(login: Login) -> Server:
    """The Server behind a login."""
    with session.session(login, readonly=True) as cursor:
        applied = _rows(cursor, READ_APPLIED)
        settings = _rows(cursor, READ_SETTINGS)
        # All columns, of which later versions have more.
        mappings = "SELECT * FROM pg_ident_file_mappings WHERE error IS NULL"
        rules = session.attempt(cursor, "SELECT * FROM pg_hba_file_rules")
        files = session.read_files(cursor)
        has_mappings = cursor.connection.server_version >= 150000
        places = _rows(cursor, READ_PLACES)[0]
        return Server(
            hba_file=places["hba"],
            ident_file=places["ident"],
            hba_rules=cast("list[Rule]", [rule for rule in rules or () if not rule["error"]]),
            ident_rules=(session.attempt(cursor, mappings) or []) if has_mappings else [],
            unloaded=files.unloaded,
            unseen=files.unseen,
            rejected=session.rejected_lines(cursor) + _rejected_rules(rules, places["hba"]),
            pending_restart=session.settings_pending_restart(cursor),
            # Of several lines for one setting, the last is kept.
            applied={row["name"]: _line(row, files.unloaded) for row in applied},
            lines=[(row["name"], row["file"], row["value"] or "") for row in applied],
            libraries=places["libraries"],
            for_all=role_settings.by_name(places["for_all"]),
            tablespaces=places["tablespaces"],
            parameters=_rows(cursor, READ_PARAMETERS) if has_mappings else [],
            settings={row["name"]: row for row in settings},
            roles={row["name"]: dict(row) for row in _rows(cursor, READ_ROLES)},
            databases={row["name"]: dict(row) for row in _rows(cursor, READ_DATABASES)},
        )


def _rejected_rules(rules: Sequence[Row] | None, path: str) -> list[dict[str, Any]]:
    """The same for pg_hba.conf as session.rejected_lines() for the settings."""
    return [
        {"file": path, "line": rule["line_number"], "error": rule["error"]}
        for rule in rules or ()
        if rule["error"] is not None
    ]


def _line(row: Row, unloaded: Mapping[str, str]) -> Line:
    value, current = row["value"] or "", row["current"] or ""
    # A line that cannot be read brings nothing; one that needs a restart looks like one at first.
    can_be_read = row["error"] in (None, session.NOT_APPLIED)
    is_seen = can_be_read and not row["is_own"]
    is_new = row["file"] in unloaded and is_seen and not same(value, current)
    return Line(row["file"], value, current, bool(row["pending_restart"] or is_new))


# What PostgreSQL takes for on and off, and its units, in the smallest of each kind.
WORDS = {**dict.fromkeys(("yes", "true", "1"), "on"), **dict.fromkeys(("no", "false", "0"), "off")}
UNITS = {
    "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4,
    "us": 1, "ms": 1000, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6,
}  # fmt: skip
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(b|kb|mb|gb|tb|us|ms|s|min|h|d)")


def same(value: str, current: str) -> bool:
    """Whether a value as a file has it is what the server shows, as far as spelling goes."""
    return _spelt(value) == _spelt(current)


def _spelt(value: str) -> str | tuple[float, bool]:
    text = re.sub(r"\s", "", value).lower()
    quantity = QUANTITY.fullmatch(text)
    if quantity:
        return float(quantity[1]) * UNITS[quantity[2]], quantity[2].endswith("b")
    return WORDS.get(text, text)


def read_database(login: Login, name: str, schema: str, owner: str) -> Database:
    """The Database of that name, with the privileges of one schema."""
    with session.session(login, name, readonly=True) as cursor:
        schemas = _rows(cursor, READ_SCHEMAS)
        extensions = _rows(cursor, "SELECT extname AS name FROM pg_extension")
        found: Privileges
        try:
            found = acl.read(cursor, schema, owner)
        except acl.PrivilegesError as exc:
            found = exc
        roles = _rows(
            cursor,
            "SELECT rolname::text AS name, pg_has_role(oid, 'USAGE') AS mine FROM pg_roles",
        )
        return Database(
            schemas={row["name"]: row["owner"] for row in schemas},
            extensions={row["name"] for row in extensions},
            privileges=found,
            mine=frozenset(row["name"] for row in roles if row["mine"]),
            roles=frozenset(row["name"] for row in roles),
            structure=structure.read(cursor, schema, owner),
            version=cursor.connection.server_version // 10000,
            system=system_privileges.read(cursor),
        )


def refused_settings(login: Login, settings: Mapping[str, object]) -> dict[str, str]:
    """{name: why} of those settings ({name: value}) that the server does not take for a role.

    Each is set for the moment of one statement, so that no limit among them comes into effect.
    """
    found = {}
    with session.session(login, readonly=True) as cursor:
        fixed = {row["name"] for row in _rows(cursor, READ_FIXED)}
        for name, value in settings.items():
            if name.lower() in fixed | UNTRIED:
                continue
            row = _rows(cursor, "SELECT current_setting(%s, true) AS value", (name,))[0]
            options = {"name": name, "value": str(value), "now": row["value"] or ""}
            cursor.execute("SAVEPOINT tried")
            try:
                cursor.execute(TRY_SETTING, options)
            except session.psycopg2.Error as exc:
                found[name] = exc.diag.message_primary or str(exc).strip()
            cursor.execute("ROLLBACK TO SAVEPOINT tried")
    return found


def unavailable_extensions(login: Login, names: Iterable[str]) -> list[str]:
    """Those of the names that are no extension of the server, sorted."""
    query = "SELECT name::text AS name FROM pg_available_extensions WHERE name = ANY (%s)"
    with session.session(login, readonly=True) as cursor:
        return sorted(set(names) - {row["name"] for row in _rows(cursor, query, (list(names),))})


def knows_encoding(login: Login, name: str) -> bool:
    """Whether the server has an encoding of that name."""
    with session.session(login, readonly=True) as cursor:
        row = _rows(cursor, "SELECT pg_char_to_encoding(%s) AS number", (name,))[0]
        number: int = row["number"]
        return number >= 0


def _rows(cursor: Any, query: str, values: tuple[Any, ...] | None = None) -> list[Any]:
    cursor.execute(query, values)
    rows: list[Any] = cursor.fetchall()
    return rows
