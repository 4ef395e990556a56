"""What servers have sent, recorded from PostgreSQL 15 and 17, sent again by a server that only does
that. The client's nonce was 18 zero bytes then, and is so here."""

import contextlib
import json
import socket
import threading
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import protocol, scram

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())
# By the name of what was recorded: stage, SQLSTATE and routine of the error, failure, method.
OUTCOMES = {
    "trusted": ("ready", None, "", "none"),
    "no such database": ("session", ("3D000", "InitPostgres"), "", "none"),
    "clear text, wrong": ("auth", ("28P01", "auth_failed"), "", "password"),
    "md5": ("ready", None, "", "md5"),
    "md5, wrong": ("auth", ("28P01", "auth_failed"), "", "md5"),
    "SCRAM": ("ready", None, "", "scram-sha-256"),
    "SCRAM, wrong": ("auth", ("28P01", "auth_failed"), "", "scram-sha-256"),
    "SCRAM, no password": ("auth", None, "no_password", "scram-sha-256"),
    "rejected by a line": ("startup", ("28000", "ClientAuthentication"), "", ""),
}
# Of each message, this much arrives at a time.
PIECE = 7


@pytest.fixture(autouse=True)
def nonce(monkeypatch):
    monkeypatch.setattr(scram.os, "urandom", bytes)


@contextlib.contextmanager
def server(data, is_silent=False):
    """The port of a server that sends the data to whoever connects, and ends the connection,
    unless it is silent then."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connected, _address = listening.accept()
            with connected, contextlib.suppress(OSError):
                connected.recv(1000)
                for start in range(0, len(data), PIECE):
                    connected.sendall(data[start : start + PIECE])
                if is_silent:
                    done.wait(10)
                connected.shutdown(socket.SHUT_WR)
                # What the client still sends is read, or the end would be a reset.
                while connected.recv(1000):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            thread.join(10)


def log_in(data, parameters, timeout=5, is_silent=False):
    with server(data, is_silent) as port:
        place = Endpoint("127.0.0.1", "", port)
        return protocol.login(parameters, place, "127.0.0.1", timeout, tls=False)


def recorded(name):
    return bytes.fromhex(RECORDED[name]["bytes"]), RECORDED[name]["parameters"]


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_login_comes_to_the_same_end(name):
    stage, error, failure, method = OUTCOMES[name.rpartition(", PostgreSQL ")[0]]
    found = log_in(*recorded(name))
    assert (found["stage"], found["failure"], found["method"]) == (stage, failure, method)
    fields = found["error"] and (found["error"]["sqlstate"], found["error"]["routine"])
    assert fields == error


@pytest.mark.parametrize(("release", "version"), [("15", 15), ("17", 17)])
def test_the_servers_parameters_are_kept(release, version):
    found = log_in(*recorded(f"trusted, PostgreSQL {release}"))
    assert int(found["status"]["server_version"].split(".")[0]) == version
    assert found["status"]["in_hot_standby"] == "off"


def test_a_server_that_does_not_know_the_verifier_is_none():
    data, parameters = recorded("SCRAM, PostgreSQL 17")
    at = data.index(b"v=") + 2
    found = log_in(data[:at] + b"AAAA" + data[at + 4 :], parameters)
    assert (found["stage"], found["failure"]) == ("auth", "scram")


@pytest.mark.parametrize("count", [0, 1, 4, 8, 30])
def test_a_connection_that_ends_within_a_message(count):
    data, parameters = recorded("SCRAM, PostgreSQL 17")
    assert log_in(data[:count], parameters)["failure"] == "closed"


@pytest.mark.parametrize("count", [0, 30])
def test_a_server_that_falls_silent(count):
    data, parameters = recorded("SCRAM, PostgreSQL 17")
    assert log_in(data[:count], parameters, timeout=0.3, is_silent=True)["failure"] == "timeout"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        # A message of no length, and one that is too long.
        b"R\0\0\0\3",
        b"R\x7f\xff\xff\xff",
    ],
)
def test_what_does_not_speak_the_protocol(data):
    assert log_in(data, {"user": "shop"})["failure"] == "not_postgresql"
