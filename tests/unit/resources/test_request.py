import http.server
import threading

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import request as kind


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = int(self.path.strip("/").split("?")[0])
        self.send_response(status if self.headers["Host"] == "shop.example" else 421)
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
    def unit(self, name):
        return {"ActiveState": "active" if name == "up.service" else "inactive"}


def found(port, path="/200", **options):
    resource = {
        "url": f"http://127.0.0.1:{port}{path}",
        "host": "shop.example",
        "status": [200],
        "timeout": 5,
        "units": [],
        **options,
    }
    return [d["actual"] for d in kind.compare(resource, kind.read(resource, Units()))]


def test_answers(port):
    assert found(port) == []
    assert found(port, "/200?page=2") == []
    assert found(port, "/500") == ["500 Internal Server Error"]
    # A redirect is an answer of its own.
    assert found(port, "/302") == ["302 Found"]
    assert found(port, "/302", status=[302]) == []
    assert found(port, host="") == ["421 Misdirected Request"]


def test_nobody_answers():
    assert found(1)[0].startswith("no answer")


def test_nothing_is_asked_while_a_unit_is_down(port):
    assert found(port, units=["up.service"]) == []
    assert found(port, units=["down.service"]) == ["no answer down.service is not active"]
