"""Values of settings as files spell them and as the server shows them; the rest is read from real
servers."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session

ROW = {
    "file": "/a.conf", "value": "off", "current": "on", "pending_restart": False, "error": None,
    "is_own": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "current", "expected"),
    [
        ("iso, mdy", "ISO, MDY", True),
        ("yes", "on", True),
        ("0", "off", True),
        ("128MB", "128MB", True),
        ("131072kB", "128MB", True),
        ("60s", "1min", True),
        ("1.5GB", "1536MB", True),
        ("1min", "1MB", False),
        ("*", "localhost", False),
        ("a, b", "a,b", True),
        ("100", "101", False),
    ],
)
def test_the_same_value(value, current, expected):
    assert catalogue.same(value, current) == expected


@pytest.mark.parametrize(
    ("changes", "unloaded", "waits"),
    [
        ({}, {}, False),
        ({}, {"/a.conf": "changed later"}, True),
        ({"value": "true"}, {"/a.conf": "changed later"}, False),
        ({"pending_restart": True}, {}, True),
        ({"is_own": True}, {"/a.conf": "changed later"}, False),
        ({"error": session.NOT_APPLIED}, {"/a.conf": "changed later"}, True),
        ({"error": "syntax error"}, {"/a.conf": "changed later"}, False),
        ({"value": None, "current": None}, {"/a.conf": "changed later"}, False),
    ],
)
def test_whether_a_line_waits(changes, unloaded, waits):
    assert catalogue._line({**ROW, **changes}, unloaded).waits == waits
