# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a PostgreSQL server: does the declared file decide them, or something else?

A later file, or ALTER SYSTEM, overrides what the declared file says. The file's content is
the kind file's business. All that nobody declared is as PostgreSQL or Debian has it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    catalogue,
    role_settings,
    server_settings,
    session,
    settings_remedy,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    postgresql_configuration,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "file": {"type": "path", "required": True},
    "settings": {"type": "dict", "required": True},
    "unit": {"type": "str"},
    **session.login_options(),
}

CHECKS = {
    "setting": Check("error", "Somebody used ALTER SYSTEM, or added a file that is read later."),
    "included": Check(
        "error", "Somebody took the line include_dir out of postgresql.conf, or changed it."
    ),
    "undeclared": Check(
        "warning",
        "Somebody used ALTER SYSTEM, ALTER ROLE or ALTER DATABASE, or edited a file; what belongs"
        " there is to be declared in postgresql_settings.",
    ),
}
# Of pg_settings.source, what decides for a session and not for the server.
OF_SESSIONS = ("client", "session", "global", "user", "database", "database user")
OF_SERVER = ("configuration file", "command line", "environment variable")
COMMAND_LINE = "the command line"
# What the server takes from the limits of its process.
COMPUTED = ("max_stack_depth",)
# What a client may set before anything of the server's own decides.
PRELOADING = "PGOPTIONS='-c session_preload_libraries= -c local_preload_libraries=' "
WRITING = "PGOPTIONS='-c default_transaction_read_only=off' "


def identity(resource: Options) -> str:
    name: str = resource["file"] + " in effect"
    return name


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]


def read(resource: Options, host: Host) -> Any:
    """decided: {name: (value, source)} of the declared settings; the server; arguments: {setting:
    value} of its command line; has_certificate: whether the host has Debian's own."""
    server = host.server(resource)
    unknown = {"value": None, "source": "default"}
    rows = {name: server.settings.get(name.lower(), unknown) for name in resource["settings"]}
    decided = {name: (row["value"], row["source"]) for name, row in rows.items()}
    return {
        "decided": decided,
        "server": server,
        "arguments": postgresql_configuration.arguments(resource, host),
        "has_certificate": os.path.exists(server_settings.SNAKEOIL),
    }


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    # Without a line in the declared file, that file is what differs.
    because = [cause.path(resource["file"])]
    found = []
    server = actual["server"]
    files = {line[1] for line in server.lines} | {row["file"] for row in server.rejected}
    is_read = resource["file"] in files
    if resource["settings"] and not is_read:
        found.append(_not_included(resource, because))
    for name, (value, source) in actual["decided"].items() if is_read else ():
        line = server.applied.get(name.lower())
        file = line.file if line else None
        if file == resource["file"] and source != "command line":
            continue
        origin = file if source == "configuration file" and file else source
        text = f"{value}, decided by {origin}"
        if line and line.waits:
            text = f"{value}, and {line.value} by {file} (waits for a reload or restart)"
        found.append(
            difference(
                "setting",
                f"decided by {resource['file']}",
                text,
                **(
                    settings_remedy.Remedy("", settings_remedy.restart(resource))
                    if source == "command line"
                    else settings_remedy.without(resource, server, name, [resource["file"]])
                )._asdict(),
                because=[*because, *(_started_with() if source == "command line" else ())],
                subject=name,
                waits=bool(line and line.waits),
            )
        )
    return [*found, *_undeclared(resource, actual), *_for_sessions(resource, server)]


def _not_included(resource: Options, because: Sequence[cause.Cause]) -> Difference:
    cluster = server_settings.cluster_of(resource["file"])
    line = f"include_dir = '{os.path.basename(os.path.dirname(resource['file']))}'"
    append = f"echo {shlex.quote(line)} >> {shlex.quote(cluster.file)}"
    return difference(
        "included", "read by the server", "not read: no line of its configuration includes it",
        "missing", append, because, subject=resource["file"],
        loads=settings_remedy.restart(resource),
    )  # fmt: skip


class Judged(NamedTuple):
    """A setting that nobody declared and that is not as it comes; usual is Debian's value."""

    name: str
    value: str
    origin: str
    usual: str | None
    boot: str


