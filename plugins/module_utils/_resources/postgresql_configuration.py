# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration files of a PostgreSQL server: has the running server taken them over?

pg_settings shows the files; only pg_conf_load_time() tells whether the server has read
them since they were written. pg_hba.conf is the kind pg_hba's.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    administrator,
    catalogue,
    server_files,
    server_settings,
    session,
    settings_file,
    settings_remedy,
    stopped_server,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
    not_checked,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "unit": {"type": "str"},
    "files": {"type": "list", "elements": "path", "default": []},
    "settings": {"type": "list", "elements": "str", "default": []},
    **session.login_options(),
}

CHECKS = {
    "administrator": Check(
        "error",
        "The line of pg_hba.conf for the administrator (local all postgres peer) was changed or"
        " removed, or a line above it or a map of pg_ident.conf decides.",
    ),
    "reachable": Check("error", "The server is down, or listens elsewhere."),
    "answers": Check(
        "error", "The server is starting or recovering, out of connections, or has a fault."
    ),
    "files": Check(
        "error", "Somebody took a file from the server, which runs on and would not start again."
    ),
    "standby": Check(
        "error",
        "Somebody put it there for a standby or a restore, which the next start would begin.",
    ),
    "loaded": Check("error", "Somebody changed a file without a reload of the server."),
    "accepted": Check("error", "A line that the server cannot read; it kept the former settings."),
    "restarted": Check("error", "The setting needs a restart of the server, which did not come."),
    "waiting": Check(
        "error", "Somebody used ALTER SYSTEM or edited a file, and has not loaded it yet."
    ),
    "tablespace": Check("warning", "Somebody made a place for data that nobody declared."),
    "options": Check(
        "error", "Somebody gave the server options or variables with which it starts."
    ),
    "preload": Check(
        "error", "A library is named and not installed; the server would not start with it."
    ),
}
# A restart in the middle of that would make it longer, and ends every session.
ANSWERS = (
    "See the end of its log (tail -n 50 /var/log/postgresql/*.log). While it starts or recovers,"
    " wait. Where its connections are used up, see whose they are (ps -u postgres -o"
    " pid,lstart,args), end idle ones (kill PID), and audit again; max_connections changes with a"
    " restart."
)
LATER = (
    "{} as it is now would keep the administrator out, who would have to mend it; the server runs"
    " on an earlier one"
)
# Beside postgresql.conf, what Debian's pg_ctlcluster starts the server with.
OPTIONS_FILE, VARIABLES_FILE = START = ("pg_ctl.conf", "environment")
# What makes a standby, or a server that is restored, of the next start.
SIGNALS = ("standby.signal", "recovery.signal")
# What a restart would end with a server that is down, or another one.
UNSTARTABLE = ("files", "standby")
# What brings each; a line that cannot be read has to be mended first.
MENDED_BY = {"loaded": "reload", "reachable": "restart", "restarted": "restart"}


def identity(resource: Options) -> str:
    return f"port {resource['login_port']}"


def key(login: Options) -> cause.Cause:
    """How other kinds name this resource as what they depend on."""
    return cause.resource("postgresql_configuration", identity(login))


# A server whose data is elsewhere has none of what was made.
ELSEWHERE = cause.check("postgresql_settings", "undeclared", "data_directory")


def read(resource: Options, host: Host) -> Any:
    """The server, and start: {path: (text, whether it is in effect)} of what it starts with; or the
    error with which it answers."""
    found: dict[str, Any] = {}
    server = None
    try:
        server = found["server"] = host.server(resource)
    except session.LockedOut as exc:
        return {"locked_out": exc}
    except session.ServerError as exc:
        found["error"] = str(exc)
        found["listens"] = isinstance(exc, session.AnswerError)
    # Perhaps it does not start for what it is to start with.
    found["start"] = _start(resource, host, server)
    if server is None:
        found["stopped"] = _stopped(resource, host)
    found["signals"] = _signals(resource, server)
    found["faults"] = list(server_files.faults(_files(resource, server), resource["login_user"]))
    return found


