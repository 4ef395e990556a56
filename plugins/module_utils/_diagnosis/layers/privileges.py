# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""May the role use the schema, its tables and sequences, and those of later migrations?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    skipped,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ("config", "url", "driver", "dns", "tcp", "tls", "auth", "database")

CODES = {
    "unreadable": Code(
        "A lock on the catalogue or on the table of revisions, or a limit on statements.",
        "See the message; look for long transactions in pg_stat_activity.",
    ),
    "no_schema": Code(
        "The schema was dropped or renamed.",
        "Create it (flaskops.stack.site does).",
    ),
    "schema_usage": Code(
        "USAGE on the schema was never granted, or was revoked.",
        "GRANT USAGE ON SCHEMA ... TO ... (flaskops.stack.site does).",
    ),
    "schema_create": Code(
        "The role that migrates does not own the schema, and CREATE was not granted to it.",
        "Migrate as the schema's owner, or GRANT CREATE ON SCHEMA ... TO ...",
    ),
    "search_path": Code(
        "search_path was set for the role, the database or the server, or in the URL's options.",
        "ALTER ROLE ... RESET search_path, or make it name the schema.",
    ),
    "table": Code(
        "A migration was run by another role than the one whose default privileges are set, or"
        " somebody revoked.",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ... TO ..."
        " (flaskops.stack.site does).",
    ),
    "sequence": Code(
        "Sequences need a grant of their own, which is often forgotten.",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA ... TO ... (flaskops.stack.site does).",
    ),
    "default": Code(
        "ALTER DEFAULT PRIVILEGES was never run for the role that migrates, so the tables of"
        " the next migration will be closed.",
        "ALTER DEFAULT PRIVILEGES FOR ROLE OWNER IN SCHEMA ... GRANT ... TO ..."
        " (flaskops.stack.site does).",
    ),
}


def check(case: Case) -> Outcome:
    """Judge what the session has read of the role's privileges."""
    if case.driver_slow:
        raise case.driver_slow
    if case.session is None:
        return skipped("the driver has no libpq, through which this is asked")
    if case.session_error:
        return failed("unreadable", case.session_error)
    return judge(case.session, case.asked.schema, case.asked.migrates)


def judge(session: Mapping[str, Any], schema: str, migrates: bool) -> Outcome:
    """The outcome for the facts of programs/connection.py."""
    role, found = session["role"], session["schema"]
    if found is None:
        return failed("no_schema", f"there is no schema {schema} in {session['database']}")
    evidence = {"role": role, "schema": schema, "search_path": session["search_path"]}
    if not found["usage"]:
        return failed("schema_usage", f"{role} may not use the schema {schema}", **evidence)
    if not found["in_search_path"]:
        return failed(
            "search_path",
            f"the search_path of {role} is {session['search_path']}, without {schema}",
            **evidence,
        )
    if migrates:
        if not found["create"]:
            return failed("schema_create", f"{role} may not create in {schema}", **evidence)
        return ok(f"{role} may create in {schema}", **evidence)
    for kind in ("table", "sequence", "default"):
        lacking = [lack for lack in session["lacking"] if lack["kind"] == kind]
        if lacking:
            names = sorted({f"{lack['privilege']} on {lack['name']}" for lack in lacking})
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            text = f"{role} has no {', '.join(names[:3])}{more}"
            return failed(kind, text, **evidence, lacking=names)
    return ok(f"{role} may read and write {found['tables']} tables in {schema}", **evidence)
