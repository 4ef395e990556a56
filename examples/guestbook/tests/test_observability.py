"""Errors reach what SENTRY_DSN names, and a stand-in for it receives what is sent."""

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sentry_sdk
from guestbook import DangerousConfiguration, create_app


@pytest.fixture
def received():
    """(the DSN, the texts that came there)."""
    texts = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            texts.append(body.decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", texts
    server.shutdown()
    sentry_sdk.init()


def test_an_exception_is_reported(monkeypatch, received):
    dsn, texts = received
    monkeypatch.setenv("SENTRY_DSN", dsn)
    app = create_app("testing")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", view_func=lambda: 1 / 0)
    assert app.test_client().get("/broken").status_code == 500
    sentry_sdk.flush(5)
    events = [json.loads(line) for text in texts for line in text.splitlines()]
    [event] = [each for each in events if "exception" in each]
    assert event["exception"]["values"][-1]["type"] == "ZeroDivisionError"
    assert event["environment"] == "testing"


def test_without_the_package_it_says_what_to_add(monkeypatch):
    monkeypatch.setenv("SENTRY_DSN", "http://key@127.0.0.1:9/1")
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(DangerousConfiguration, match="app_packages"):
        create_app("testing")
