# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose the objects of one schema and its database are, and who may do what with them.

It is read from a server. Members of extensions are left as their extension made them, and an
owner's own privileges are not among the grants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# The kinds of objects, and the privileges that PostgreSQL knows for each.
PRIVILEGES = {
    "database": ("CONNECT", "CREATE", "TEMPORARY"),
    "schema": ("CREATE", "USAGE"),
    "tables": (
        "DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE",
    ),
    "sequences": ("SELECT", "UPDATE", "USAGE"),
    "functions": ("EXECUTE",),
}  # fmt: skip


# What holds privileges. kind is a key of PRIVILEGES, "columns", "revisions" for a table of Alembic,
# which only who migrates writes, or "default tables" and so on for what future objects get;
# identity is how SQL names it, schema included. everywhere marks defaults for all schemas, creator
# whose future objects they are for if not the owner's; column is the column's name, quoted.
class Target(NamedTuple):
    kind: str
    identity: str
    everywhere: bool = False
    creator: str = ""
    column: str = ""


# One privilege of one grantee; the grantee None is PUBLIC.
class Grant(NamedTuple):
    target: Target
    grantee: str | None
    privilege: str


# Before a privilege, the right to grant it to others, which is a Grant of its own.
OPTION = "GRANT OPTION FOR "

# What read() returns.
Found = tuple[dict[Target, str], dict[Target, str], set[Grant]]

OBJECTS = """
    SELECT CASE WHEN c.relkind = 'S' THEN 'sequences'
             WHEN c.relkind = 'r' AND (c.relname = 'alembic_version' OR c.relnatts = 1 AND EXISTS (
                  SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1
                  AND a.attname = 'version_num')) THEN 'revisions'
             ELSE 'tables' END AS kind,
           format('%%I.%%I', n.nspname, c.relname) AS identity,
           pg_get_userbyid(c.relowner) AS owner,
           coalesce(c.relacl, acldefault(
               (CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner)) AS acl,
           c.relowner AS owner_oid,
           (SELECT format('%%I.%%I', n2.nspname, c2.relname)
            FROM pg_depend d JOIN pg_class c2 ON c2.oid = d.refobjid
            JOIN pg_namespace n2 ON n2.oid = c2.relnamespace
            WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
              AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            LIMIT 1) AS table_of_column
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'functions',
           format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           pg_get_userbyid(p.proowner), coalesce(p.proacl, acldefault('f', p.proowner)),
           p.proowner, NULL
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = %(schema)s
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'schema', quote_ident(nspname), pg_get_userbyid(nspowner),
           coalesce(nspacl, acldefault('n', nspowner)), nspowner, NULL
    FROM pg_namespace WHERE nspname = %(schema)s
    UNION ALL
    SELECT 'database', quote_ident(datname), pg_get_userbyid(datdba),
           coalesce(datacl, acldefault('d', datdba)), datdba, NULL
    FROM pg_database WHERE datname = current_database()
"""

READ_OBJECTS = f"""
    SELECT o.kind, o.identity, o.owner, o.table_of_column,
           coalesce(array_agg(ARRAY[a.grantee::text, r.rolname::text, a.privilege_type,
                          a.is_grantable::text])
                    FILTER (WHERE a.grantee IS NOT NULL), '{{}}') AS grants
    FROM ({OBJECTS}) o
    LEFT JOIN LATERAL aclexplode(o.acl) a ON a.grantee <> o.owner_oid
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2
"""

READ_DEFAULTS = """
    SELECT CASE k.code WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' ELSE 'functions' END
             AS kind,
           k.everywhere,
           coalesce(array_agg(ARRAY[a.grantee::text, r.rolname::text, a.privilege_type,
                          a.is_grantable::text])
                    FILTER (WHERE a.grantee IS NOT NULL), '{}') AS grants
    FROM pg_roles owner
    CROSS JOIN (VALUES ('r', true), ('S', true), ('f', true),
                       ('r', false), ('S', false), ('f', false)) k (code, everywhere)
    LEFT JOIN pg_default_acl d
      ON d.defaclrole = owner.oid AND d.defaclobjtype = k.code::"char"
     AND d.defaclnamespace = CASE WHEN k.everywhere THEN 0 ELSE
           (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s) END
    LEFT JOIN LATERAL aclexplode(coalesce(d.defaclacl, CASE WHEN k.everywhere THEN
                acldefault((CASE k.code WHEN 'S' THEN 's' ELSE k.code END)::"char", owner.oid)
              END)) a ON a.grantee <> owner.oid
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE owner.rolname = %(owner)s
    GROUP BY 1, 2 ORDER BY 1, 2
"""