def _files(resource: Options, server: catalogue.Server | None) -> dict[str, str]:
    """What the server reads when it starts, as server_files.named() has it."""
    if server:
        return server_files.named(server.settings, (server.hba_file, server.ident_file))
    return {
        f"{folder}/{name}": ""
        for folder in _folders(resource) if os.path.isdir(folder)
        for name in server_files.USUAL
    }  # fmt: skip


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    """The differences between a server that runs on its files and what read() returned.

    Attributes: "administrator" (nobody can be asked), "reachable" (a start brings it), "answers",
    "files", "loaded" (a reload brings it), "restarted" (a restart brings it), "accepted" (a line
    has to be mended).
    """
    if "locked_out" in actual:
        found = actual["locked_out"]
        expected = "let in over the server's socket"
        # A reload brings what else is new in the file.
        why = {"remedy": found.remedy, "loads": found.loads}
        return [difference("administrator", expected, found.reason, **why)]
    started = [_options(resource, *each) for each in actual.get("start", {}).items()]
    started += [_fault(resource, each) for each in actual.get("faults", ())]
    started += [_signal(path) for path in actual.get("signals", ())]
    if "error" in actual:
        if actual["listens"]:
            said = actual["error"]
            return [difference("answers", "answers", said, "missing", ANSWERS), *started]
        because = [
            cause.resource("unit", resource["unit"]),
            cause.resource("package", "python3-psycopg2"),
            cause.check("postgresql_configuration", "files"),
        ]
        down = difference("reachable", "answers", actual["error"], "missing", because=because)
        return [down, *started, *_of_stopped(actual.get("stopped", ()))]
    server = actual["server"]
    has_hba = server.hba_file not in {fault.path for fault in actual.get("faults", ())}
    if has_hba and _would_be_kept_out(resource, server):
        expected = "let in over the server's socket"
        remedy = administrator.remedy(resource, is_loaded=False)
        return [difference("administrator", expected, LATER.format(server.hba_file), remedy=remedy)]
    rejected = [row for row in server.rejected if row["file"] != server.hba_file]
    unreadable = [row for row in rejected if row["error"] != session.NOT_APPLIED]
    waiting = _waiting(resource, server)
    told = {server.applied[each.subject].file for each in waiting}
    unloaded = sorted(p for p in server.unloaded if p != server.hba_file and p not in told)
    if unreadable or not unloaded:
        # With an unreadable line no reload loads anything. Whether a value is a valid one shows
        # only once it is loaded.
        found = [_accepted(resource, row) for row in unreadable or rejected]
    else:
        found = [
            difference(
                "loaded", "read since its last change", server.unloaded[path],
                because=[cause.path(path)], subject=path
            )
            for path in unloaded
        ]  # fmt: skip
    found += [
        not_checked("loaded", reason, subject=path)
        for path, reason in sorted(server.unseen.items())
        if path != server.hba_file
    ]
    found += [
        difference(
            "restarted",
            "in effect",
            "waits for a restart",
            because=[cause.check("postgresql_settings", "setting", name)],
            subject=name,
        )
        for name in server.pending_restart
        if name not in {each.subject for each in waiting}
    ]
    spaces = [_tablespace(resource, row) for row in server.tablespaces]
    return [*found, *waiting, *_libraries(resource, server), *started, *spaces]


def _signals(resource: Options, server: catalogue.Server | None) -> list[str]:
    """The files by which the next start would make another server of this one; one that is in
    recovery already has them for it."""
    if server:
        if server.settings.get("in_hot_standby", {}).get("value") == "on":
            return []
        folders = [server.settings.get("data_directory", {}).get("value") or ""]
    else:
        usual = [server_settings.distribution(each, False) for each in _clusters(resource)]
        folders = [each.get("data_directory", "") for each in usual]
    paths = [f"{folder}/{name}" for folder in filter(None, folders) for name in SIGNALS]
    return sorted(path for path in paths if os.path.lexists(path))


