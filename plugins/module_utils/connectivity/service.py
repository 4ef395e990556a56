# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the running service use what is installed: environment, user, virtual environment?"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils.connectivity.outcome import (
    Code,
    failed,
    ok,
    skipped,
    warning,
)
from ansible_collections.flaskops.stack.plugins.module_utils.resources import process

# It can be judged whatever the database says.
NEEDS = ()

CODES = {
    "inactive": Code(
        "The service was stopped, or it fails at its start; an application that connects at"
        " import time fails with its database.",
        "Read journalctl --unit of the service; start it.",
    ),
    "restarting": Code(
        "The workers fail to boot, again and again.",
        "Read journalctl --unit of the service.",
    ),
    "environment": Code(
        "The environment file was changed, and the service not restarted.",
        "systemctl restart the service.",
    ),
    "user": Code(
        "The service was started by hand, or the unit was changed.",
        "Correct User= of the unit; systemctl daemon-reload and restart.",
    ),
    "virtualenv": Code(
        "The service was started from another virtual environment, or the release moved on"
        " without a restart.",
        "Correct ExecStart= of the unit; systemctl daemon-reload and restart.",
    ),
    "working_directory": Code(
        "The link to the release moved without a restart.",
        "systemctl restart the service.",
    ),
    "daemon_reload": Code(
        "The unit or a drop-in changed after systemd read it.",
        "systemctl daemon-reload and restart the service.",
    ),
    "older": Code(
        "A file that the service reads at its start is newer than its process.",
        "systemctl restart the service.",
    ),
}

# process.py's attributes.
ATTRIBUTES = {
    "state": "inactive",
    "user": "user",
    "working_directory": "working_directory",
    "program": "virtualenv",
    "environment": "environment",
    "started": "older",
}


def check(case):
    """Compare the running process with the files, as the audit does."""
    if not case.unit:
        return skipped("no unit was named")
    if not case.service:
        return skipped(f"there is no {case.unit}")
    service = case.service
    actual = process.read(case.process(), case.host)
    if _is_restarting(service, actual):
        text = f"{case.unit} is {service['active']} ({service['sub']})"
        return failed("restarting", text + case.journal(restarting=True))
    found = [each for each in process.compare(case.process(), actual) if "actual" in each]
    if found:
        first = found[0]
        code = ATTRIBUTES[first["attribute"].partition(" ")[0]]
        if code == "older" and service["needs_reload"]:
            code = "daemon_reload"
        text = f"{case.unit}: {first['attribute']}: {first['actual']}, not {first['expected']}"
        if code == "inactive":
            text += case.journal()
        others = [d["attribute"] for d in found[1:]]
        return failed(code, text, attributes=[first["attribute"], *others])
    if service["needs_reload"]:
        return failed("daemon_reload", f"{case.unit} changed after systemd read it")
    if service["restarts"]:
        text = f"{case.unit} was restarted {service['restarts']} times since it was started"
        return warning("restarting", text, restarts=service["restarts"])
    return ok(f"{case.unit} runs what is installed")


def _is_restarting(service, actual):
    """Whether systemd starts the service again and again, waits to, or has given it up.

    service was read first, when the unit may have been stopping still.
    """
    states = (service["active"], actual["active"])
    has_given_up = service["active"] == "failed" and service["restarts"]
    return "activating" in states or service["sub"] == "auto-restart" or has_given_up
