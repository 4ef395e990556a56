# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The running process of a service: does it run what the files on this host say?

A service keeps the environment, the code and the configuration that it was started
with; only a restart or reload brings what was written since. Every difference found
here is mended by one.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import nginx_configuration
from ansible_collections.flaskops.stack.plugins.module_utils._machine import file_times
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
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import (
    environment_file,
    manager,
    started_with,
    units,
)

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "user": {"type": "str"},
    "working_directory": {"type": "path"},
    "environment_file": {"type": "path"},
    "program": {"type": "path"},
    "newer_than": {"type": "list", "elements": "path", "default": []},
    "workers_newer_than": {"type": "list", "elements": "path", "default": []},
    "nginx": {"type": "bool", "default": False},
    "declared": {"type": "list", "elements": "path", "default": []},
}

CHECKS = {
    "state": Check("error", "The service was stopped, or it failed; see journalctl --unit."),
    "user": Check("error", "The unit was changed, and the service restarted with another user."),
    "working_directory": Check("error", "The link to the release moved without a restart."),
    "program": Check("error", "The service was started from another virtual environment."),
    "environment": Check("error", "The environment file changed without a restart of the service."),
    "rights": Check("error", "The unit was changed, and the service restarted with fewer limits."),
    "started": Check("error", "A file that the service reads at its start changed since."),
    "variable": Check("error", "Somebody used systemctl set-environment."),
    "configuration": Check(
        "error",
        "Somebody changed another file of nginx, and has not reloaded it; see what is in it before"
        " you do.",
    ),
}
# What a start or a reload would bring and nobody declared: for people to decide about.
FOREIGN = ("variable", "configuration")
# Where the service takes its files over by a reload, that makes workers that are new.
MENDED_BY = {
    **{check: "restart" for check in CHECKS if check not in FOREIGN}, "started": "reload",
}  # fmt: skip
# Where packages put drop-ins.
PACKAGES = ("/usr/lib/systemd/", "/lib/systemd/")
# What systemd's manager gives every service.
USUAL = re.compile(r"LANG|LANGUAGE|LC_\w+|PATH|SYSTEMD_\w+")
# What nginx makes of its command line.
TITLE = "nginx: master process "


def identity(resource: Options) -> str:
    unit: str = resource["unit"]
    return unit


def depends(resource: Options) -> list[cause.Cause]:
    """What makes a restart necessary once it is put right."""
    files = [*resource["newer_than"], *resource["workers_newer_than"]]
    return [
        *_of_unit(resource),
        *(_of_application(resource) if resource["environment_file"] else []),
        *_links(resource["working_directory"]),
        *[name for path in files for name in _made_by(path)],
    ]


def read(resource: Options, host: Host) -> Any:
    """The unit's state, its main process, and what is on disk beside them."""
    unit = host.unit(resource["unit"])
    pid = int(unit.get("MainPID", 0))
    running = units.process(pid) if pid else None
    return {
        "active": unit.get("ActiveState", "not found"),
        "process": running,
        "user": _user_name(running["uid"]) if running else None,
        "environment": _read_environment(resource["environment_file"]),
        "working_directory": _real(resource["working_directory"]),
        "modified": _modified(resource["newer_than"] + _unit_files(resource["unit"], unit)),
        "workers_modified": _modified(resource["workers_newer_than"]),
        "workers_started": _workers_started(pid) if resource["workers_newer_than"] else None,
        "last_read": units.last_read(unit),
        "manager": host.once("manager", units.manager_environment),
        "files": manager.variables(host.once("manager files", manager.files)),
        "unit": unit,
        "rights": started_with.rights(units.status(pid), unit) if resource["user"] and pid else [],
        "foreign": {name: _modified(paths) for name, paths in _foreign(resource, host).items()},
    }


