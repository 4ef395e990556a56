# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an upgrade was refused or failed, beside the codes of the layers."""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils.connectivity import schema
from ansible_collections.flaskops.stack.plugins.module_utils.connectivity.outcome import Code

CODES = {
    "no_flask_migrate": Code(
        "The application migrates in another way, or FLASK_APP names another application.",
        "Initialise Flask-Migrate in it: Migrate(app, db); or correct FLASK_APP.",
    ),
    "no_such_revision": Code(
        "The target is mistyped, or is a revision of another release.",
        "Name a revision that flask db history shows, head, or heads.",
    ),
    "pooled": Code(
        "The URL leads to a pooler such as PgBouncer in transaction mode, through which no"
        " session, and so no lock, can be held.",
        "Give the URL of the server itself as database_url (migrations_database_url).",
    ),
    "wait_timeout": Code(
        "Another host migrates at the moment, or one that did hangs.",
        "Wait and run it again, or raise wait; see the session that is named.",
    ),
    "lock_timeout": Code(
        "Another session holds a lock on what the migration changes: a long transaction, a"
        " forgotten psql, a backup.",
        "End the session that is named (SELECT pg_terminate_backend(PID)), or run it again"
        " later; raise lock_timeout only where requests may wait as long.",
    ),
    "statement_timeout": Code(
        "A statement took longer than statement_timeout.",
        "Raise statement_timeout, or split the migration into smaller steps.",
    ),
    "deadlock": Code(
        "The migration and another session waited for each other.",
        "Run it again; where it stays, stop the service while it migrates.",
    ),
    "connection_lost": Code(
        "The server was restarted, or somebody ended the session, during the migration.",
        "Run it again: what was not committed was rolled back.",
    ),
    "slow": Code(
        "The machine has too much other work, or the application takes long to load.",
        "See what takes the time (top, vmstat 1), and run it again when it is less.",
    ),
    "incomplete": Code(
        "A migration changes the table of revisions, or the env.py leaves revisions out.",
        "See env.py, and the revision at which it stopped.",
    ),
    "failed": Code(
        "The migration does not fit the database, or has a mistake.",
        "Correct the migration, or what was changed by hand in the database, and run it again:"
        " what was not committed was rolled back.",
    ),
}


def codes():
    """{code: Code}, by their whole names."""
    return {f"upgrade.{name}": code for name, code in CODES.items()}


def full_name(code):
    """The whole name of a code of programs/upgrade.py: some are the layer schema's."""
    return f"schema.{code}" if code in schema.CODES else f"upgrade.{code}"