def _signal(path: str) -> Difference:
    return difference(
        "standby", "not there", "there (waits for a start)", "unexpected",
        f"rm {shlex.quote(path)}", subject=path, waits=True,
    )  # fmt: skip


def _fault(resource: Options, found: server_files.Fault) -> Difference:
    remedy = found.remedy
    if os.path.basename(found.path) == "pg_hba.conf" and found.text == server_files.GONE:
        remedy = administrator.remedy(resource, is_loaded=False)
    return difference(
        "files", f"a file that {resource['login_user']} may read", found.text, remedy=remedy,
        because=[cause.path(found.path)], subject=found.path,
    )  # fmt: skip


def _tablespace(resource: Options, row: Mapping[str, Any]) -> Difference:
    # PostgreSQL drops none that has something in it.
    drop = session.command(resource, ("DROP TABLESPACE {}", row["name"]))
    return difference(
        "tablespace", "none", f"{row['owner']}'s, in {row['place']}", "unexpected", drop,
        subject=row["name"],
        because=[cause.check("database", "tablespace"),
                 cause.check("structure", "object")],
    )  # fmt: skip


def arguments(resource: Options, host: Host) -> dict[str, str]:
    """{setting: value} of the command line of the server, by the process of its unit."""
    return dict(server_settings.options(_of_process(resource, host, "cmdline")))


def _of_process(resource: Options, host: Host, name: str) -> str:
    pid = int(host.unit(resource["unit"]).get("MainPID", 0)) if resource.get("unit") else 0
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def _start(
    resource: Options, host: Host, server: catalogue.Server | None
) -> dict[str, tuple[str, bool]]:
    """{path: (what people see of it, whether the server has it)} of those that say something; a
    server that is down has what it was started with before."""
    found = {}
    for path in (f"{folder}/{name}" for folder in _folders(resource) for name in START):
        assigned = settings_file.assigned(path)
        if path.endswith(OPTIONS_FILE):
            text = assigned.get("pg_ctl_options", "")
            said = set(_words(_of_process(resource, host, "cmdline").replace("\0", " ")))
            has = set(_words(text)) - {"-o"} <= said
        else:
            has = set(_of_process(resource, host, "environ").split("\0")) >= {
                f"{variable}={value}" for variable, value in assigned.items()
            }
            text = ", ".join(sorted(assigned))
        if server is None:
            has = not stopped_server.changed_since(path, last_read(resource["unit"], host))
        if text:
            found[path] = (text, has)
    return found


def _clusters(resource: Options) -> set[server_settings.Cluster]:
    """In whose folder conf.d the declared files are."""
    return {server_settings.cluster_of(path) for path in resource["files"]}


def _folders(resource: Options) -> set[str]:
    return {cluster.folder for cluster in _clusters(resource)}


def _words(text: str) -> list[str]:
    """What a shell would make of pg_ctl's options, those for the server inside -o included."""
    return re.sub(r"[\"'\\]", " ", text).replace("=", " ").split()


def _options(resource: Options, path: str, found: tuple[str, bool]) -> Difference:
    text, has = found
    shown = text if path.endswith(OPTIONS_FILE) else f"the variables {text}"
    return difference(
        "options", "none",
        server_settings.shown("", shown) + ("" if has else " (waits for a restart)"), "unexpected",
        f"sed -i 's/^[^#]/#&/' {shlex.quote(path)}", subject=os.path.basename(path),
        waits=not has, loads=settings_remedy.restart(resource) if has else "",
    )  # fmt: skip


def _waiting(resource: Options, server: catalogue.Server) -> list[Difference]:
    """What files of others would bring with the next reload or restart; of the declared settings,
    that is the kind postgresql_settings's."""
    declared = {name.lower() for name in resource["settings"]}
    return [
        difference(
            "waiting", line.current or "unset",
            f"{server_settings.shown(name, line.value)} by {line.file} (waits for a reload or"
            " restart)", "unexpected",
            **settings_remedy.without(resource, server, name, resource["files"])._asdict(),
            subject=name, waits=True,
        )
        for name, line in sorted(server.applied.items())
        if line.waits and line.file not in resource["files"] and name not in declared
    ]  # fmt: skip


