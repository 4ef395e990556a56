# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server's own catalogue says of a login that it refused, and never tells a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba_match

PASSWORD_METHODS = ("scram-sha-256", "md5", "password")
# What the server hides or leaves open, by the codes of connection_info.
OPEN = ("auth.rejected", "auth.pg_hba", "auth.role_refused", "auth.wrong_method", "auth.nologin")
NOT_ACCEPTING = "tcp.not_accepting"


def explain(attempt: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[str, str]:
    """(code, message): which of the server's reasons it is; the attempt's own code, and "",
    where there is no better one.

    attempt is what connection_info returned. facts has role (None where it does not exist),
    rules (of pg_hba_file_rules), roles, own (see pg_hba_match.py) and unloaded (whether
    pg_hba.conf changed after the server read it).
    """
    code = attempt["code"]
    if code not in OPEN:
        return code, ""
    found = {**attempt, "roles": facts["roles"], "own": facts["own"]}
    client = cast("pg_hba_match.Client", found)
    rule = pg_hba_match.first(facts["rules"], client)
    if rule is None:
        return _without_rule(client, facts)
    line = f"line {rule['line_number']} of pg_hba.conf ({describe(rule)})"
    if rule["auth_method"] == "reject":
        return "auth.reject_line", f"{line} rejects {_who(client)}"
    if code == "auth.pg_hba":
        stale = ", which the running server has not read yet" if facts["unloaded"] else ""
        return "auth.no_pg_hba_line", f"{line} would let {_who(client)} in{stale}"
    return _of_role(attempt, facts["role"], rule, line)


def describe(rule: Mapping[str, Any]) -> str:
    """A rule of pg_hba_file_rules as a line."""
    netmask = f"/{rule['netmask']}" if rule["netmask"] else ""
    address = [rule["address"] + netmask] if rule["address"] else []
    names = [",".join(rule["database"]), ",".join(rule["user_name"])]
    return " ".join([rule["type"], *names, *address, rule["auth_method"]])


def _who(client: Mapping[str, Any]) -> str:
    place = f"from {client['address']}" if client["address"] else "over the local socket"
    tls = " with TLS" if client["tls"] else " without TLS" if client["address"] else ""
    return f"{client['user']} to {client['database']} {place}{tls}"


def _without_rule(client: pg_hba_match.Client, facts: Mapping[str, Any]) -> tuple[str, str]:
    other = pg_hba_match.first(facts["rules"], {**client, "tls": not client["tls"]})
    if client["address"] and other and other["auth_method"] != "reject":
        code = "tls.forbidden" if client["tls"] else "tls.required"
        return code, f"line {other['line_number']} of pg_hba.conf is {describe(other)}"
    return "auth.no_pg_hba_line", f"no line of pg_hba.conf is for {_who(client)}"


def _of_role(
    attempt: Mapping[str, Any], role: Mapping[str, Any] | None, rule: Mapping[str, Any], line: str
) -> tuple[str, str]:
    user, method = attempt["user"], rule["auth_method"]
    if method not in (*PASSWORD_METHODS, "trust"):
        return "auth.wrong_method", f"{line} asks for {method}, and the application has a password"
    if role is None:
        return "auth.unknown_role", f"there is no role {user}"
    if method == "scram-sha-256" and role["kept"] == "md5":
        return "auth.wrong_method", f"{line} asks for SCRAM; the password of {user} is kept as MD5"
    if not role["login"] and attempt["code"] != "auth.rejected":
        return "auth.nologin", f"the role {user} has NOLOGIN"
    if role["kept"] == "not":
        return "auth.no_password_set", f"the role {user} has no password"
    if role["expired"]:
        return "auth.expired_password", f"the password of {user} expired at {role['valid_until']}"
    if attempt["code"] == "auth.rejected":
        return "auth.wrong_password", f"the role {user} has another password; {line} applies"
    return attempt["code"], ""


def state(status: str, control: str) -> tuple[str, str]:
    """(code, message) of a server that takes no sessions.

    status is the last line of postmaster.pid, control the state that pg_controldata prints.
    """
    if status == "stopping":
        return "tcp.shutting_down", "the server is shutting down"
    if status == "standby" or "recovery" in control:
        return "tcp.in_recovery", f"the server is {control or 'a standby without queries'}"
    if status == "starting":
        return "tcp.starting_up", f"the server is starting up ({control})"
    return NOT_ACCEPTING, ""
