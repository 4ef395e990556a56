# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a database has of tables, columns, indexes, types and the like, and how that has changed.

A migration may commit in pieces (transaction_per_migration, autocommit_block, several databases),
so what a failed one has committed is found by looking. Rows are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# More about something, and what it is a part of.
Detail = tuple[str, str]
# By what it is.
Shown = Mapping[str, Detail]

# As many changes as are named.
MAXIMUM = 20

# (what it is, more about it, what it is a part of), without what belongs to extensions. Nothing
# here takes a lock on what is named, such as a function for definitions would.
READ = """
    WITH schemas AS (
        SELECT oid, quote_ident(nspname) AS name FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), relations AS (
        SELECT c.oid, c.relkind, s.name || '.' || quote_ident(c.relname) AS name,
               CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
                 WHEN 'S' THEN 'sequence ' WHEN 'i' THEN 'index ' WHEN 'I' THEN 'index '
                 ELSE 'table ' END || s.name || '.' || quote_ident(c.relname) AS key
        FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I') AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
              AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
    ), types AS (
        SELECT t.oid, t.typtype, 'type ' || s.name || '.' || quote_ident(t.typname) AS key
        FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace WHERE t.typtype IN ('e', 'd')
    )
    SELECT key, '', '' FROM relations WHERE relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'column ' || r.name || '.' || quote_ident(a.attname),
           format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null'
             ELSE '' END || CASE WHEN a.atthasdef THEN ' with a default' ELSE '' END, r.key
    FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid
    WHERE r.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT r.key, 'on ' || t.name || CASE WHEN i.indisvalid THEN '' ELSE ' (INVALID)' END, t.key
    FROM pg_index i JOIN relations r ON r.oid = i.indexrelid JOIN relations t ON t.oid = i.indrelid
    UNION ALL
    SELECT 'index pg_toast.' || quote_ident(c.relname), '(INVALID)', ''
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = 'pg_toast'::regnamespace
    UNION ALL
    SELECT 'constraint ' || quote_ident(c.conname) || ' of ' || r.name,
           CASE WHEN c.convalidated THEN '' ELSE 'NOT VALID' END, r.key
    FROM pg_constraint c JOIN relations r ON r.oid = c.conrelid WHERE c.contype IN ('c', 'f')
    UNION ALL
    SELECT 'partition ' || r.name || ' of ' || p.name,
           CASE WHEN to_jsonb(i) ->> 'inhdetachpending' = 'true' THEN 'which is being detached'
             ELSE '' END, r.key
    FROM pg_inherits i JOIN relations r ON r.oid = i.inhrelid
    JOIN relations p ON p.oid = i.inhparent
    WHERE p.relkind = 'p' AND r.relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT key, '', '' FROM types
    UNION ALL
    SELECT 'value ' || quote_literal(e.enumlabel) || ' of ' || t.key, '', t.key
    FROM pg_enum e JOIN types t ON t.oid = e.enumtypid
    UNION ALL
    SELECT 'function ' || s.name || '.' || quote_ident(p.proname) || '('
           || pg_get_function_identity_arguments(p.oid) || ')', '', ''
    FROM pg_proc p JOIN schemas s ON s.oid = p.pronamespace WHERE NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
          AND d.deptype = 'e')
    UNION ALL
    SELECT 'trigger ' || quote_ident(t.tgname) || ' of ' || r.name, '', r.key
    FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'schema ' || name, '', '' FROM schemas
    UNION ALL
    SELECT 'extension ' || quote_ident(extname), extversion, '' FROM pg_extension
"""


def shown(rows: Iterable[tuple[str, str, str]]) -> dict[str, Detail]:
    """{what it is: (more about it, what it is a part of)} of the rows of READ."""
    return {key: (detail, part_of) for key, detail, part_of in rows}


def changes(before: Shown, after: Shown) -> dict[str, str]:
    """{what: what became of it, in a few words}; of what is new or gone, the parts are left out."""
    added, gone = set(after) - set(before), set(before) - set(after)
    found = {key: _words(key, after[key]) for key in added if after[key][1] not in added}
    for key in set(before) & set(after):
        if before[key][0] != after[key][0]:
            found[key] = f"{_words(key, after[key])}, before: {before[key][0] or 'not so'}"
    found.update({key: f"no {key} any more" for key in gone if before[key][1] not in gone})
    return found


def of_step(before: Shown, own: Shown, after: Shown) -> list[str]:
    """What one step has committed, in a few words each: before is what was committed when it
    began, own what its transaction showed then, with what former steps had done in it."""
    found = changes(own, after)
    texts = [found[key] for key in sorted(found) if before.get(key) != after.get(key)]
    more = len(texts) - MAXIMUM
    return texts[:MAXIMUM] + ([f"{more} more changes"] if more > 0 else [])


def _words(key: str, found: Detail) -> str:
    return f"{key} {found[0]}".strip()
