# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The running process of a service: does it run what the files on this host say?

A service keeps the environment, the code and the configuration that it was started
with; only a restart or reload brings what was written since. Every difference found
here is mended by one.
"""

from __future__ import annotations

import os
import pwd

from ansible_collections.flaskops.stack.plugins.module_utils import environment_file, systemd
from ansible_collections.flaskops.stack.plugins.module_utils.difference import difference

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "user": {"type": "str"},
    "working_directory": {"type": "path"},
    "environment_file": {"type": "path"},
    "program": {"type": "path"},
    "newer_than": {"type": "list", "elements": "path", "default": []},
    "workers_newer_than": {"type": "list", "elements": "path", "default": []},
}


def identity(resource):
    return resource["unit"]


def read(resource):
    """The unit's state, its main process, and what is on disk beside them."""
    unit = systemd.show(
        resource["unit"],
        ["ActiveState", "MainPID", "NeedDaemonReload", "FragmentPath", "DropInPaths"],
    )
    pid = int(unit.get("MainPID", 0))
    running = systemd.process(pid) if pid else None
    return {
        "active": unit.get("ActiveState", "not found"),
        "reload_pending": unit.get("NeedDaemonReload") == "yes",
        "process": running,
        "user": _user_name(running["uid"]) if running else None,
        "environment": _read_environment(resource["environment_file"]),
        "working_directory": _real(resource["working_directory"]),
        "modified": _modified(resource["newer_than"] + _unit_files(resource["unit"], unit)),
        "workers_modified": _modified(resource["workers_newer_than"]),
        "workers_started": _workers_started(pid) if resource["workers_newer_than"] else None,
    }


def compare(resource, actual):
    """The differences between a declared process and what read() returned."""
    running = actual["process"]
    if running is None:
        return [difference("state", "running", actual["active"], "missing")]
    found = []
    if actual["reload_pending"]:
        found.append(difference("unit_file", "loaded by systemd", "changed since systemd read it"))
    if resource["user"] and actual["user"] != resource["user"]:
        found.append(difference("user", resource["user"], actual["user"]))
    expected = actual["working_directory"]
    if expected and running["working_directory"] != expected:
        found.append(difference("working_directory", expected, running["working_directory"]))
    if not _has_title(running):
        program = running["command"][:2]
        if resource["program"] and resource["program"] not in program:
            found.append(difference("program", resource["program"], " ".join(program)))
        found += _compare_environment(actual["environment"], running["environment"])
    found += _compare_age(actual["modified"], running["started"])
    if actual["workers_started"] is not None:
        found += _compare_age(actual["workers_modified"], actual["workers_started"])
    return found


def _has_title(running):
    """Whether the process has written a title over its arguments and environment.

    systemd gives every service INVOCATION_ID; a process without it (setproctitle does
    that) can be judged by its age only.
    """
    return "INVOCATION_ID" not in running["environment"]


def _compare_environment(declared, running):
    """Differences by name; values are secrets and never leave this function."""
    found = []
    for name, value in sorted(declared.items()):
        if name not in running:
            found.append(difference(f"environment {name}", "set", "not set", "missing"))
        elif running[name] != value:
            found.append(difference(f"environment {name}", "as in the file", "another value"))
    return found


def _compare_age(modified, started):
    return [
        difference("started", f"after the last change of {path}", "before it")
        for path, changed in sorted(modified.items())
        if changed > started
    ]


def _read_environment(path):
    if not path or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", errors="surrogateescape") as stream:
        return environment_file.parse(stream.read())


def _unit_files(name, unit):
    """The files that systemd makes the unit from, and the folder in which one may be missing."""
    return [
        path
        for path in [
            unit.get("FragmentPath", ""),
            *unit.get("DropInPaths", "").split(),
            f"/etc/systemd/system/{name}.d",
        ]
        if path
    ]


def _modified(paths):
    """When each file, or the link itself, was last written; files that are not there left out."""
    return {path: os.lstat(path).st_mtime for path in paths if os.path.lexists(path)}


def _workers_started(pid):
    """When the oldest worker that still takes new work started."""
    times = [
        systemd.started(child)
        for child in systemd.children(pid)
        if "shutting down" not in " ".join(systemd.command_line(child))
    ]
    return min(times) if times else None


def _real(path):
    return os.path.realpath(path) if path else None


def _user_name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
