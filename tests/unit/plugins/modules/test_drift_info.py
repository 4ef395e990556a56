import pytest
from ansible_collections.flaskops.stack.plugins.modules.drift_info import describe, diff

FOUND = {
    "role": "app",
    "kind": "file",
    "resource": "/x",
    "attribute": "mode",
    "direction": "different",
    "expected": "0644",
    "actual": "0666",
}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "different   app: file /x: mode: 0666 (declared: 0644)"),
        ({"direction": "missing", "attribute": "exists"}, "missing     app: file /x"),
        ({"attribute": "content", "actual": "-a\n+b"}, "different   app: file /x: content"),
    ],
)
def test_a_difference_is_a_line(changes, line):
    assert describe({**FOUND, **changes}) == line


def test_the_lines_of_a_file_are_in_the_diff():
    found = [{**FOUND, "attribute": "content", "actual": "-a\n+b"}, FOUND]
    text = diff(found, ["one", "two", "follows"])["prepared"]
    assert text == "one\n            -a\n            +b\ntwo\nfollows\n"
