import http.server
import os
import socket
import subprocess
import threading
from urllib.parse import urlsplit

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import request as kind


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        """/STATUS answers so, but /STATUS?other only where the query arrives."""
        path, _mark, query = self.path.partition("?")
        status = int(query or path.strip("/") or 200)
        self.send_response(status if self.headers["Host"] == "shop.example" else 421)
        if self.headers["X-Flaskops-Proof"]:
            self.send_header("X-Flaskops-Proof", f"{self.headers['X-Flaskops-Proof']} shop")
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def port():
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


class Units:
    experts = None

    def unit(self, name):
        active = "active" if name == "up.service" else "inactive"
        return {"ActiveState": active, "MainPID": str(os.getpid() if name == "up.service" else 1)}


def found(port, path="/200", **options):
    resource = {
        "url": f"http://127.0.0.1:{port}{path}",
        "host": "shop.example",
        "status": [200],
        "timeout": 5,
        "units": [],
        "site": "",
        "socket": "",
        "service": "",
        **options,
    }
    return [d.actual for d in kind.compare(resource, kind.read(resource, Units()))]


def test_answers(port):
    assert found(port) == []
    assert found(port, "/500?200") == []
    assert found(port, "/200?503") == ["503 Service Unavailable"]
    # A fragment is nobody's but the browser's.
    assert found(port, "/200#500") == []
    assert found(port, "?404") == ["404 Not Found"]
    assert found(port, "/500") == ["500 Internal Server Error"]
    # A redirect is an answer of its own.
    assert found(port, "/302") == ["302 Found"]
    assert found(port, "/302", status=[302]) == []
    assert found(port, host="") == ["421 Misdirected Request"]


def test_nobody_answers():
    assert found(1)[0].startswith("no answer")


def test_nothing_is_asked_while_a_unit_is_down(port):
    assert found(port, units=["up.service"]) == []
    assert found(port, units=["down.service"]) == ["no answer: down.service is not active"]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a", "/"),
        ("http://a:80/x", "/x"),
        ("http://a/health?deep=1", "/health?deep=1"),
        ("http://a?deep=1", "/?deep=1"),
        ("https://[::1]:8443/x%20y?a=b&c=%2F#top", "/x%20y?a=b&c=%2F"),
        ("http://a/x?a=b?c", "/x?a=b?c"),
        ("http://a/x;v=1", "/x;v=1"),
        ("http://a//x", "//x"),
    ],
)
def test_all_that_is_declared_is_asked(url, target):
    assert kind.target(urlsplit(url)) == target


def test_only_this_site_proves_that_it_answered(port):
    assert found(port, site="shop") == []
    [stranger] = found(port, site="other")
    assert stranger.startswith("200 OK, not by the site other")
    # Its bad answer is not this application's.
    [stranger] = found(port, "/500", site="other")
    assert stranger.startswith("500 Internal Server Error, not by the site other")
    assert found(1, site="shop")[0].startswith("no answer")


def test_where_the_address_is_anothers_the_hosts_own_is_asked(port, monkeypatch):
    assert all("." in each or each[0] == "[" for each in kind.addresses.own_addresses())
    elsewhere = http.server.HTTPServer(("127.0.0.2", port), Stranger)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    try:
        taken = {"url": f"http://127.0.0.2:{port}/200", "site": "shop"}
        monkeypatch.setattr(kind.addresses, "own_addresses", lambda: ["127.0.0.1"])
        assert found(port, **taken) == []
        monkeypatch.setattr(kind.addresses, "own_addresses", lambda: ["127.0.0.3"])
        [stranger] = found(port, **taken)
        assert "not by the site shop" in stranger
    finally:
        elsewhere.shutdown()
        elsewhere.server_close()


class Stranger(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def test_nobody_but_the_service_listens_at_the_socket(port, tmp_path):
    path = str(tmp_path / "s")
    own = {"socket": path, "service": "up.service"}
    assert found(port, **own) == []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        assert found(port, **own) == []
        other = subprocess.Popen(["sleep", "60"])
        try:
            resource = {**own, "service": "down.service"}
            unit = staticmethod(lambda _name: {"MainPID": str(other.pid)})
            units = type("Units", (), {"unit": unit, "experts": None})()
            [text] = _found_by(port, units, resource)
            assert f"(process {os.getpid()} of " in text
        finally:
            other.kill()
            other.wait()


def _found_by(port, units, options):
    resource = {
        "url": f"http://127.0.0.1:{port}/200", "host": "shop.example", "status": [200],
        "timeout": 5, "units": [], "site": "", **options,
    }  # fmt: skip
    return [d.actual for d in kind.compare(resource, kind.read(resource, units))]
