# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The structure of a database: what there is in it besides rows, each thing with its definition.

Left out are the members of extensions, which are as their extension made them; partitions, which
come and go with time; and what is in schemas of others, which are told of as such. Bodies of
functions and views are known by their digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import (
    psycopg2,
    sql,
)


class Thing(NamedTuple):
    """One object: {attribute: text}, its owner ("" where it has none of its own), and the words of
    its kind and of the table that it is on, where it is on one."""

    kind: str
    attributes: Mapping[str, str]
    owner: str = ""
    table: str = ""


# things: {name: Thing}, a name being its kind and its identity as SQL spells it. revisions: of
# Alembic's tables, sorted. why: why the structure could not be read; "" where it was.
class Structure(NamedTuple):
    things: Mapping[str, Thing] = {}
    revisions: tuple[str, ...] = ()
    why: str = ""


# What is looked at: the application's schemas, and what was put into the system's own. Numbers from
# 16384 on are given to what is made after initdb (access/transam.h).
SCOPE = """
    WITH namespaces AS MATERIALIZED (
      SELECT n.oid, n.nspname FROM pg_namespace n
      WHERE n.nspname = %(schema)s OR pg_get_userbyid(n.nspowner) = %(owner)s
         OR n.nspname = 'public'),
    members AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e'),
    relations AS MATERIALIZED (
      SELECT c.*, format('%%I.%%I', n.nspname, c.relname) AS identity
      FROM pg_class c JOIN namespaces n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition
        AND NOT EXISTS (SELECT FROM members e WHERE e.objid = c.oid
                        AND e.classid = 'pg_class'::regclass))
"""
TABLES = """
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
             WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
           c.identity, '' AS rest, pg_get_userbyid(c.relowner)::text AS owner, '' AS on_table,
           json_build_object(
             -- A sequence follows the table of its column.
             'persistence', CASE WHEN c.relpersistence = 'u' AND c.relkind <> 'S' THEN 'unlogged'
                              ELSE 'logged' END,
             'row security', CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'disabled' END,
             'row security of the owner', CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE '' END,
             'options', coalesce(array_to_string(c.reloptions, ', '), ''),
             'tablespace', coalesce((SELECT spcname::text FROM pg_tablespace t
                                     WHERE t.oid = c.reltablespace), ''),
             'inherits', coalesce((SELECT string_agg(i.inhparent::regclass::text, ', '
                                                     ORDER BY i.inhseqno)
                                   FROM pg_inherits i WHERE i.inhrelid = c.oid), ''),
             'system triggers', CASE WHEN EXISTS (
                 SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgisinternal
                 AND t.tgenabled IN ('D', 'R')) THEN 'disabled' ELSE 'enabled' END,
             'definition', CASE WHEN c.relkind IN ('v', 'm') THEN md5(pg_get_viewdef(c.oid))
                WHEN c.relkind = 'S' THEN (
                  SELECT format('%%s by %%s up to %%s%%s', format_type(s.seqtypid, NULL),
                                s.seqincrement, s.seqmax,
                                CASE WHEN s.seqcycle THEN ', and from the start' ELSE '' END)
                  FROM pg_sequence s WHERE s.seqrelid = c.oid)
                ELSE '' END) AS attributes
    FROM relations c
"""
SCHEMAS = """
    SELECT 'schema', quote_ident(n.nspname), '', '', '', '{}'::json FROM namespaces n
    WHERE n.nspname <> 'public' AND NOT EXISTS (
            SELECT FROM members e WHERE e.objid = n.oid AND e.classid = 'pg_namespace'::regclass)
"""
COLUMNS = """
    SELECT 'column', c.identity, quote_ident(a.attname), '', c.identity,
           json_build_object(
             'type', format_type(a.atttypid, a.atttypmod) || CASE
                WHEN a.attcollation = t.typcollation THEN ''
                ELSE ' COLLATE ' || a.attcollation::regcollation END,
             'null', CASE WHEN a.attnotnull THEN 'not allowed' ELSE 'allowed' END,
             'generated', concat(a.attgenerated, a.attidentity),
             'default', coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
    FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
"""
INDEXES = """
    SELECT 'index', format('%%I.%%I', n.nspname, x.relname), '', '', c.identity,
           json_build_object('definition', pg_get_indexdef(i.indexrelid),
             'state', CASE WHEN i.indisvalid THEN 'valid' ELSE 'INVALID' END)
    FROM relations c JOIN pg_index i ON i.indrelid = c.oid
    JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid
                      AND k.contype IN ('p', 'u', 'x'))
"""
CONSTRAINTS = """
    SELECT 'constraint', c.identity, quote_ident(k.conname), '', c.identity,
           json_build_object('definition', pg_get_constraintdef(k.oid))
    FROM relations c JOIN pg_constraint k ON k.conrelid = c.oid
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
"""
TRIGGERS = """
    SELECT 'trigger', c.identity, quote_ident(t.tgname),
           -- Whose code it runs; PostgreSQL's own and that of extensions is nobody's.
           CASE WHEN p.oid < 16384 OR EXISTS (
                SELECT FROM members e WHERE e.objid = p.oid AND e.classid = 'pg_proc'::regclass)
             THEN '' ELSE pg_get_userbyid(p.proowner)::text END, c.identity,
           json_build_object('definition', pg_get_triggerdef(t.oid),
             'state', CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
                        ELSE concat('enabled for ', t.tgenabled) END)
    FROM relations c JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal
"""
RULES = """
    SELECT 'rule', c.identity, quote_ident(r.rulename), '', c.identity,
           json_build_object('definition', pg_get_ruledef(r.oid),
             'state', CASE r.ev_enabled WHEN 'O' THEN 'enabled' ELSE 'disabled' END)
    FROM relations c JOIN pg_rewrite r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'
"""
POLICIES = """
    SELECT 'policy', c.identity, quote_ident(p.polname), '', c.identity,
           json_build_object('definition', format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s',
               p.polname, c.identity,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                 WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
               (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC'
                                  ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                FROM unnest(p.polroles) r))
             || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
             || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''))
    FROM relations c JOIN pg_policy p ON p.polrelid = c.oid
"""
FUNCTIONS = """
    SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'routine' END,
           format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           '', pg_get_userbyid(p.proowner)::text, '',
           json_build_object('definition', CASE p.prokind WHEN 'a' THEN md5(p.prosrc)
                               ELSE md5(pg_get_functiondef(p.oid)) END,
             'language', l.lanname, 'runs as', CASE WHEN p.prosecdef THEN 'its owner' ELSE '' END)
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.oid >= 16384 AND NOT EXISTS (
            SELECT FROM members e WHERE e.objid = p.oid AND e.classid = 'pg_proc'::regclass)
      AND (n.nspname = 'pg_catalog' OR n.oid IN (SELECT s.oid FROM namespaces s))
"""
TYPES = """
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
           format('%%I.%%I', n.nspname, t.typname), '', pg_get_userbyid(t.typowner)::text, '',
           json_build_object('definition', coalesce(
             (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = t.oid),
             (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                                ORDER BY a.attnum)
              FROM pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped),
             concat_ws(' ', format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typdefault,
               (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                FROM pg_constraint k WHERE k.contypid = t.oid))))
    FROM pg_type t JOIN namespaces n ON n.oid = t.typnamespace
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('d', 'e', 'c', 'r', 'b') AND t.typelem = 0
      AND (t.typrelid = 0 OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM members e WHERE e.objid = t.oid
                      AND e.classid = 'pg_type'::regclass)
"""
# All else, by PostgreSQL's own words for it. Whoever has a cast, it has no owner.
OTHERS = """
    SELECT o.type, o.identity, '', x.owner, '', json_build_object('definition', x.definition)
    FROM (
      SELECT 'pg_event_trigger'::regclass AS classid, oid, pg_get_userbyid(evtowner)::text AS owner,
             format('on %%s: %%s%%s', evtevent, evtfoid::regprocedure,
                    CASE evtenabled WHEN 'D' THEN ', disabled' ELSE '' END) AS definition
        FROM pg_event_trigger
      UNION ALL SELECT 'pg_publication'::regclass, p.oid, pg_get_userbyid(pubowner)::text,
             CASE WHEN puballtables THEN 'all tables' ELSE coalesce((
               SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY 1)
               FROM pg_publication_rel r WHERE r.prpubid = p.oid), '') END FROM pg_publication p
      UNION ALL SELECT 'pg_subscription'::regclass, oid, pg_get_userbyid(subowner)::text, ''
        FROM pg_subscription
        WHERE subdbid = (SELECT d.oid FROM pg_database d WHERE datname = current_database())
      UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid,
             pg_get_userbyid(fdwowner)::text, ''
        FROM pg_foreign_data_wrapper
      UNION ALL SELECT 'pg_foreign_server'::regclass, oid, pg_get_userbyid(srvowner)::text, ''
        FROM pg_foreign_server
      UNION ALL SELECT 'pg_language'::regclass, oid, pg_get_userbyid(lanowner)::text,
             CASE WHEN lanpltrusted THEN '' ELSE 'untrusted' END
        FROM pg_language WHERE oid >= 16384
      UNION ALL SELECT 'pg_cast'::regclass, oid, '',
             concat(castcontext, ' ', castfunc::regprocedure)
        FROM pg_cast WHERE oid >= 16384
      UNION ALL SELECT 'pg_operator'::regclass, oid, pg_get_userbyid(oprowner)::text,
             oprcode::text
        FROM pg_operator WHERE oid >= 16384
      UNION ALL SELECT 'pg_opclass'::regclass, oid, pg_get_userbyid(opcowner)::text, ''
        FROM pg_opclass WHERE oid >= 16384
      UNION ALL SELECT 'pg_collation'::regclass, oid, pg_get_userbyid(collowner)::text, ''
        FROM pg_collation WHERE oid >= 16384
      UNION ALL SELECT 'pg_conversion'::regclass, oid, pg_get_userbyid(conowner)::text,
             conproc::text FROM pg_conversion WHERE oid >= 16384
      UNION ALL SELECT 'pg_ts_config'::regclass, oid, pg_get_userbyid(cfgowner)::text, ''
        FROM pg_ts_config WHERE oid >= 16384
      UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, pg_get_userbyid(stxowner)::text, ''
        FROM pg_statistic_ext
    ) x CROSS JOIN LATERAL pg_identify_object(x.classid, x.oid, 0) o
    WHERE NOT EXISTS (SELECT FROM members e WHERE e.objid = x.oid AND e.classid = x.classid)
      AND (coalesce(o.schema, 'pg_catalog') = 'pg_catalog'
           OR o.schema IN (SELECT quote_ident(s.nspname) FROM namespaces s))
"""

