# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the hosts' names have addresses?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    warning,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case
    from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint

NEEDS = ("config", "url")

CODES = {
    "not_found": Code(
        "The name is mistyped, was removed, or is known to another resolver only.",
        "Correct the host in the URL or the record; ask with getent hosts NAME on this host.",
    ),
    "no_answer": Code(
        "No name server answers.",
        "See /etc/resolv.conf, and whether its servers can be reached.",
    ),
}


def check(case: Case) -> Outcome:
    """Look up all hosts at once; case.addresses gets what was found."""
    answers: list[tuple[Endpoint, Any]] = _look_up(case.target.endpoints, case.timeout)
    case.addresses = [(e, a) for e, found in answers for a in (found if found else [])]
    missing = [(e, found) for e, found in answers if not found]
    evidence = {"addresses": {e.host: found or [] for e, found in answers}}
    if not missing:
        listed = [f"{e.host}: {', '.join(a)}" for e, a in answers if [e.host] != a]
        return ok("; ".join(listed) or "an address or a socket, no name to look up", **evidence)
    endpoint, found = missing[0]
    code = "no_answer" if found is None else "not_found"
    message = {
        "not_found": f"the name {endpoint.host} has no address",
        "no_answer": f"no name server has answered for {endpoint.host} within {case.timeout} s",
    }[code]
    return (warning if case.addresses else failed)(code, message, **evidence)


def _look_up(
    endpoints: Sequence[Endpoint], timeout: float
) -> list[tuple[Endpoint, list[str] | None]]:
    """[(endpoint, addresses)]: [] where there is none, None where nobody answered in time."""
    answers: dict[Endpoint, list[str] | None] = {}

    def ask(endpoint: Endpoint) -> None:
        answers[endpoint] = _addresses(endpoint)

    # The resolver's own timeouts are no limit, and it cannot be interrupted.
    threads = [threading.Thread(target=ask, args=(e,), daemon=True) for e in endpoints]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    return [(e, answers.get(e)) for e in endpoints]


def _addresses(endpoint: Endpoint) -> list[str] | None:
    if endpoint.host.startswith("/"):
        return [endpoint.host]
    if endpoint.hostaddr:
        return [endpoint.hostaddr]
    try:
        found: list[Any] = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror as exc:
        return None if exc.errno == socket.EAI_AGAIN else []
    except UnicodeError:
        return []
    return list(dict.fromkeys(answer[4][0] for answer in found))
