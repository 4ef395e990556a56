# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects with the driver that the application would use, and reads what its role may do.

The question has driver, parameters and endpoints (see _postgresql/url.py), schema, tables
(the privileges that the role needs on each) and timeout (seconds). The answer has driver
(name, version, libpq) and session (see READ_*); or error, its sqlstate where it has one, and
the layer that it is of: driver, connection, or session, of which a part was read.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import exchange

PACKAGES = {"psycopg_async": "psycopg"}
WITH_LIBPQ = ("psycopg", "psycopg2", "psycopg2cffi")

READ_SESSION = """
    SELECT current_user AS role, current_database() AS database,
           current_setting('server_version') AS server_version,
           current_setting('server_version_num')::int AS server_version_number,
           pg_is_in_recovery() AS in_recovery,
           current_setting('default_transaction_read_only') = 'on' AS read_only,
           pg_backend_pid() AS backend_pid,
           host(inet_server_addr()) AS address, inet_server_port() AS port,
           host(inet_client_addr()) AS client_address,
           current_setting('search_path') AS search_path,
           current_setting('max_connections')::int AS max_connections,
           current_setting('superuser_reserved_connections')::int
             + coalesce(current_setting('reserved_connections', true)::int, 0)
             AS reserved_connections,
           (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
           r.rolsuper AS superuser, r.rolconnlimit AS role_limit,
           d.datconnlimit AS database_limit, d.oid::bigint AS database_number
    FROM pg_roles r, pg_database d
    WHERE r.rolname = current_user AND d.datname = current_database()
"""
# The role's other sessions in this database, by which a process may be found at their other ends.
READ_CLIENTS = """
    SELECT pid, coalesce(host(client_addr), '') AS address, client_port AS port,
           datname AS database
    FROM pg_stat_activity
    WHERE usename = current_user AND pid <> pg_backend_pid() AND client_port IS NOT NULL
"""
READ_TLS = (
    "SELECT version AS protocol, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
)
READ_SCHEMA = """
    SELECT has_schema_privilege(n.oid, 'USAGE') AS usage,
           has_schema_privilege(n.oid, 'CREATE') AS create,
           n.nspname = ANY (current_schemas(false)) AS in_search_path,
           (SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = n.oid
            AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version') AS tables
    FROM pg_namespace n WHERE n.nspname = %(schema)s
"""
# What the role lacks of what it needs: on tables, on the sequences of serial columns (those of
# identity columns need nothing), and on what the tables' owners will create later.
READ_LACKING = """
    WITH here AS (SELECT oid, nspowner FROM pg_namespace WHERE nspname = %(schema)s),
    needs AS (
        SELECT 'table' AS kind, 'r' AS letter, unnest(%(tables)s::text[]) AS privilege
        UNION ALL SELECT 'sequence', 'S', 'USAGE' WHERE 'INSERT' = ANY (%(tables)s::text[])
    ),
    objects AS (
        SELECT c.oid, c.relname, c.relowner,
               CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END AS letter,
               -- A table of revisions, which only who migrates writes.
               c.relname = 'alembic_version' OR c.relnatts = 1 AND EXISTS (
                   SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1
                   AND a.attname = 'version_num') AS is_of_revisions
        FROM pg_class c, here WHERE c.relnamespace = here.oid AND c.relkind IN ('r', 'p', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                          AND d.objid = c.oid
                          AND (d.deptype = 'e' OR d.deptype = 'i' AND c.relkind = 'S'))
    ),
    creators AS (
        SELECT DISTINCT owner FROM (SELECT relowner FROM objects UNION SELECT nspowner FROM here)
          AS o(owner)
        WHERE NOT pg_has_role(owner, 'USAGE')
          AND pg_get_userbyid(owner) NOT IN ('postgres', 'pg_database_owner')
    )
    SELECT n.kind, o.relname::text AS name, n.privilege
    FROM objects o JOIN needs n USING (letter)
    WHERE NOT (o.is_of_revisions AND n.privilege <> 'SELECT')
      AND NOT CASE o.letter WHEN 'S' THEN has_sequence_privilege(o.oid, n.privilege)
              ELSE has_table_privilege(o.oid, n.privilege) END
    UNION ALL
    SELECT 'default', pg_get_userbyid(c.owner)::text || '''s new ' || n.kind || 's', n.privilege
    FROM creators c, needs n, here
    WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
      AND NOT EXISTS (
        SELECT FROM pg_default_acl a, aclexplode(a.defaclacl) AS granted
        WHERE a.defaclrole = c.owner AND a.defaclobjtype = n.letter::"char"
          AND a.defaclnamespace IN (0, here.oid) AND granted.privilege_type = n.privilege
          AND (granted.grantee = 0 OR pg_has_role(granted.grantee, 'USAGE')))
    ORDER BY 1, 2, 3
"""