# What nobody declares: privileges on single columns, and defaults for what others create.
READ_COLUMNS = """
    SELECT format('%%I.%%I', n.nspname, c.relname) AS identity, quote_ident(t.attname) AS column,
           array_agg(ARRAY[a.grantee::text, r.rolname::text, a.privilege_type,
                          a.is_grantable::text]) AS grants
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(t.attacl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE n.nspname = %(schema)s AND a.grantee <> c.relowner
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    GROUP BY 1, 2 ORDER BY 1, 2
"""

READ_DEFAULTS_OF_OTHERS = """
    SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
             ELSE 'functions' END AS kind,
           d.defaclnamespace = 0 AS everywhere, pg_get_userbyid(d.defaclrole) AS creator,
           array_agg(ARRAY[a.grantee::text, r.rolname::text, a.privilege_type,
                          a.is_grantable::text]) AS grants
    FROM pg_default_acl d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE d.defaclobjtype IN ('r', 'S', 'f') AND a.grantee <> d.defaclrole
      AND pg_get_userbyid(d.defaclrole) <> %(owner)s
      AND d.defaclnamespace IN (0, (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s))
      -- What PostgreSQL grants by itself is listed too, where it is for all schemas.
      AND NOT (d.defaclnamespace = 0 AND EXISTS (
            SELECT FROM aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'
                                              ELSE d.defaclobjtype END, d.defaclrole)) b
            WHERE (b.grantee, b.privilege_type) = (a.grantee, a.privilege_type)))
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def grant_options() -> dict[str, dict[str, Any]]:
    """The options of one declared grant, of modules and of resources."""
    lists: dict[str, dict[str, Any]] = {
        kind: {"type": "list", "elements": "str", "choices": list(choices), "default": []}
        for kind, choices in PRIVILEGES.items()
    }
    return {"role": {"type": "str", "required": True}, **lists}


class PrivilegesError(Exception):
    """What was declared cannot be compared with this database."""


def read(cursor: Any, schema: str, owner: str) -> Found:
    """The owners and the grants as they are.

    Returns ({target: owner}, {target whose owner follows that of a column's table: the table's
    identity}, {Grant, ...}). Targets of future objects have no owner in the first mapping.
    """
    names = {"schema": schema, "owner": owner}
    owners: dict[Target, str]
    following: dict[Target, str]
    grants: set[Grant]
    owners, following, grants = {}, {}, set()
    cursor.execute(READ_OBJECTS, names)
    for row in cursor.fetchall():
        target = Target(row["kind"], row["identity"])
        owners[target] = row["owner"]
        if row["table_of_column"]:
            following[target] = row["table_of_column"]
        grants |= _grants(target, row["grants"])
    cursor.execute(READ_DEFAULTS, names)
    for row in cursor.fetchall():
        target = Target("default " + row["kind"], schema, row["everywhere"])
        grants |= _grants(target, row["grants"])
    cursor.execute(READ_COLUMNS, names)
    for row in cursor.fetchall():
        target = Target("columns", row["identity"], column=row["column"])
        grants |= _grants(target, row["grants"])
    cursor.execute(READ_DEFAULTS_OF_OTHERS, names)
    for row in cursor.fetchall():
        target = Target("default " + row["kind"], schema, row["everywhere"], row["creator"])
        grants |= _grants(target, row["grants"])
    if not any(target.kind == "schema" for target in owners):
        raise PrivilegesError(f"there is no schema {schema!r} in this database")
    return owners, following, grants


def _grants(target: Target, rows: Iterable[Sequence[Any]]) -> set[Grant]:
    # A grantee of oid 0 is PUBLIC; a role may be named "public" and is another thing.
    found = set()
    for oid, role, privilege, *option in rows:
        grantee = None if oid == "0" else role
        found.add(Grant(target, grantee, privilege))
        if option == ["true"]:
            found.add(Grant(target, grantee, OPTION + privilege))
    return found