def _undeclared(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    server = actual["server"]
    cluster = server_settings.cluster_of(resource["file"])
    usual = server_settings.distribution(cluster, actual["has_certificate"])
    instead = {name: (cluster.file, value) for name, value in usual.items()}
    found = []
    for each in _judged(resource, server, cluster, usual, actual["arguments"]):
        remedy = settings_remedy.without(resource, server, each.name, [resource["file"]], instead)
        if each.origin == COMMAND_LINE:
            remedy = settings_remedy.Remedy("", settings_remedy.restart(resource))
        expected = each.usual or each.boot
        whose = "Debian's" if each.usual else "PostgreSQL's default"
        found.append(
            difference(
                "undeclared",
                f"{expected} ({whose})" if expected else "not set",
                f"{server_settings.shown(each.name, each.value)}, by {each.origin}",
                "unexpected", **remedy._asdict(),
                because=_started_with() if each.origin == COMMAND_LINE else (),
                subject=each.name, severity=server_settings.severity(each.name),
            )
        )  # fmt: skip
    return found


def _started_with() -> list[cause.Cause]:
    """What has given the server its command line, as a rule."""
    names = postgresql_configuration.START
    return [cause.check("postgresql_configuration", "options", name) for name in names]


def _judged(
    resource: Options,
    server: catalogue.Server,
    cluster: server_settings.Cluster,
    usual: Mapping[str, str],
    arguments: Mapping[str, str],
) -> Iterator[Judged]:
    declared = {name.lower() for name in resource["settings"]}
    for name in sorted(set(server.settings) | set(server.applied)):
        line = server.applied.get(name)
        is_told = line and (line.waits or line.file == resource["file"])
        if name in declared or name in server.pending_restart or is_told:
            continue
        # What the cluster was born with, where that was written.
        if name in server_settings.BORN_WITH and line and line.file == cluster.file:
            continue
        row = server.settings.get(name)
        seen = _seen(server, name, row, arguments)
        if seen is None:
            continue
        value, origin, differs = seen
        boot = server_settings.measured(row["boot"], row["unit"]) if row else ""
        debians = usual.get(name)
        if debians is not None:
            is_wrong = value != debians and (differs or name.startswith("ssl"))
        else:
            is_wrong = differs
        if is_wrong:
            yield Judged(name, value, origin, debians, boot)


def _seen(
    server: catalogue.Server,
    name: str,
    row: Mapping[str, Any] | None,
    arguments: Mapping[str, str],
) -> tuple[str, str, bool] | None:
    """(value, what decides it, whether it is not the built-in one) of a setting in the server; None
    where it is the server's own to choose. Of what our session has chosen for itself, the files and
    the command line say what is configured."""
    line = server.applied.get(name)
    source = row["source"] if row else ""
    if row is None or source in OF_SESSIONS:
        if name in arguments:
            value, origin = arguments[name], COMMAND_LINE
        elif line and line.file not in server.unloaded:
            value, origin = line.value, line.file
        else:
            return None
        return value, origin, row is None or not catalogue.same(value, row["boot"])
    if source == "override" and name in server_settings.PLACES:
        return row["value"], line.file if line else COMMAND_LINE, True
    if source in OF_SERVER and name not in COMPUTED:
        file = line.file if line else "a file"
        origin = {"configuration file": file, "command line": COMMAND_LINE}.get(source, source)
        return row["value"], origin, row["differs"]
    # Debian's clusters are born with TLS; a line that went leaves one without it.
    return (row["value"], "no file", False) if name == "ssl" else None


def _for_sessions(resource: Options, server: catalogue.Server) -> list[Difference]:
    """What all sessions get, or the administrator's, by ALTER ROLE and ALTER DATABASE."""
    user = resource["login_user"]
    found = [
        _of_sessions(resource, name, value, "for all roles", "ALTER ROLE ALL RESET {}")
        for name, value in sorted(server.for_all.items())
    ]
    for scope in server.roles.get(user, {}).get("settings", ()):
        database = scope["database"]
        where = f"for {user}" if database is None else f"for {user} in {database}"
        words = ["ALTER ROLE {} RESET {}", user]
        if database is not None:
            words = ["ALTER ROLE {} IN DATABASE {} RESET {}", user, database]
        for name, value in role_settings.by_name(scope["lines"]).items():
            found.append(_of_sessions(resource, name, value, where, *words))
    lines = server.databases.get(HOME, {}).get("settings", ())
    for name, value in role_settings.by_name(lines).items():
        words = ["ALTER DATABASE {} RESET {}", HOME]
        found.append(_of_sessions(resource, name, value, f"in the database {HOME}", *words))
    return found


# The administrator's own database.
HOME = "postgres"


def _of_sessions(
    resource: Options, name: str, value: str, where: str, statement: str, *names: str
) -> Difference:
    remedy = session.command(resource, (statement, *names, name))
    if name.endswith("_preload_libraries"):
        remedy = PRELOADING + remedy
    if name == "default_transaction_read_only":
        remedy = WRITING + remedy
    return difference(
        "undeclared", "not set", server_settings.shown(name, value), "unexpected", remedy,
        subject=f"{name} {where}", severity=server_settings.severity(name),
    )  # fmt: skip
