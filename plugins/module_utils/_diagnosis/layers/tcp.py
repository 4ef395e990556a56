# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does a PostgreSQL server that takes sessions listen at the addresses, or behind the socket?"""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import as_user
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

NEEDS = ("config", "url", "dns")

CODES = {
    "refused": Code(
        "The server is stopped, listens on another port, or not on this address.",
        "Start it; compare its port and listen_addresses with the URL.",
    ),
    "timeout": Code(
        "A firewall, a security group or a route drops what is sent.",
        "Open the port from this host to the server.",
    ),
    "unreachable": Code(
        "There is no route to the network, or a firewall rejects.",
        "See the routes of this host and the firewalls on the way.",
    ),
    "socket_missing": Code(
        "The server is stopped, or its unix_socket_directories or port are others.",
        "Start it, or correct the directory and the port in the URL.",
    ),
    "socket_denied": Code(
        "The mode of the socket or of its directory keeps the application's user out.",
        "See unix_socket_permissions and unix_socket_group of the server.",
    ),
    "address_dead": Code(
        "One of the host's addresses leads nowhere; each connection that tries it first waits.",
        "Remove the dead address from DNS or from the URL, or mend the way to it.",
    ),
    "not_postgresql": Code(
        "The port is another service's.",
        "Correct the port in the URL.",
    ),
    "closed": Code(
        "The server is ending or overloaded, or something on the way closes connections.",
        "See the server's log, and the proxies on the way.",
    ),
    "not_accepting": Code(
        "The server is starting, shutting down or in recovery.",
        "Wait until it is ready; see its log.",
    ),
    "starting_up": Code(
        "The server was just started and does not take sessions yet.",
        "Wait until it is ready; see its log.",
    ),
    "shutting_down": Code(
        "Somebody stops or restarts the server, and sessions keep it from ending.",
        "Wait, or end the sessions; then start it.",
    ),
    "in_recovery": Code(
        "The server recovers from a crash or from a backup, or is a standby that takes no"
        " queries (hot_standby is off).",
        "Wait until the recovery ends, or set hot_standby on a standby; see its log.",
    ),
    "login_hangs": Code(
        "A connection pooler waits for the server behind it; or the server hangs: a stopped"
        " process, a full disk, a lock on its catalogue.",
        "Check the server itself, from the pooler's host where there is one; see their logs.",
    ),
    "pooler_without_server": Code(
        "The connection pooler runs, and the server behind it does not answer it or refuses it.",
        "Check the server from the pooler's host, and see the pooler's log.",
    ),
}

# "cannot_connect_now", and a server that ends while it is asked.
NOT_ACCEPTING = ("57P03", "57P02", "57P01")

# PgBouncer has one SQLSTATE for all of its own errors, and its texts are never translated.
NO_SERVER = ("server login", "cannot connect", "server conn", "query_wait_timeout")


def check(case: Case) -> Outcome:
    """Connect to every address at once; case.reachable gets those that take a connection."""
    # Connecting is all that this measures; the login comes once something listens.
    errors = as_user.call(
        case.application.user, connect_all, case.addresses, case.timeout, timeout=case.timeout + 5
    )
    results = list(zip(case.addresses, errors))
    case.reachable = [key for key, error in results if error == 0]
    evidence = {"connections": {_name(*key): _word(error) for key, error in results}}
    if not case.reachable:
        (endpoint, address), error = results[0]
        return failed(_code(error), f"{_name(endpoint, address)}: {_word(error)}", **evidence)
    attempt = case.login()
    outcome = _of_server(attempt, case.driver_error) if attempt else None
    if outcome:
        return outcome._replace(evidence=evidence)
    dead = [(key, error) for key, error in results if error and not _harmless(error, *key)]
    if dead:
        (endpoint, address), error = dead[0]
        return warning(
            "address_dead",
            f"{_name(endpoint, address)}: {_word(error)}; another address answers",
            **evidence,
        )
    return ok(", ".join(_name(*key) for key in case.reachable), **evidence)


def _harmless(error: int, endpoint: Endpoint, address: str) -> bool:
    """Whether libpq goes on to the host's other address at once: this host has no IPv6, or the
    server listens on one of the two loopback addresses."""
    if error in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH):
        return ":" in address
    return error == errno.ECONNREFUSED and endpoint.host == "localhost"


def _of_server(attempt: Mapping[str, Any], driver_error: str) -> Outcome | None:
    """What is wrong below TLS and authentication, in a login that failed."""
    error, place = attempt["error"], f"{attempt['host']}:{attempt['port']}"
    if attempt["failure"] == "timeout" and attempt["stage"] in ("auth", "session"):
        said = f"; the driver: {' '.join(driver_error.split())}" if driver_error else ""
        return failed("login_hangs", f"{place} asks for a login, and then does not answer{said}")
    if attempt["failure"] in ("not_postgresql", "closed", "timeout"):
        return failed(attempt["failure"], f"{place}: {attempt['detail'] or 'no answer in time'}")
    if attempt["failure"] in ("ECONNRESET", "EPIPE"):
        return failed("closed", f"{place}: {attempt['detail']}")
    if error and error["sqlstate"] in NOT_ACCEPTING:
        return failed("not_accepting", f"{place}: {error['message']}")
    if error and not error["routine"] and any(text in error["message"] for text in NO_SERVER):
        return failed("pooler_without_server", f"{place}: {error['message']}")
    return None


def connect_all(addresses: Sequence[tuple[Endpoint, str]], timeout: float) -> list[int]:
    """The errno of each connection, 0 where it is made; no longer than the timeout, in seconds."""
    errors: list[Any] = [errno.ETIMEDOUT] * len(addresses)

    def connect(index: int) -> None:
        try:
            _connect(*addresses[index], timeout)
            errors[index] = 0
        except socket.timeout:
            pass
        except OSError as exc:
            errors[index] = exc.errno

    threads = [threading.Thread(target=connect, args=(i,), daemon=True) for i in range(len(errors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout + 1)
    return errors


def _connect(endpoint: Endpoint, address: str, timeout: float) -> None:
    if endpoint.host.startswith("/"):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(timeout)
            stream.connect(f"{endpoint.host}/.s.PGSQL.{endpoint.port}")
    else:
        socket.create_connection((address, endpoint.port), timeout).close()


def _code(error: int) -> str:
    known = {
        errno.ECONNREFUSED: "refused",
        errno.ETIMEDOUT: "timeout",
        errno.ENOENT: "socket_missing",
        errno.EACCES: "socket_denied",
        errno.EPERM: "socket_denied",
        errno.ECONNRESET: "closed",
    }
    return known.get(error, "unreachable")


def _word(error: int) -> str:
    words = {0: "ok", errno.ETIMEDOUT: "no answer in time"}
    return words.get(error) or os.strerror(error).lower()


def _name(endpoint: Endpoint, address: str) -> str:
    if endpoint.host.startswith("/"):
        return f"{endpoint.host}/.s.PGSQL.{endpoint.port}"
    return f"[{address}]:{endpoint.port}" if ":" in address else f"{address}:{endpoint.port}"