def _foreign(resource: Options, host: Host) -> dict[str, list[str]]:
    """The files that nginx reads and that are not declared, and the folders where it looks for
    some."""
    if not resource["nginx"]:
        return {"files": [], "folders": []}
    own = {*resource["newer_than"], *resource["workers_newer_than"], *resource["declared"]}
    own |= {os.path.realpath(path) for path in own}
    read = host.once("nginx", nginx_configuration.read)
    return {
        name: [path for path in paths if os.path.realpath(path) not in own]
        for name, paths in (("files", read.files), ("folders", read.folders))
    }


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    """The differences between a declared process and what read() returned."""
    running = actual["process"]
    if running is None:
        because = _of_unit(resource)
        state = difference("state", "running", actual["active"], "missing", because=because)
        return [
            state,
            *_compare_manager(resource, actual, {}),
            *_compare_stopped(actual, resource),
        ]
    found: list[Found] = []
    if resource["user"] and actual["user"] != resource["user"]:
        # Somebody may have given its name another number since.
        because = [cause.check("user", "uid"), cause.check("user", "exists")]
        found.append(difference("user", resource["user"], actual["user"], because=because))
    expected = actual["working_directory"]
    if expected and running["working_directory"] != expected:
        # Where a link is in the place of the release, it leads elsewhere too.
        because = [*_links(resource["working_directory"]), cause.check("release", "complete")]
        found.append(
            difference("working_directory", expected, running["working_directory"], because=because)
        )
    if not _has_title(running):
        program = running["command"][:2]
        if resource["program"] and resource["program"] not in program:
            found.append(difference("program", resource["program"], " ".join(program)))
        found += _compare_environment(actual["environment"], running["environment"], resource)
        found += _compare_undeclared(resource, actual, running["environment"])
    elif resource["nginx"]:
        found += _compare_title(resource, actual)
    found += [
        difference("rights", "no more than the unit's", text, because=_of_unit(resource))
        for text in actual["rights"]
    ]
    found += _compare_age(actual["modified"], running["started"])
    if actual["workers_started"] is not None:
        found += _compare_age(actual["workers_modified"], actual["workers_started"])
        found += _compare_foreign(actual["foreign"], actual["workers_started"], resource)
    if not _has_title(running):
        found += _compare_manager(resource, actual, running["environment"])
    else:
        found += [
            not_checked(
                "variable", "the process has written its title over it", subject=each.subject
            )
            for each in _compare_manager(resource, actual, {})
        ]
    return found


