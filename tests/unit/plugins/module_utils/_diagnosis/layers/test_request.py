import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import request


def answer(status, reason="x", **more):
    return {"status": status, "reason": reason, "stranger": "", **more}


@pytest.mark.parametrize(
    ("found", "expected", "code"),
    [
        (answer(200), [200], ""),
        (answer(302), [200, 302], ""),
        (answer(404), [404], ""),
        (answer(404), [200], "status"),
        (answer(500), [200], "server_error"),
        (answer(501), [200], "server_error"),
        (answer(502), [200], "bad_gateway"),
        (answer(503), [200], "unavailable"),
        (answer(504), [200], "timeout"),
        (answer(None, "connection refused"), [200], "no_answer"),
        (answer(None, "timed out", limit=4), [200], "timeout"),
        # Another's answer is none, even where it is the expected one.
        (answer(200, stranger="by the site old"), [200], "answered_by"),
    ],
)
def test_an_answer_is_judged(found, expected, code):
    outcome = request.judge(found, "http://127.0.0.1/health", expected)
    assert (outcome.code, outcome.status) == (code, "failed" if code else "ok")
