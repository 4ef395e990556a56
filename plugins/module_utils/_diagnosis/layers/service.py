# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the running service use what is installed: environment, user, virtual environment?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import gunicorn_workers
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    not_checked,
    ok,
    skipped,
    warning,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    process,
    used_database,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import Difference
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

# It can be judged whatever the database says.
NEEDS = ()

# Seconds within which an application is loaded.
LOADING = 20

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
    "worker_exits": Code(
        "The application, a library of it or a hook of Gunicorn ends the process while it is"
        " loaded. Gunicorn starts the next worker, which does the same.",
        "Read the last lines of journalctl --unit of the service; load the application by hand, as"
        " its user.",
    ),
    "worker_killed": Code(
        "The kernel's OOM killer, a limit on the unit's memory, or somebody ends the workers while"
        " they load the application. Gunicorn starts the next one, which ends the same.",
        "See journalctl --dmesg --grep='[Kk]illed process'; run fewer workers, load less, or add"
        " memory.",
    ),
    "boot_hangs": Code(
        "The application waits for something while it is loaded: a lock, a connection or another"
        " service, or it sleeps. No request is answered until it goes on.",
        "Load the application by hand, as its user and with its environment, and interrupt it: the"
        " traceback names the line. Let that wait when a request needs it, and with a limit.",
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
    "other_database": Code(
        "The service was started with a variable or code that no file of it declares, and has its"
        " sessions in another database of the same server.",
        "See systemctl show-environment, systemctl cat of the unit and /proc/PID/environ; take away"
        " what nobody wants, and restart the service.",
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


def check(case: Case) -> Outcome:
    """Compare the running process with the files, as the audit does."""
    unit = case.asked.unit
    if not unit:
        return skipped("no unit was named")
    if not case.service:
        return skipped(f"there is no {unit}")
    service = case.service
    actual = process.read(case.process(), case.host)
    if _is_restarting(service, actual):
        return case.explained(failed("restarting", _state(case)), restarting=True)
    outcome = _of_workers(case)
    if outcome:
        return outcome
    compared = process.compare(case.process(), actual)
    found = [e for e in compared if isinstance(e, Difference) and e.check in ATTRIBUTES]
    if found:
        first = found[0]
        code = ATTRIBUTES[first.check]
        if code == "older" and service["needs_reload"]:
            code = "daemon_reload"
        text = f"{unit}: {first.attribute}: {first.actual}, not {first.expected}"
        outcome = failed(code, text, attributes=[each.attribute for each in found])
        return case.explained(outcome) if code == "inactive" else outcome
    others = _other_databases(case)
    if others:
        text = f"{unit} has its sessions in {', '.join(others)}, and none in"
        return failed("other_database", f"{text} {case.session['database']}", databases=others)
    if service["needs_reload"]:
        return failed("daemon_reload", f"{unit} changed after systemd read it")
    if service["restarts"]:
        text = f"{unit} was restarted {service['restarts']} times since it was started"
        return warning("restarting", text, restarts=service["restarts"])
    return ok(f"{unit} runs what is installed")


def _other_databases(case: Case) -> list[str]:
    """Those in which the service has sessions in the place of the declared one, and of none of
    which the application is known to be; or []."""
    known = used_database.names(case.engines())
    return used_database.elsewhere(case.session or {}, case.databases(), known)


def _state(case: Case) -> str:
    service = case.service
    result = service["result"]
    why = f", {result}" if result not in ("", "success", "exit-code") else ""
    times = f", restarted {service['restarts']} times" if service["restarts"] else ""
    return f"{case.asked.unit} is {service['active']} ({service['sub']}{why}){times}"


def _of_workers(case: Case) -> Outcome | None:
    """What is wrong with the workers of a service that systemd sees start or run; else None."""
    unit = case.host.unit(case.asked.unit)
    pid = int(unit.get("MainPID", 0))
    if not pid:
        return None
    states = {each: gunicorn_workers.is_loading(each) for each in units.children(pid)}
    # One that has come through shows that the others will.
    serves = False in states.values()
    loading = [each for each, is_loading in states.items() if is_loading and not serves]
    if unit["ActiveState"] == "activating":
        loading = [pid]
    end: Any = case.workers_end()
    ends = bool(end) and end.code != "worker_timeout"
    is_new = not serves and _age([pid]) < LOADING
    if case.service["restarts"] and (ends or loading or is_new):
        # systemd has just started it again, for what its workers have done.
        return case.explained(failed("restarting", _state(case)), restarting=True)
    if ends:
        return case.explained(failed(end.code, f"{case.asked.unit}: {end.text}"))
    return _still_loading(case, loading) if loading else None


def _age(pids: Iterable[int]) -> float:
    """The seconds since the first of the processes started; 0 where one has just ended."""
    try:
        oldest: float = max(time.time() - units.started(pid) for pid in pids)
        return oldest
    except OSError:
        return 0


def _still_loading(case: Case, pids: Sequence[int]) -> Outcome:
    """The outcome for processes that load the application, and may have just begun to."""
    seconds = _age(pids)
    text = f"{case.asked.unit} has been loading the application for {seconds:.0f} s"
    if seconds < LOADING or units.computes(pids[0]):
        return not_checked("slow", text, limit=LOADING, seconds=round(seconds))
    return failed("boot_hangs", f"{text}, and waits for something", seconds=round(seconds))


def _is_restarting(service: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    """Whether systemd starts the service again and again, waits to, or has given it up.

    service (service.read()) was read before actual (process.read()), and what starts again
    and again may have been in any state then.
    """
    states = {service["active"], actual["active"]}
    if service["restarts"]:
        has_just_ended = actual["active"] == "active" and actual["process"] is None
        return has_just_ended or bool(states & {"activating", "deactivating", "failed"})
    if service["sub"] == "start":
        # The first start since somebody started it.
        has_failed: bool = actual["active"] == "failed"
        return has_failed
    return "activating" in states
