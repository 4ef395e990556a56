# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does a live request, through nginx, read and write the database?"""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    skipped,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._resources import request
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ()

CODES = {
    "no_answer": Code(
        "nginx is stopped, or listens elsewhere.",
        "systemctl status nginx; nginx -t.",
    ),
    "bad_gateway": Code(
        "Gunicorn does not run, or nginx looks for it at another socket.",
        "systemctl status of the service; compare its socket with nginx's upstream.",
    ),
    "timeout": Code(
        "The application answers too late: it waits for a lock, a connection or another service.",
        "Look for waiting sessions in pg_stat_activity, and for slow requests in the journal.",
    ),
    "worker_ended": Code(
        "The worker that had the request ended before it had answered: the kernel's OOM killer, a"
        " crash in a library, or the application ends its process.",
        "See journalctl --unit of the service, and journalctl --dmesg"
        " --grep='[Kk]illed process|segfault'.",
    ),
    "unavailable": Code(
        "The application or nginx refuses for now: a maintenance page, a limit, no worker.",
        "Read /var/log/nginx/error.log and journalctl --unit of the service.",
    ),
    "server_error": Code(
        "The application fails in the request; its traceback is in the journal.",
        "Read journalctl --unit of the service.",
    ),
    "status": Code(
        "The path is wrong, or the application answers to another name only.",
        "Compare the URL and the Host header with what the application serves.",
    ),
    "answered_by": Code(
        "Another site of nginx, or another program, has the name, the port or the socket.",
        request.SITES,
    ),
}


def check(case: Case) -> Outcome:
    """Make one request, as the audit does."""
    if not case.asked.url:
        return skipped("no URL was named")
    options = {
        "url": case.asked.url, "host": case.asked.url_host, "status": case.asked.status,
        "timeout": 2 * case.asked.timeout, "units": [], "site": case.asked.url_site,
        "socket": case.asked.url_socket, "service": case.asked.unit,
    }  # fmt: skip
    began = time.time()
    answer = request.read(options, case.host)
    outcome = judge(answer, case.asked.url, case.asked.status)
    if outcome.code == "timeout" and _is_slow(case, answer.get("limit", 0)):
        raise pace.Slow(
            case.asked.url, answer["limit"], time.time() - began, "the service computes"
        )
    if outcome.code in ("timeout", "server_error", "bad_gateway"):
        return _explained(case, outcome, began)
    if outcome.code == "status":
        return _mistaken(case, outcome, answer)
    return outcome


def _mistaken(case: Case, outcome: Outcome, answer: Mapping[str, Any]) -> Outcome:
    """The outcome for another status than expected, where a known mistake is the reason."""
    view = case.loaded().get("view", "")
    code, why = "", ""
    if request.leads_back(case.asked.url, case.asked.url_host, answer.get("location", "")):
        code, why = "https_loop", f"it leads to {answer['location']}, which leads there again"
    elif answer["status"] == 404 and view == "no":
        code, why = "no_such_route", "the application has no view for it"
    elif answer["status"] == 404 and view == "yes":
        code, why = "no_such_route", "the application has a view for it, without a prefix"
    elif answer["status"] == 404 and view:
        code, why = "other_host", f"the application has a view for it by the name {view}"
    if not code:
        return outcome
    return outcome._replace(code=code, of="application", message=f"{outcome.message}; {why}")


def _explained(case: Case, outcome: Outcome, began: float) -> Outcome:
    """The outcome with what the journal says of it, which may be another one."""
    if outcome.code == "timeout":
        end = case.end_of_request(began, 1) or case.workers_end() if case.asked.unit else None
        if not end:
            return case.explained(outcome, since=began)
        return outcome._replace(message=f"{outcome.message}; {end.text}")
    # Gunicorn hears and tells of an end after the connection is closed.
    end = case.end_of_request(began, 5 if outcome.code == "bad_gateway" else 1)
    if end:
        code = "timeout" if end.code == "worker_timeout" else "worker_ended"
        return outcome._replace(code=code, message=f"{outcome.message}; {end.text}")
    since = None if outcome.code == "bad_gateway" else began
    return case.explained(outcome, since=since)


def _is_slow(case: Case, limit: float) -> bool:
    """Whether the limit was stretched, and the service's processes have not finished: one that
    waits for something does not compute."""
    pid = case.service.get("pid")
    if not pid or limit <= 2 * case.asked.timeout:
        return False
    return units.computes(pid)


def judge(answer: Mapping[str, Any], url: str, expected: Container[int]) -> Outcome:
    """The outcome for what request.read() returned."""
    status = answer["status"]
    text = f"{url}: {status} {answer['reason']}" if status else f"{url}: {answer['reason']}"
    if answer["stranger"]:
        return failed("answered_by", f"{text}, {answer['stranger']}", status=status)
    if status in expected:
        return ok(text, status=status)
    known = {
        None: "no_answer", 502: "bad_gateway", 503: "unavailable", 504: "timeout",
    }  # fmt: skip
    if "limit" in answer:
        known[None] = "timeout"
    code = known.get(status) or ("server_error" if status >= 500 else "status")
    return failed(code, text, status=status)
