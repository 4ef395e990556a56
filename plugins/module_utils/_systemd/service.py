# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a systemd unit gives its service: user, directory, environment, program."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

PROPERTIES = (
    "ActiveState", "SubState", "MainPID", "NRestarts", "NeedDaemonReload", "User",
    "WorkingDirectory", "Environment", "EnvironmentFiles", "ExecStart", "Result",
)  # fmt: skip
ENVIRONMENT_FILE = re.compile(r"^(.+) \(ignore_errors=(yes|no)\)$", re.M)
PROGRAM = re.compile(r"path=(\S+) ;")


def read(unit: str) -> dict[str, Any]:
    """The unit as a dict; {} where systemd does not know it. Raises units.SystemdError."""
    found = units.show([unit], PROPERTIES).get(unit) or {}
    if not found:
        return {}
    program = PROGRAM.search(found["ExecStart"]) if "ExecStart" in found else None
    files = ENVIRONMENT_FILE.findall(found.get("EnvironmentFiles", ""))
    return {
        "active": found["ActiveState"],
        "sub": found["SubState"],
        "result": found.get("Result", ""),
        "pid": int(found.get("MainPID", 0)),
        "restarts": int(found.get("NRestarts", 0)),
        "needs_reload": found["NeedDaemonReload"] == "yes",
        "user": found.get("User") or "root",
        "directory": found.get("WorkingDirectory", "").lstrip("!-"),
        "environment": _assignments(found.get("Environment", "")),
        # systemd passes over a file that need not be there.
        "environment_files": [
            path for path, optional in files if optional == "no" or os.path.exists(path)
        ],
        "program": program[1] if program else "",
    }


def _assignments(text: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(text) if "=" in word)
