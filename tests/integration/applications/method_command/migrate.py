"""Runs the files of sql/ that have not run, each in a transaction, as some applications do."""

import os
from pathlib import Path

import psycopg2

with psycopg2.connect(os.environ["DATABASE_URL"].replace("+psycopg2", "")) as connection:
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS applied (name text PRIMARY KEY)")
    for path in sorted(Path("sql").glob("*.sql")):
        cursor.execute("SELECT count(*) FROM applied WHERE name = %s", [path.name])
        if not cursor.fetchone()[0]:
            print("applying", path.name, "with", os.environ["DATABASE_URL"], flush=True)
            cursor.execute(path.read_text())
            cursor.execute("INSERT INTO applied VALUES (%s)", [path.name])
    connection.commit()
