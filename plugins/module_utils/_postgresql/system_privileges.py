# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do more with PostgreSQL's own objects than initdb has given.

pg_authid has all verifiers of passwords, and functions such as pg_read_file() read as the server.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Granted(NamedTuple):
    """One privilege; object and grantee are as SQL spells them, such as "TABLE pg_authid"."""

    privilege: str
    object: str
    grantee: str


# Numbers below 16384 are given by initdb. Of information_schema, pg_init_privs does not have what
# its own script grants.
READ = """
    SELECT concat(a.privilege_type, ' ' || o.columns) AS privilege, o.object,
           coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee
    FROM (
      SELECT 'pg_class'::regclass AS classid, c.oid, 0 AS number,
             'TABLE ' || c.oid::regclass AS object, NULL AS columns, c.relowner AS owner,
             c.relacl AS acl, acldefault('r', c.relowner) AS born
        FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relacl IS NOT NULL
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid, t.attnum, 'TABLE ' || c.oid::regclass,
             format('(%I)', t.attname), c.relowner, t.attacl, NULL
        FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND t.attacl IS NOT NULL
      UNION ALL
      SELECT 'pg_proc'::regclass, p.oid, 0, 'FUNCTION ' || p.oid::regprocedure, NULL, p.proowner,
             p.proacl, acldefault('f', p.proowner)
        FROM pg_proc p WHERE p.oid < 16384 AND p.proacl IS NOT NULL
      UNION ALL
      SELECT 'pg_namespace'::regclass, n.oid, 0, 'SCHEMA ' || quote_ident(n.nspname), NULL,
             n.nspowner, n.nspacl, CASE n.nspname WHEN 'information_schema'
               THEN acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false)
               ELSE acldefault('n', n.nspowner) END
        FROM pg_namespace n
        WHERE n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspacl IS NOT NULL
      UNION ALL
      SELECT 'pg_language'::regclass, l.oid, 0, 'LANGUAGE ' || quote_ident(l.lanname), NULL,
             l.lanowner, l.lanacl, acldefault('l', l.lanowner)
        FROM pg_language l WHERE l.oid < 16384 AND l.lanacl IS NOT NULL
    ) o
    LEFT JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = (o.classid, o.oid, o.number)
    CROSS JOIN LATERAL aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> o.owner AND NOT EXISTS (
      SELECT FROM (SELECT i.initprivs AS acl UNION ALL
                   SELECT o.born WHERE i.initprivs IS NULL OR o.object LIKE 'SCHEMA info%') known
      CROSS JOIN LATERAL aclexplode(known.acl) b
      WHERE (b.grantee, b.privilege_type) = (a.grantee, a.privilege_type))
    ORDER BY 2, 3, 1
"""


def read(cursor: Any) -> list[Granted]:
    """All of the cursor's database."""
    cursor.execute(READ)
    return [Granted(row["privilege"], row["object"], row["grantee"]) for row in cursor.fetchall()]


def revoke(granted: Granted) -> str:
    """The statement that takes it back."""
    return f"REVOKE {granted.privilege} ON {granted.object} FROM {granted.grantee}"
