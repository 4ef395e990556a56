# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ownership and the privileges of one schema and its database, compared both ways.

What is declared and not there is granted; what is there and not declared is revoked.
Members of extensions are left as their extension made them. An owner's own privileges
are never touched. What belongs to others than the application's roles is left alone, unless it
is adopted by name: a function of a superuser, taken over, would run for everybody as the owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import sql

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

# How GRANT names the kinds that it names in another way.
WORDS = {
    **dict.fromkeys(("tables", "columns", "revisions"), "TABLE"),
    "sequences": "SEQUENCE", "functions": "ROUTINE",
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


def desired(
    targets: Collection[Target], schema: str, declared: Iterable[Mapping[str, Any]]
) -> set[Grant]:
    """The grants that should be there: each declared role's, on every object of its kind."""
    wanted: set[Grant] = set()
    for role in declared:
        for target in targets:
            wanted |= {Grant(target, role["role"], p) for p in _declared(role, target.kind)}
        for kind in ("tables", "sequences", "functions"):
            future = Target("default " + kind, schema)
            wanted |= {Grant(future, role["role"], p) for p in role.get(kind) or ()}
    return wanted


def _declared(role: Mapping[str, Any], kind: str) -> Collection[str]:
    """What a role may do with objects of a kind; with a table of revisions, only read it."""
    if kind == "revisions":
        return {"SELECT"}.intersection(role.get("tables") or ())
    return role.get(kind) or ()


def statements(
    owners: Mapping[Target, str],
    following: Collection[Target],
    grants: set[Grant],
    wanted: set[Grant],
    schema: str,
    owner: str,
) -> list[Any]:
    """The SQL that turns what is into what should be, ownership first.

    Returns composed statements of psycopg2.sql.
    """
    found = [
        alter_owner(target, owner)
        for target, current in sorted(owners.items())
        if current != owner and target not in following
    ]
    # An object that changes hands takes its former owner's grants along to the new one.
    surplus = grants - wanted
    missing = wanted - grants
    for (target, grantee), privileges in grouped(surplus):
        if grantee != owner:
            found += revocations(target, grantee, privileges, schema, owner)
    for (target, grantee), privileges in grouped(missing):
        if grantee != owner:
            found.append(change("GRANT", "TO", target, grantee, privileges, schema, owner))
    return found


def revocations(
    target: Target, grantee: str | None, privileges: Collection[str], schema: str, owner: str
) -> list[Any]:
    """The statements that take privileges and rights to grant from a role, and with the latter what
    it has granted to others."""
    plain = [p for p in privileges if not p.startswith(OPTION)]
    options = [p[len(OPTION) :] for p in privileges if p.startswith(OPTION)]
    alone = [p for p in options if p not in plain]
    found = [("REVOKE", plain)] if plain else []
    found += [(f"REVOKE {OPTION.rstrip()}", alone)] if alone else []
    # Defaults are granted to nobody yet.
    passed_on = options and not target.kind.startswith("default ")
    end = sql.SQL(" CASCADE" if passed_on else "")
    return [
        change(verb, "FROM", target, grantee, words, schema, owner) + end for verb, words in found
    ]


def strangers(
    owners: Mapping[Target, str],
    following: Collection[Target],
    ours: Collection[str],
    adopted: Collection[str],
) -> set[Target]:
    """The objects in the schema that belong to others than our roles, and that nobody adopts.

    adopted are names as SQL spells them, with or without the schema; a function has its arguments.
    """
    names = set(adopted)
    return {
        target
        for target, owner in owners.items()
        if owner not in ours
        and target not in following
        and target.kind not in ("database", "schema")
        and names.isdisjoint((target.identity, target.identity.partition(".")[2]))
    }


def roles_of(owner: str, declared: Iterable[Mapping[str, Any]]) -> set[str]:
    """The application's own roles, whose objects are the owner's to be."""
    return {owner, *(role["role"] for role in declared)}


def without(
    read: Found, wanted: set[Grant], targets: Collection[Target]
) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, less some targets and their columns."""
    owners, following, grants = read
    left_out = {*targets, *(Target("columns", target.identity) for target in targets)}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if g.target._replace(column="") not in left_out}

    left = {target: owner for target, owner in owners.items() if target not in left_out}
    return (left, following, kept(grants)), kept(wanted)


def only(read: Found, wanted: set[Grant], target: Target) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, of one target alone."""
    owners, _following, grants = read
    own = {target, Target("columns", target.identity)}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if g.target._replace(column="") in own}

    return ({target: owners[target]}, {}, kept(grants)), kept(wanted)


def creator_or_owner(target: Target, owners: Mapping[Target, str], owner: str) -> str:
    """Whose a target is, and so who may grant on it."""
    if target.kind.startswith("default "):
        return target.creator or owner
    if target.kind == "columns":
        tables = (Target(kind, target.identity) for kind in ("tables", "revisions"))
        return next((owners[table] for table in tables if table in owners), "")
    return owners.get(target, "")


def only_of(
    mine: Collection[str], read: Found, wanted: set[Grant], owner: str
) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, without what the login has no right to change."""
    owners, following, grants = read
    of_mine = {target: name for target, name in owners.items() if name in mine}
    # A database and a schema are as whoever made them wanted it.
    settled = {t: owner if t.kind in ("database", "schema") else n for t, n in of_mine.items()}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if creator_or_owner(g.target, owners, owner) in mine}

    return (settled, following, kept(grants)), kept(wanted)


def grouped(changes: Iterable[Grant]) -> list[tuple[tuple[Target, str | None], list[str]]]:
    """Grants joined by target and grantee: [((target, grantee), sorted privileges), ...]."""
    groups: dict[tuple[Target, str | None], list[str]] = {}
    for change in changes:
        groups.setdefault((change.target, change.grantee), []).append(change.privilege)
    order = sorted(groups, key=lambda group: (*group[0], group[1] or ""))
    return [(group, sorted(groups[group])) for group in order]


def alter_owner(target: Target, owner: str) -> Any:
    # ALTER TABLE takes every kind of relation, ALTER ROUTINE functions and procedures.
    tables = dict.fromkeys(("tables", "revisions", "sequences"), "TABLE")
    word = {**tables, "functions": "ROUTINE"}.get(target.kind, target.kind.upper())
    return sql.SQL("ALTER {} {} OWNER TO {}").format(
        sql.SQL(word), _identity(target), sql.Identifier(owner)
    )


def create_role(name: str) -> Any:
    """The statement that makes a role to log in with."""
    return sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name))


def change(
    verb: str,
    preposition: str,
    target: Target,
    grantee: str | None,
    privileges: Iterable[str],
    schema: str,
    owner: str,
) -> Any:
    columns = f" ({target.column})" if target.column else ""
    change = sql.SQL("{} {} ON {} {} {}").format(
        sql.SQL(verb),
        sql.SQL(", ".join(privilege + columns for privilege in privileges)),
        _on(target),
        sql.SQL(preposition),
        sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
    )
    if not target.kind.startswith("default "):
        return change
    where = (
        sql.SQL("")
        if target.everywhere
        else sql.SQL(" IN SCHEMA {}").format(sql.Identifier(schema))
    )
    return sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} {}").format(
        sql.Identifier(target.creator or owner), where, change
    )


def _on(target: Target) -> Any:
    if target.kind.startswith("default "):
        return sql.SQL(target.kind[len("default ") :].upper())
    return sql.SQL(WORDS.get(target.kind, target.kind.upper()) + " ") + _identity(target)


def _identity(target: Target) -> Any:
    """The name as the server that will read it quoted it; only format() reads SQL's braces."""
    return sql.SQL(target.identity)
