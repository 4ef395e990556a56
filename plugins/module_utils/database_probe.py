# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file runs in the application's virtual environment, as a program of its own (see
# migrations.py), so it may import nothing of Ansible or of this collection.
"""Connects as the application does, and reads the revisions that its database is at.

Writes one JSON object to the file descriptor that its first argument names; the second
argument is the database URL's environment variable.
"""

from __future__ import annotations

import json
import os
import re
import sys


def driver():
    try:
        import psycopg2

        return psycopg2
    except ImportError:
        import psycopg

        return psycopg


def probe(url):
    """{"revisions": [...]}, None where no table has them; or {"error": ..., "layer": ...}."""
    try:
        module = driver()
    except ImportError:
        return {"layer": "driver", "error": "neither psycopg2 nor psycopg can be imported"}
    # SQLAlchemy's spelling of a driver is not libpq's.
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
    try:
        connection = module.connect(url, connect_timeout=5)
    except (module.Error, UnicodeError) as exc:
        return {"layer": "connection", "error": str(exc).strip()}
    try:
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = '10s'")
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {"revisions": None}
        cursor.execute("SELECT version_num FROM alembic_version ORDER BY 1")
        return {"revisions": [row[0] for row in cursor.fetchall()]}
    except module.Error as exc:
        return {"layer": "privileges", "error": str(exc).strip()}
    finally:
        connection.close()


def main():
    answer, variable = int(sys.argv[1]), sys.argv[2]
    url = os.environ.get(variable)
    found = probe(url) if url else {"layer": "config", "error": f"{variable} is not set"}
    with os.fdopen(answer, "w", encoding="utf-8") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main()
