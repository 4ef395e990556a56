# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the server accept the role and its password from here?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    skipped,
    warning,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import administrator

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ("config", "url", "dns", "tcp", "tls")

CODES = {
    "no_password": Code(
        "The URL has no password, and neither PGPASSWORD nor a password file has one.",
        "Put the password into the URL, percent-encoded.",
    ),
    "rejected": Code(
        "The password is wrong or expired, or the role does not exist: the server does not tell.",
        "See the server's log, or run flaskops.stack.diagnose with the database host in the"
        " inventory, which tells which of them it is.",
    ),
    "wrong_password": Code(
        "The role's password was changed, or the URL has another.",
        "Set it: ALTER ROLE ... PASSWORD ..., or correct the URL and restart the service.",
    ),
    "expired_password": Code(
        "The role has VALID UNTIL, and that time has passed.",
        "ALTER ROLE ... VALID UNTIL 'infinity', or a later time.",
    ),
    "no_password_set": Code(
        "The role has no password, so none can be right.",
        "Set one: ALTER ROLE ... PASSWORD ...",
    ),
    "unknown_role": Code(
        "The role was dropped or renamed, or the URL has a mistyped user.",
        "Create it (flaskops.stack.site does), or correct the URL.",
    ),
    "nologin": Code(
        "The role has NOLOGIN: somebody locked it, or it was made as a group.",
        "ALTER ROLE ... LOGIN",
    ),
    "role_refused": Code(
        "The role does not exist, or has NOLOGIN.",
        "Create it, or ALTER ROLE ... LOGIN.",
    ),
    "pg_hba": Code(
        "No line of pg_hba.conf lets this role into this database from this address, or a"
        " line with reject does not.",
        "Add a line above it (flaskops.stack.site does), and reload the server.",
    ),
    "no_pg_hba_line": Code(
        "No line of pg_hba.conf is for this role, database, address and encryption.",
        "Add one (flaskops.stack.site does), and reload the server.",
    ),
    "reject_line": Code(
        "A line of pg_hba.conf with the method reject matches first.",
        "Remove it, or put a line above it that lets the role in, and reload the server.",
    ),
    "wrong_method": Code(
        "The line of pg_hba.conf that matches first asks for what the application has not:"
        " peer, ident, gss, cert, or SCRAM where the role's password is stored as MD5.",
        "Make its method scram-sha-256, set the password anew if it is MD5, reload the server.",
    ),
    "administrator": Code(
        "The line of pg_hba.conf for the server's administrator (local all postgres peer) was"
        " changed or removed. The application works; nobody can look after its database.",
        administrator.ANY_CLUSTER,
    ),
    "server_unproven": Code(
        "What answers does not know the password's verifier: it may not be your server.",
        "Find out what listens at this address before you send it anything.",
    ),
    "refused": Code(
        "The server or the pooler refuses the login for a reason of its own.",
        "See the message, and the server's log.",
    ),
}

# The server's routines; their names are not translated.
NO_LINE = "ClientAuthentication"
NO_ROLE = "InitializeSessionUserId"


def check(case: Case) -> Outcome:
    """Judge the login that failed by its SQLSTATE and by how far it came."""
    attempt = case.login()
    user = case.target.parameters.get("user", "")
    if attempt is None:
        locked_out = case.locked_out()
        if locked_out:
            return warning("administrator", locked_out)
        role, how = case.session["role"], case.session["authenticated"]
        return ok(f"as {role}" + (f", by {how}" if how else ""), role=role, authenticated=how)
    error = attempt["error"]
    evidence = {"method": attempt["method"], "user": user, "address": attempt["address"]}
    code = _client_side(attempt) or (_server_side(attempt) if error else None)
    if code:
        message = error["message"] if error else attempt["detail"]
        sqlstate = {"sqlstate": error["sqlstate"]} if error else {}
        return failed(code, message, **evidence, **sqlstate)
    if error and error["sqlstate"].startswith("53"):
        return skipped("not reached: the server has no place for a session")
    return ok(f"as {user}, {attempt['method'] or 'not refused'}", **evidence)


def _client_side(attempt: Mapping[str, Any]) -> str | None:
    known = {"no_password": "no_password", "method": "wrong_method", "scram": "server_unproven"}
    return known.get(attempt["failure"])


def _server_side(attempt: Mapping[str, Any]) -> str | None:
    """The code of a refusal; None where the server refuses for another layer's reason."""
    error, asked = attempt["error"], attempt["method"] not in ("", "none")
    sqlstate, routine = error["sqlstate"], error["routine"]
    if not routine:
        return _of_pooler(error)
    if sqlstate == "28P01":
        return "rejected"
    if sqlstate == "28000" and routine == NO_LINE:
        return "pg_hba"
    if sqlstate == "28000" and routine == NO_ROLE:
        # An unknown role never comes through a password.
        return "nologin" if asked else "role_refused"
    if sqlstate == "28000":
        return "wrong_method"
    return "refused" if sqlstate.startswith("28") or routine == NO_LINE else None


def _of_pooler(error: Mapping[str, Any]) -> str | None:
    """PgBouncer's refusals; its texts are never translated."""
    message = error["message"]
    if "no such user" in message:
        return "unknown_role"
    if "password authentication failed" in message or ("auth" in message and "failed" in message):
        return "rejected"
    if "no such database" in message or "does not exist" in message:
        return None
    return None if error["sqlstate"] not in ("28P01", "28000") else "rejected"