def load_driver(name: str) -> ModuleType:
    """The driver's module: the URL's, or the one that this SQLAlchemy takes by itself; of "any" the
    first that is there."""
    if name not in ("", "any"):
        return importlib.import_module(PACKAGES.get(name, name))
    try:
        version = importlib.metadata.version("SQLAlchemy")
    except importlib.metadata.PackageNotFoundError:
        names = ["psycopg2", "psycopg"]
    else:
        numbers = tuple(int(part) for part in version.split(".")[:2])
        names = ["psycopg"] if numbers >= (2, 1) else ["psycopg2"]
        names += sorted({"psycopg", "psycopg2"} - set(names)) if name == "any" else []
    for candidate in names[:-1]:
        try:
            return importlib.import_module(candidate)
        except ImportError:
            continue
    return importlib.import_module(names[-1])


def libpq_version(module: ModuleType) -> int | None:
    """libpq's version as a number, such as 170002; None where the driver does not tell."""
    version: int | None = getattr(module, "__libpq_version__", None)
    if version is None and hasattr(module, "pq"):
        version = module.pq.version()
    return version


def connect(module: ModuleType, question: Mapping[str, Any]) -> Any:
    """A connection to the first endpoint that takes one, as libpq chooses."""
    endpoints = question["endpoints"]
    place = {
        "host": ",".join(endpoint["host"] for endpoint in endpoints),
        "port": ",".join(str(endpoint["port"]) for endpoint in endpoints),
    }
    # libpq looks the name up where there is no address.
    if all(endpoint["hostaddr"] for endpoint in endpoints):
        place["hostaddr"] = ",".join(endpoint["hostaddr"] for endpoint in endpoints)
    limits = {"connect_timeout": max(2, question["timeout"])}
    own = {"application_name": "flaskops.stack"}
    return module.connect(**{**own, **question["parameters"], **place, **limits})


def read_session(connection: Any, question: Mapping[str, Any], facts: dict[str, Any]) -> None:
    """Add all facts, in one read-only transaction that leaves nothing behind in the session."""
    cursor = connection.cursor()
    values = {"schema": question["schema"], "tables": question["tables"]}
    timeout = question["timeout"]
    cursor.execute(f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '{timeout:d}s'")
    facts.update(rows(cursor, READ_SESSION)[0])
    # How the server has authenticated this session, which it tells from version 16 on.
    facts["authenticated"] = None
    if facts["server_version_number"] >= 160000:
        facts["authenticated"] = rows(cursor, "SELECT system_user AS identity")[0]["identity"]
    # Behind a pooler, the server's process is not the one that this side has logged in to.
    facts["pooled"] = connection.info.backend_pid != facts["backend_pid"]
    facts["tls"] = next(iter(rows(cursor, READ_TLS)), None)
    facts["clients"] = rows(cursor, READ_CLIENTS)
    facts["schema"] = next(iter(rows(cursor, READ_SCHEMA, values)), None)
    facts["lacking"] = rows(cursor, READ_LACKING, values)
    cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
    facts["has_version_table"] = cursor.fetchone()[0]
    facts["revisions"] = None
    unreadable = any(
        lack["kind"] == "table" and lack["name"] == "alembic_version" for lack in facts["lacking"]
    )
    if facts["has_version_table"] and not unreadable:
        found = rows(cursor, "SELECT version_num FROM alembic_version ORDER BY 1")
        facts["revisions"] = [row["version_num"] for row in found]


def rows(cursor: Any, query: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    cursor.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def sqlstate(error: object) -> str:
    """The SQLSTATE of a driver's exception; "" where it has none."""
    state: str = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
    return state


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    try:
        module = load_driver(question["driver"])
    except Exception as exc:
        python = "python{}.{}".format(*sys.version_info)
        if isinstance(exc, ModuleNotFoundError):
            return {"layer": "driver", "missing": exc.name, "error": str(exc), "python": python}
        error = f"{type(exc).__name__}: {exc}"
        return {"layer": "driver", "missing": "", "error": error, "python": python}
    found: dict[str, Any] = {
        "driver": {
            "name": module.__name__,
            "version": getattr(module, "__version__", "").partition(" ")[0],
            "libpq": libpq_version(module),
        }
    }
    if module.__name__ not in WITH_LIBPQ or not question["endpoints"]:
        return found
    try:
        connection = connect(module, question)
    except Exception as exc:
        return {**found, "layer": "connection", "error": str(exc).strip()}
    found["session"] = {}
    try:
        read_session(connection, question, found["session"])
    except Exception as exc:
        found.update(layer="session", error=str(exc).strip(), sqlstate=sqlstate(exc))
    finally:
        connection.close()
    return found


if __name__ == "__main__":
    exchange.answer(answer)
