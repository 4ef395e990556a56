# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an upgrade was refused or failed, besides the codes of the layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import schema
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import Code

CODES = {
    "no_flask_migrate": Code(
        "The application migrates in another way, its requirements leave Flask-Migrate out, or"
        " FLASK_APP names another application.",
        "Add Flask-Migrate to its requirements, and initialise it: Migrate(app, db); or correct"
        " FLASK_APP; or declare how it migrates (migrations_method).",
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
    "concurrent_timeout": Code(
        "A session has a transaction that is older than what is built CONCURRENTLY, which waits for"
        " all of these: a backup, a report, a forgotten psql.",
        "End the session that is named (SELECT pg_terminate_backend(PID)), or wait for it, and run"
        " it again; raise concurrent_timeout (migrations_concurrent_timeout) where such"
        " transactions are usual.",
    ),
    "own_session": Code(
        "The application, or its env.py, has another session with an open transaction, for which"
        " its own migration waits.",
        "End that transaction before the migration begins (commit() or close()), and run it again.",
    ),
    "invalid_index": Code(
        "Somebody else's CREATE INDEX CONCURRENTLY failed, or goes on; a migration that takes the"
        " index for its own would leave it INVALID, which no query uses.",
        "Where no session builds it (SELECT * FROM pg_stat_progress_create_index), drop it (DROP"
        " INDEX CONCURRENTLY and its name), and run it again.",
    ),
    "statement_timeout": Code(
        "A statement took longer than statement_timeout.",
        "Raise statement_timeout, or split the migration into smaller steps.",
    ),
    "deadlock": Code(
        "The migration and another session waited for each other.",
        "Run it again; where it stays, stop the service while it migrates.",
    ),
    "command_failed": Code(
        "The command (migrations_command) does not fit the release or the database, or has a"
        " mistake.",
        "See the last lines of what it printed; correct it, and run it again.",
    ),
    "command_timeout": Code(
        "The command took longer than it may (migrations_command_timeout), or waits for something.",
        "Raise the limit, or see what it waits for (SELECT * FROM pg_stat_activity).",
    ),
    "connection_lost": Code(
        "The server was restarted, or somebody ended the session, during the migration.",
        "Run it again; see what is said to be committed.",
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
        "Correct the migration, or what was changed by hand in the database, and run it again.",
    ),
}


def codes() -> dict[str, Code]:
    """{code: Code}, by their whole names."""
    return {f"upgrade.{name}": code for name, code in CODES.items()}


def full_name(code: str) -> str:
    """The whole name of a code of programs/upgrade.py: some are the layer schema's."""
    return f"schema.{code}" if code in schema.CODES else f"upgrade.{code}"


def left(found: Mapping[str, Any]) -> str:
    """What a failed revision has left in the database, as sentences; see progress.Progress."""
    if "committed" not in found:
        return ""
    if found["committed"] is None:
        return " The database could not be read again: what of it is committed is not known."
    text = f" Committed before it: {'; '.join(found['applied'])}." if found["applied"] else ""
    if not found["committed"]:
        text += " Nothing of it is committed."
    else:
        text += f" Of it is committed: {'; '.join(found['committed'])}."
    if found["earlier"]:
        text += f" A former run of it has committed: {'; '.join(found['earlier'])}."
    if found["cleans_up"]:
        text += " What is INVALID or half detached of this is put right when it is run again."
    elif found["committed"] or found["earlier"]:
        text += " Undo that by hand, or let the migration leave out what is there (IF NOT EXISTS)."
    return text
