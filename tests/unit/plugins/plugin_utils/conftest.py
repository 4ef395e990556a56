"""A report that several tests look at."""

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit

DIFFERENCE = {
    "id": "pg_hba.line", "role": "pg_hba", "kind": "pg_hba", "resource": "/h",
    "attribute": "line 1", "check": "line", "subject": "1",
    "direction": "unexpected", "severity": "error",
    "expected": "no such line", "actual": "host all all all trust \x00\x1b[31m <b>",
    "cause": "A hand.", "remedy": "sed\nreload", "owned": False, "live": False, "waits": False,
    "because": [],
}  # fmt: skip
COMPARED = [["pg_hba", "pg_hba", "/h"], ["app", "user", "shop"]]


@pytest.fixture
def report():
    """Of a host that is right, one with two findings, and one that does not answer."""
    results = {
        "web1": {"differences": [], "compared": COMPARED},
        "web2": {
            "differences": [DIFFERENCE, {**DIFFERENCE, "severity": "warning", "role": "app"}],
            "compared": COMPARED,
        },
        "web3": {"unreachable": True, "msg": "no route"},
    }
    return _audit.build(results, "2026-01-01T00:00:00+00:00")
