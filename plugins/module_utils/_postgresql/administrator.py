# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administrator's own way into a server: over its socket, as the system user of the same name.

libpq has one text for all refusals, in the server's language; so the login is made once more by
hand, without a password, as far as the server lets it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace, regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba_match
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import (
    Endpoint,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import protocol

CONFIGURATION = "/etc/postgresql"
HBA_FILE = re.compile(r"^\s*hba_file\s*(?:=|\s)\s*'((?:[^']|'')+)'", re.M | re.I)
ANY_CLUSTER = (
    "sed -i '1i local all postgres peer' /etc/postgresql/*/*/pg_hba.conf"
    " && systemctl reload postgresql"
)
# What the server calls, in its routine, a login that no line is for.
NO_LINE = "ClientAuthentication"


def refusal(login: Mapping[str, Any]) -> str:
    """Why the server does not let its administrator in, in words; "" where it is not that.

    To be called as the administrator's system user. login is as postgresql.login_options() has it.
    """
    folder, port = login["login_unix_socket"], login["login_port"]
    # Only a PostgreSQL server has this beside its socket; a pooler has none.
    if not os.path.exists(f"{folder}/.s.PGSQL.{port}.lock"):
        return ""
    parameters = {"user": login["login_user"], "dbname": "postgres"}
    attempt = protocol.login(
        parameters, Endpoint(folder, "", port), folder, pace.stretched(10), tls=False,
        credentials=False,
    )  # fmt: skip
    return reason(attempt, login["login_user"])


def reason(attempt: Mapping[str, Any], user: str) -> str:
    """The words for what protocol.login() returned; "" where nobody was refused."""
    error = attempt["error"] or {}
    if attempt["failure"] in ("asked", "method"):
        return f"pg_hba.conf asks {user} for a password, and not who it is on the host (peer)"
    if not error.get("sqlstate", "").startswith("28"):
        return ""
    if error["routine"] == NO_LINE:
        return f"no line of pg_hba.conf lets {user} in over the socket, or one rejects it"
    return f"the server refuses {user} over the socket: {error['message']}"


def would_be_kept_out(
    rules: Iterable[pg_hba_match.Rule], user: str, roles: Collection[str], is_read: bool
) -> bool:
    """Whether an administrator who is in could not come in by these rules.

    rules are rows of pg_hba_file_rules; roles are the role and those that it is a member of;
    is_read: whether the server was told to read them. Of a file that it refuses as a whole, such as
    an empty one, it has kept the former.
    """
    client: pg_hba_match.Who = {
        "user": user,
        "database": "postgres",
        "address": "",
        "roles": roles,
        "own": [],
    }
    rule = pg_hba_match.first(rules, {**client, "tls": False})
    if rule is None or rule["auth_method"] == "reject":
        return True
    # He may have a password in a file.
    return not is_read and rule["auth_method"] not in ("peer", "trust", "ident")


def remedy(login: Mapping[str, Any], is_loaded: bool = True) -> str:
    """A command for root's shell, which lets the administrator in again.

    is_loaded: whether the server has read the file that keeps him out; if not, a reload is to come
    with what else belongs into it.
    """
    cluster = _cluster(login["login_port"])
    if not cluster:
        return ANY_CLUSTER
    version, name = cluster
    path = hba_file(version, name)
    has_lines = os.path.exists(path) and os.path.getsize(path) > 0
    unit = f"postgresql@{version}-{name}" if is_loaded else ""
    return command(login["login_user"], path, has_lines, unit)


def reload(login: Mapping[str, Any]) -> str:
    """What has the server read its files; "" where the remedy has that for all that there are."""
    cluster = _cluster(login["login_port"])
    return f"systemctl reload postgresql@{cluster[0]}-{cluster[1]}" if cluster else ""


def command(user: str, path: str, has_lines: bool, unit: str) -> str:
    """The same for one file: the first line that matches decides."""
    line, quoted = f"local all {user} peer", shlex.quote(path)
    # sed has no first line to put it before in an empty file.
    write = f"sed -i {shlex.quote(f'1i {line}')}" if has_lines else f"echo {shlex.quote(line)} >>"
    reload = f" && systemctl reload {shlex.quote(unit)}" if unit else ""
    return f"{write} {quoted}{reload}"


def hba_file(version: str, name: str, folder: str = CONFIGURATION) -> str:
    """The path of a cluster's pg_hba.conf, by its postgresql.conf."""
    own = os.path.join(folder, version, name)
    try:
        with open(
            f"{own}/postgresql.conf", encoding="utf-8", errors="replace", opener=regular_file.opener
        ) as stream:
            found = HBA_FILE.findall(stream.read())
    except OSError:
        found = []
    return os.path.join(own, found[-1].replace("''", "'") if found else "pg_hba.conf")


def _cluster(port: int) -> tuple[str, str] | None:
    """(version, name) of the Debian cluster on a port; None where there is none."""
    try:
        output = pace.run(["pg_lsclusters", "--no-header"], 10, text=True).stdout
    except (OSError, pace.Slow):
        return None
    return cluster_on(output, port)


def cluster_on(output: str, port: int) -> tuple[str, str] | None:
    """The same, of what pg_lsclusters prints."""
    for line in output.splitlines():
        fields = line.split()
        if len(fields) > 2 and fields[2] == str(port):
            return fields[0], fields[1]
    return None