READ = SCOPE + " UNION ALL ".join(
    (
        TABLES,
        SCHEMAS,
        COLUMNS,
        INDEXES,
        CONSTRAINTS,
        TRIGGERS,
        RULES,
        POLICIES,
        FUNCTIONS,
        TYPES,
        OTHERS,
    )
)
READ_TABLES_OF_REVISIONS = """
    SELECT n.nspname AS schema, c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND (n.nspname = %(schema)s
      OR pg_get_userbyid(n.nspowner) = %(owner)s OR n.nspname = 'public')
      AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1
"""


def read(cursor: Any, schema: str, owner: str) -> Structure:
    """The Structure of the cursor's database, as far as it belongs to who owns the schema.

    What comes and goes meanwhile makes PostgreSQL's own functions fail; then nothing is known.
    """
    names = {"schema": schema, "owner": owner}
    cursor.execute("SAVEPOINT structure")
    try:
        cursor.execute(READ, names)
        things = dict(_named(row) for row in cursor.fetchall())
        cursor.execute(READ_TABLES_OF_REVISIONS, names)
        revisions: list[str] = []
        for row in cursor.fetchall():
            table = sql.Identifier(row["schema"], row["name"])
            cursor.execute(sql.SQL("SELECT version_num::text AS revision FROM {}").format(table))
            revisions += [each["revision"] for each in cursor.fetchall()]
    except psycopg2.Error as exc:
        cursor.execute("ROLLBACK TO SAVEPOINT structure")
        return Structure(why=(exc.diag.message_primary or str(exc)).strip())
    return Structure(things, tuple(sorted(revisions)))


def _named(row: Mapping[str, Any]) -> tuple[str, Thing]:
    where = f"{row['identity']}.{row['rest']}" if row["kind"] == "column" else row["identity"]
    if row["rest"] and row["kind"] != "column":
        where = f"{row['rest']} on {row['identity']}"
    thing = Thing(row["kind"], row["attributes"], row["owner"], row["on_table"])
    return f"{row['kind']} {where}", thing
