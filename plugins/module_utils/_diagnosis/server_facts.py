# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts about a role, pg_hba.conf and a server's state that server_view.py judges."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session

READ_ROLE = """
    SELECT a.rolcanlogin AS login, a.rolvaliduntil::text AS valid_until,
           coalesce(a.rolvaliduntil < now(), false) AS expired,
           CASE WHEN a.rolpassword IS NULL THEN 'not'
                WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%%' THEN 'scram' ELSE 'md5' END AS kept
    FROM pg_authid a WHERE a.rolname = %(user)s
"""
READ_RULES = """
    SELECT line_number, type, database, user_name, address, netmask, auth_method
    FROM pg_hba_file_rules WHERE error IS NULL ORDER BY line_number
"""
READ_ROLES = """
    SELECT r.rolname::text AS name FROM pg_roles r, pg_roles u
    WHERE u.rolname = %(user)s AND pg_has_role(u.oid, r.oid, 'MEMBER')
"""


def read(login: dict[str, Any], attempt: Mapping[str, Any]) -> dict[str, Any]:
    """What server_view.explain() wants; raises session.ServerError."""
    with session.session(login, readonly=True) as cursor:
        role = _rows(cursor, READ_ROLE, attempt)
        rules = _rows(cursor, READ_RULES, attempt)
        roles = {row["name"] for row in _rows(cursor, READ_ROLES, attempt)}
        path = _rows(cursor, "SELECT current_setting('hba_file') AS path", None)[0]["path"]
        return {
            "role": role[0] if role else None,
            "rules": rules,
            "roles": roles | {attempt["user"]},
            "own": _own_addresses(),
            "unloaded": path in session.read_files(cursor).unloaded,
        }


def read_state(port: int) -> tuple[str, str]:
    """(the last word of postmaster.pid, pg_controldata's state) of the cluster on this port."""
    for line in _output(["pg_lsclusters", "--no-header"]).splitlines():
        fields = line.split()
        if len(fields) >= 6 and fields[2] == str(port):
            program = f"/usr/lib/postgresql/{fields[0]}/bin/pg_controldata"
            return _status(fields[5]), _control(_output([program, fields[5]]))
    return "", ""


def _rows(cursor: Any, query: str, values: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    cursor.execute(query, values)
    return [dict(row) for row in cursor.fetchall()]


def _own_addresses() -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    """This host's addresses with their networks."""
    fields = [line.split() for line in _output(["ip", "-oneline", "address", "show"]).splitlines()]
    return [ipaddress.ip_interface(f[3]) for f in fields if len(f) > 3 and f[2].startswith("inet")]


def _status(data: str) -> str:
    try:
        with open(os.path.join(data, "postmaster.pid"), encoding="ascii", errors="replace") as f:
            lines = f.read().splitlines()
    except OSError:
        return ""
    # The eighth line; see the server's miscadmin.h.
    return lines[7].strip() if len(lines) > 7 else ""


def _control(text: str) -> str:
    for line in text.splitlines():
        name, _colon, value = line.partition(":")
        if name == "Database cluster state":
            return value.strip()
    return ""


def _output(command: list[str]) -> str:
    try:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
        done = pace.run(command, 10, text=True, env=environment)
    except OSError:
        return ""
    output: str = done.stdout
    return output