def _stopped(resource: Options, host: Host) -> list[stopped_server.Line]:
    """What a start would bring into effect that no earlier one has."""
    read, stopped = last_read(resource["unit"], host), None
    if resource["unit"]:
        since_boot = host.unit(resource["unit"]).get("InactiveEnterTimestampMonotonic", "")
        stopped = units.since_boot(since_boot)
    asked = {
        "port": str(resource["login_port"]),
        "unix_socket_directories": resource["login_unix_socket"],
    }
    found: list[stopped_server.Line] = []
    certified = os.path.exists(server_settings.SNAKEOIL)
    for cluster in sorted(_clusters(resource)):
        usual = {**server_settings.distribution(cluster, certified), **asked}
        found += stopped_server.waiting(cluster, resource["files"], usual, read, stopped)
    return found


def last_read(unit: str | None, host: Host) -> float | None:
    """When a server that is down has last read its files; units.last_read()."""
    return units.last_read(host.unit(unit)) if unit else None


def _of_stopped(found: Sequence[stopped_server.Line]) -> list[Difference]:
    return [
        difference(
            "waiting", "unset",
            f"{server_settings.shown(line.name, line.value)} by {line.file} (waits for a start)",
            "unexpected", line.remedy, subject=line.name, waits=True,
        )
        for line in found
    ]  # fmt: skip


PRELOADED = {
    "shared_preload_libraries": "", "session_preload_libraries": "",
    "local_preload_libraries": "plugins",
}  # fmt: skip


def _libraries(resource: Options, server: catalogue.Server) -> list[Difference]:
    """The libraries without which the server, or its sessions, would not start."""
    found = []
    for name, folder in PRELOADED.items():
        line = server.applied.get(name)
        named = [part.strip().strip('"') for part in line.value.split(",")] if line else []
        missing = [
            part for part in named if part and not _is_library(server.libraries, folder, part)
        ]
        if not line or not missing:
            continue
        is_ours = line.file in resource["files"]
        install = (
            f"Install the package that has {missing[0]}, or take it out of postgresql_settings."
        )
        remedy = (
            settings_remedy.Remedy(install, "") if is_ours
            else settings_remedy.without(resource, server, name, resource["files"])
        )  # fmt: skip
        because = [
            cause.check("postgresql_configuration", "waiting", name),
            cause.check("postgresql_settings", "setting", name),
        ]
        found.append(
            difference(
                "preload", "a library of the server", f"{missing[0]}, which is not installed",
                **remedy._asdict(), because=because, subject=name, waits=True,
            )
        )  # fmt: skip
    return found


def _is_library(libraries: str, folder: str, name: str) -> bool:
    path = name.replace("$libdir", libraries)
    if "/" not in name:
        path = os.path.join(libraries, folder, name)
    return any(os.path.exists(each) for each in (path, f"{path}.so"))


def _would_be_kept_out(resource: Options, server: catalogue.Server) -> bool:
    """Whether the next reload of the server would keep its administrator out."""
    path, user = server.hba_file, resource["login_user"]
    if any(row["file"] == path for row in server.rejected):
        return False
    roles = {user, *server.roles.get(user, {}).get("member_of", ())}
    is_read = path not in server.unloaded
    would_be: bool = administrator.would_be_kept_out(server.hba_rules, user, roles, is_read)
    return would_be


def _accepted(resource: Options, row: Mapping[str, Any]) -> Difference:
    comment = shlex.quote(f"{row['line']}s/^[^#]/#&/")
    return difference(
        "accepted",
        "a valid line",
        row["error"],
        remedy=f"sed -i {comment} {shlex.quote(row['file'])}",
        loads=settings_remedy.reload(resource),
        because=[cause.path(row["file"])],
        subject=f"{row['file']}:{row['line']}",
    )
