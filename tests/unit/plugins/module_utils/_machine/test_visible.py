"""Answers of modules, whatever bytes are in a host's names."""

import json

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._machine import visible

LATIN_1 = b"M\xfcller".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("Müller \U0001f600 \x00", "Müller \U0001f600 \x00"),
        (LATIN_1, r"M\xfcller"),
        ("é" + LATIN_1, r"éM\xfcller"),
        ({LATIN_1: [LATIN_1, (LATIN_1,)]}, {r"M\xfcller": [r"M\xfcller", [r"M\xfcller"]]}),
        ({"n": 1, "b": True, "x": None, 3: 2.5}, {"n": 1, "b": True, "x": None, 3: 2.5}),
        # A lone surrogate that no byte has brought.
        ("\ud800", r"\ud800"),
    ],
)
def test_what_is_no_utf_8_is_written_out(found, expected):
    assert visible.answer(found) == expected
    json.dumps(visible.answer(found), ensure_ascii=False).encode("utf-8")
