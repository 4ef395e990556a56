# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the database at the newest revision of the code's migrations?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import failures, runner
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import recognition
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    not_checked,
    ok,
    skipped,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import database_variables
from ansible_collections.flaskops.stack.plugins.module_utils._resources import used_database

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ("config", "url", "driver", "dns", "tcp", "tls", "auth", "database", "privileges")

CODES = {
    "pending": Code(
        "The code was deployed, or the database restored, without migrating.",
        "Migrate: flaskops.stack.migrate, or flask db upgrade (alembic upgrade head).",
    ),
    "unknown_revision": Code(
        "An older release runs on a database that a newer one has migrated, or a migration"
        " was deleted or rewritten.",
        "Deploy the code that has this revision; downgrade the database only with it.",
    ),
    "several_heads": Code(
        "Two branches each added a migration, and nobody merged them.",
        "flask db merge heads, in the code; or upgrade to heads on purpose.",
    ),
    "no_version_table": Code(
        "The tables were made without Alembic (db.create_all(), a restored dump), or somebody"
        " dropped alembic_version.",
        "Find out at which revision the tables are, and write that down:"
        " flaskops.stack.migrate with migrations_stamp=REVISION.",
    ),
    "no_migrations": Code(
        "The directory of the migrations was never made, was not deployed, or has another name.",
        "Make it (flask db init, then flask db migrate) and commit it with the code, or name it"
        " (migrations_scripts; migrations_alembic_config of plain Alembic).",
    ),
    "writes_when_loaded": Code(
        "The application migrates, makes tables or writes rows when it is loaded, outside the lock"
        " and the limits of a migration; it was refused here, and not asked any further.",
        "Take that out of what runs at import and in create_app; flaskops.stack.site migrates.",
    ),
    "no_read_only": Code(
        "The application connects when it is loaded in a way that cannot be made read-only: another"
        " driver, a pooler, a program that it starts. So it was not asked.",
        "Connect when a request needs it, or with psycopg2 or psycopg past the pooler.",
    ),
    "other_database": Code(
        "The application takes its database from a file or a default of its own, and not from the"
        " environment variable.",
        "Let it take the URL from the environment variable (os.environ), and deploy it again;"
        f" {database_variables.OTHERWISE}",
    ),
    "serves_when_loaded": Code(
        "The code calls app.run() when it is imported, which is for one's own machine; under"
        " Gunicorn it would serve beside it, and never come to an end.",
        'Put the call under if __name__ == "__main__":, or leave it out.',
    ),
    "loading_hangs": Code(
        "The application waits for something when it is loaded: a lock, a connection or another"
        " service, or it sleeps. Nothing says that it would ever go on.",
        "Let the line in the message wait no longer than it may, or only when a request needs it;"
        " see what it waits for.",
    ),
    "application": Code(
        "The application cannot be loaded: its configuration, its code or a package is wrong.",
        "See the message; run flask db current (alembic current) as the application's user.",
    ),
}


def check(case: Case) -> Outcome:
    """Ask Alembic, through the application's own env.py."""
    if not case.directory:
        return skipped("no directory of the application is known")
    method = case.asked.migrations_method
    if method == "application":
        return skipped("not checked: it migrates when loaded (migrations_method: application)")
    try:
        found = case.ask_alembic()
    except runner.ApplicationError as exc:
        return failed("application", str(exc))
    except pace.Slow as exc:
        if not exc.waits:
            raise
        place = f"; it is at {exc.place}" if exc.place else ""
        return failed("loading_hangs", f"{exc}{place}", limit=exc.limit, seconds=round(exc.elapsed))
    other = _other_databases(case, found)
    if other:
        return failed(
            "other_database",
            f"the application uses {', '.join(other)}, not the database of"
            f" {database_variables.spoken(case.asked.database_variables)}",
            engines=other,
        )
    if method == "none":
        return skipped("no migrations are declared (migrations_method: none)")
    if method == "command":
        return skipped("it is migrated by a command of its own (migrations_method: command)")
    if found.get("code") == "no_flask_migrate":
        return skipped(found["error"])
    if found.get("code") == "writes_when_loaded":
        return not_checked("writes_when_loaded", found["error"])
    if found.get("code") == "no_read_only":
        return not_checked("no_read_only", found["error"])
    if "error" in found:
        return _broken(found)
    return judge(found)


def _broken(found: Mapping[str, Any]) -> Outcome:
    """The outcome for an application that cannot be loaded or asked."""
    if not found.get("raised"):
        return failed(found.get("code", "application"), found["error"])
    outcome = failed("application", "the application cannot be loaded")
    return recognition.told(outcome, failures.of_answer(found["raised"]))


def _other_databases(case: Case, found: Mapping[str, Any]) -> list[str]:
    """The databases that the application uses in the place of the declared one; or []."""
    if not found.get("engines") or case.has_session():
        return []
    state = used_database.judge(found["engines"], case.target) or {}
    other: list[str] = state.get("other", [])
    return other


def judge(found: Mapping[str, Any]) -> Outcome:
    """The outcome for the answer of alembic_revisions.py."""
    heads, current = found["heads"], found["current"]
    evidence = {
        "current": current,
        "heads": heads,
        "pending": [step["revision"] for step in found["pending"]],
    }
    if found["unknown"]:
        return failed(
            "unknown_revision",
            f"the database is at {', '.join(found['unknown'])}, which this code does not have",
            **evidence,
        )
    if len(heads) > 1:
        return failed("several_heads", f"the code has the heads {', '.join(heads)}", **evidence)
    if found["tables_without_version"]:
        tables = ", ".join(found["tables_without_version"][:3])
        return failed(
            "no_version_table",
            f"there is no {found['version_table']}, and there are tables ({tables}, ...)",
            **evidence,
        )
    if found["pending"]:
        steps = ", ".join(f"{step['revision']} ({step['message']})" for step in found["pending"])
        return failed(
            "pending", f"at {', '.join(current) or 'no revision'}; pending: {steps}", **evidence
        )
    return ok(f"at {', '.join(current) or 'no revision'}, the newest", **evidence)
