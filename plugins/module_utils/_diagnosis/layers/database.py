# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the database exist, may the role connect to it, and can it be written?"""

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

NEEDS = ("config", "url", "dns", "tcp", "tls", "auth")

CODES = {
    "missing": Code(
        "The database was dropped or renamed, or the URL has a mistyped name.",
        "Create it (flaskops.stack.site does), or correct the URL.",
    ),
    "no_connect": Code(
        "CONNECT was revoked from PUBLIC, or from the role.",
        "GRANT CONNECT ON DATABASE ... TO ... (flaskops.stack.site does).",
    ),
    "closed": Code(
        "Somebody set ALLOW_CONNECTIONS false, as for a maintenance.",
        "ALTER DATABASE ... ALLOW_CONNECTIONS true",
    ),
    "read_only": Code(
        "The server is a standby, or default_transaction_read_only is on.",
        "Name the primary, or target_session_attrs=read-write with several hosts, in the URL.",
    ),
    "no_suitable_host": Code(
        "No host of the URL is what target_session_attrs asks for: all are standbys, or none is.",
        "Promote one, add the primary to the URL, or change target_session_attrs.",
    ),
    "startup_option": Code(
        "The URL's options= sets what the server or the pooler does not know or allow.",
        "Remove it from the URL, or allow it (PgBouncer: ignore_startup_parameters).",
    ),
    "refused": Code(
        "The server ends the session for a reason of its own.",
        "See the message and the server's log.",
    ),
    "driver_refused": Code(
        "The driver does not connect, although the server would let it.",
        "See the message; compare the URL's parameters with the driver's libpq version.",
    ),
}

SQLSTATES = {
    "3D000": "missing",
    "42501": "no_connect",
    "55000": "closed",
    "22023": "startup_option",
    "42704": "startup_option",
    "42601": "startup_option",
    "55P02": "startup_option",
}


def check(case: Case) -> Outcome:
    """Judge the session, or what ended it after the authentication."""
    attempt = case.login()
    name = case.target.parameters["dbname"]
    if attempt is None:
        return _of_session(case.session)
    error = attempt["error"]
    if error and error["sqlstate"].startswith("53"):
        return skipped("not reached")
    if error:
        code = SQLSTATES.get(error["sqlstate"], "refused")
        if not error["routine"]:
            code = _of_pooler(error["message"])
        return failed(code, error["message"], database=name, sqlstate=error["sqlstate"])
    if attempt.get("unsuitable"):
        return failed("no_suitable_host", attempt["unsuitable"], database=name)
    if case.driver_error:
        return failed("driver_refused", case.driver_error, database=name)
    return ok(f"{name}, by a login without the driver", database=name)


def _of_session(session: Mapping[str, Any]) -> Outcome:
    evidence = {
        key: session[key]
        for key in ("database", "server_version", "address", "port", "in_recovery")
    }
    if session["in_recovery"] or session["read_only"]:
        why = "is a standby" if session["in_recovery"] else "has default_transaction_read_only on"
        return failed("read_only", f"the server of {session['database']} {why}", **evidence)
    return ok(f"{session['database']}, PostgreSQL {session['server_version']}", **evidence)


def _of_pooler(message: str) -> str:
    """PgBouncer's texts are never translated."""
    if "no such database" in message or "does not exist" in message:
        return "missing"
    if "startup parameter" in message:
        return "startup_option"
    return "refused"
