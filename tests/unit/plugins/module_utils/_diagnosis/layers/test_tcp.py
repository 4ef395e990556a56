"""What is wrong below TLS and authentication, by the errors of connections and a failed login."""

import errno
import socket
from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import tcp
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint

NAMED = Endpoint("db.example", "", 5432)
LOCAL = Endpoint("localhost", "", 5432)
SOCKET = Endpoint("/run/postgresql", "", 5432)
BOTH = [(LOCAL, "::1"), (LOCAL, "127.0.0.1")]

CONNECTIONS = [
    ("one that answers", [(NAMED, "192.0.2.1")], [0], "ok", ""),
    ("nobody listens", [(NAMED, "192.0.2.1")], [errno.ECONNREFUSED], "failed", "refused"),
    ("a firewall drops", [(NAMED, "192.0.2.1")], [errno.ETIMEDOUT], "failed", "timeout"),
    ("no route", [(NAMED, "192.0.2.1")], [errno.EHOSTUNREACH], "failed", "unreachable"),
    ("no socket", [(SOCKET, SOCKET.host)], [errno.ENOENT], "failed", "socket_missing"),
    ("a socket of others", [(SOCKET, SOCKET.host)], [errno.EACCES], "failed", "socket_denied"),
    ("no IPv6 here", BOTH, [errno.EADDRNOTAVAIL, 0], "ok", ""),
    ("one of the loopback addresses", BOTH, [errno.ECONNREFUSED, 0], "ok", ""),
    ("one of two silent", BOTH, [errno.ETIMEDOUT, 0], "warning", "address_dead"),
    ("one of two refuses", [(NAMED, "192.0.2.1"), (NAMED, "192.0.2.2")],
     [errno.ECONNREFUSED, 0], "warning", "address_dead"),
    ("both are dead, and the first counts", BOTH, [errno.ETIMEDOUT, errno.ECONNREFUSED],
     "failed", "timeout"),
]  # fmt: skip


def table(rows):
    return {"argvalues": [row[1:] for row in rows], "ids": [row[0] for row in rows]}


def case(addresses, attempt=None):
    return SimpleNamespace(
        addresses=addresses, timeout=1, application=SimpleNamespace(user=None), driver_error="",
        login=lambda: attempt,
    )  # fmt: skip


@pytest.mark.parametrize(("addresses", "errors", "status", "code"), **table(CONNECTIONS))
def test_the_addresses(monkeypatch, addresses, errors, status, code):
    monkeypatch.setattr(tcp.as_user, "call", lambda *_arguments, **_options: errors)
    asked = case(addresses)
    found = tcp.check(asked)
    assert (found.status, found.code) == (status, code)
    assert asked.reachable == [key for key, error in zip(addresses, errors) if error == 0]


def refusal(sqlstate, message, routine="ProcessStartupPacket"):
    return {"error": {"sqlstate": sqlstate, "message": message, "routine": routine}}


LOGINS = [
    ("starts", refusal("57P03", "the database system is starting up"), "not_accepting"),
    ("shuts down", refusal("57P03", "the database system is shutting down"), "not_accepting"),
    ("is told to end", refusal("57P01", "terminating connection"), "not_accepting"),
    ("is another service", {"failure": "not_postgresql", "detail": "HTTP/1.1 400"},
     "not_postgresql"),
    ("closes", {"failure": "closed"}, "closed"),
    ("resets", {"failure": "ECONNRESET", "detail": "connection reset by peer"}, "closed"),
    ("says nothing at all", {"failure": "timeout", "stage": "startup"}, "timeout"),
    ("is silent in the login", {"failure": "timeout", "stage": "auth"}, "login_hangs"),
    ("is silent after it", {"failure": "timeout", "stage": "session"}, "login_hangs"),
    # PgBouncer's own errors name no routine of the server's code.
    ("a pooler's server is away",
     refusal("08P01", "server login has been failing, try again later", None),
     "pooler_without_server"),
    ("the server's own, with the pooler's words",
     refusal("08P01", "server login has been failing, try again later"), None),
    ("a password", refusal("28P01", "password authentication failed", "auth_failed"), None),
]  # fmt: skip


@pytest.mark.parametrize(("attempt", "code"), **table(LOGINS))
def test_a_login_that_failed(monkeypatch, attempt, code):
    monkeypatch.setattr(tcp.as_user, "call", lambda *_arguments, **_options: [0])
    nothing = {"error": None, "failure": "", "stage": "", "detail": "", "host": "db", "port": 5432}
    found = tcp.check(case([(NAMED, "192.0.2.1")], {**nothing, **attempt}))
    # What is of the login itself is for the layers above.
    assert (found.code or None) == code


def test_connections_are_made_for_real():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert tcp.connect_all([(Endpoint("127.0.0.1", "", port), "127.0.0.1")], 5) == [0]
    assert tcp.connect_all([(Endpoint("127.0.0.1", "", port), "127.0.0.1")], 5) == [
        errno.ECONNREFUSED
    ]