def _compare_title(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    """nginx keeps the command line with which it was started, and may read another configuration
    by it."""
    title = " ".join(actual["process"]["command"])
    expected = started_with.arguments(actual["unit"])
    if not title.startswith(TITLE) or not expected or title[len(TITLE) :].strip() == expected:
        return []
    return [difference("program", expected, title[len(TITLE) :], because=_of_unit(resource))]


def _compare_undeclared(
    resource: Options, actual: Mapping[str, Any], running: Mapping[str, str]
) -> list[Difference]:
    """Variables that the process was started with and would not be now, by name."""
    because = [*_of_unit(resource), cause.path(resource["environment_file"] or "")]
    known = {*actual["environment"], *actual["manager"]}
    return [
        difference("environment", "not set", "set", "unexpected", because=because, subject=name)
        for name in started_with.undeclared(running, known, actual["unit"])
        if resource["environment_file"]
    ]


def _compare_manager(
    resource: Options, actual: Mapping[str, Any], running: Mapping[str, str]
) -> list[Difference]:
    """Variables of systemd's manager that the process has, or would have after its next start; what
    the service's own file says wins over them. Values may be secrets."""
    strangers = {
        name: running.get(name) == value
        for name, value in sorted(actual["manager"].items())
        if not USUAL.fullmatch(name) and name not in actual["environment"]
    }
    # All of them at once, because a restart would bring those that wait.
    remedy = f"systemctl unset-environment {' '.join(map(shlex.quote, strangers))}"
    loads = ""
    if any(strangers.values()):
        loads = f"systemctl restart {shlex.quote(resource['unit'])}"
    return [
        difference(
            "variable", "not set",
            "set by systemd's manager" + ("" if has else " (waits for a start)"),
            "unexpected", remedy, subject=name, waits=not has, loads=loads,
            # What a file says is said again after each daemon-reload.
            because=[cause.check("unit", "manager", actual["files"].get(name, ""))],
        )
        for name, has in strangers.items()
    ]  # fmt: skip


def _compare_foreign(
    modified: Mapping[str, Mapping[str, float | None]], started: float, resource: Options
) -> list[Difference]:
    return [
        difference(
            "configuration", "read since its last change", text,
            remedy="",
            loads=f"nginx -t && systemctl reload-or-restart {shlex.quote(resource['unit'])}",
            # Where it takes this site's visitors, that says more.
            because=[
                *(cause.check("nginx_site", each, path) for each in ("rival", "common", "bypass")),
                *([cause.check("nginx_site", "included")] * (path == nginx_configuration.MAIN)),
            ],
            subject=path, waits=path in modified["files"],
        )
        for path, text in nginx_configuration.changes(**modified, started=started).items()
    ]  # fmt: skip


def _compare_stopped(actual: Mapping[str, Any], resource: Options) -> list[Difference]:
    """What changed since an nginx that is down has read its files, and its start would bring."""
    if actual["last_read"] is None:
        return []
    return _compare_foreign({**actual["foreign"], "folders": {}}, actual["last_read"], resource)


def _of_application(resource: Options) -> list[cause.Cause]:
    """The environment file, and the settings that sessions have from their start."""
    return [
        cause.path(resource["environment_file"]),
        cause.check("postgresql_role", "setting"),
        cause.check("foreign_database", "setting"),
    ]


def _of_unit(resource: Options) -> list[cause.Cause]:
    unit = resource["unit"]
    return [cause.resource("unit", unit), cause.path(f"/etc/systemd/system/{unit}")]


def _links(path: str | None) -> list[cause.Cause]:
    """The links through which the path may lead."""
    parts = (path or "").split("/")
    return [cause.resource("link", "/".join(parts[:end])) for end in range(2, len(parts) + 1)]


def _has_title(running: Mapping[str, Any]) -> bool:
    """Whether the process has written a title over its arguments and environment.

    systemd gives every service INVOCATION_ID; a process without it (setproctitle does
    that) can be judged by its age only.
    """
    return "INVOCATION_ID" not in running["environment"]


def _compare_environment(
    declared: Mapping[str, str], running: Mapping[str, str], resource: Options
) -> list[Difference]:
    """Differences by name; values are secrets and never leave this function."""
    because = [cause.path(resource["environment_file"])]
    found = []
    for name, value in sorted(declared.items()):
        if name not in running:
            found.append(
                difference(
                    "environment", "set", "not set", "missing", because=because, subject=name
                )
            )
        elif running[name] != value:
            found.append(
                difference(
                    "environment", "as in the file", "another", because=because, subject=name
                )
            )
    return found


def _made_by(path: str) -> list[cause.Cause]:
    """What differs where this path is about to change, or just has: a release's mark is in it."""
    folder = os.path.dirname(path)
    return [
        cause.path(path),
        cause.folder(path),
        cause.resource("release", folder),
        cause.resource("virtualenv", f"{folder}/.venv"),
    ]


FUTURE = "the times of the file lie in the future, and do not tell whether it changed since"


def _compare_age(modified: Mapping[str, float | None], started: float) -> list[Found]:
    unknown = [path for path, changed in modified.items() if changed is None]
    found = [
        difference(
            "started", "after its last change", "before it", because=_made_by(path), subject=path
        )
        for path, changed in sorted(modified.items())
        if changed is not None and changed > started
    ]
    return found + [not_checked("started", FUTURE, subject=path) for path in sorted(unknown)]


def _read_environment(path: str | None) -> dict[str, str]:
    if not path or not os.path.isfile(path):
        return {}
    variables: dict[str, str] = environment_file.read(path).variables
    return variables


def _unit_files(name: str, unit: Mapping[str, str]) -> list[str]:
    """The files that systemd makes the unit from, and the folder in which one may be missing.

    Without what others have put there: that is the kind unit's, and no reason to restart.
    """
    folder = f"/etc/systemd/system/{name}.d"
    drop_ins = [p for p in units.drop_ins(unit) if p.startswith(PACKAGES)]
    is_empty = not glob.glob(f"{folder}/*.conf")
    fragment = unit.get("FragmentPath", "")
    # One that is masked is no file of a unit; the kind unit tells of it.
    own = "" if os.path.realpath(fragment) == os.devnull else fragment
    return [path for path in [own, *drop_ins, folder * is_empty] if path]


def _modified(paths: Iterable[str]) -> dict[str, float | None]:
    """file_times.changed() of each file; those that are not there left out."""
    return {path: file_times.changed(path) for path in paths if os.path.lexists(path)}


def _workers_started(pid: int) -> float | None:
    """When the oldest worker that still takes new work started."""
    times: list[float] = []
    for child in units.children(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if "shutting down" not in " ".join(units.command_line(child)):
                times.append(units.started(child))
    return min(times) if times else None


def _real(path: str | None) -> str | None:
    return os.path.realpath(path) if path else None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
