import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import Finding
from ansible_collections.flaskops.stack.plugins.modules.drift_info import describe, diff

FOUND = Finding(
    role="app", kind="file", resource="/x", check="mode", subject="", direction="different",
    severity="error", expected="0644", actual="0666", cause="", remedy="", owned=True, live=False,
    because=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "different   app: file /x: mode: 0666 (declared: 0644)"),
        ({"direction": "missing", "check": "exists"}, "missing     app: file /x"),
        ({"check": "content", "actual": "-a\n+b"}, "different   app: file /x: content"),
    ],
)
def test_a_difference_is_a_line(changes, line):
    assert describe(FOUND._replace(**changes)) == line


def test_the_lines_of_a_file_are_in_the_diff():
    found = [FOUND._replace(check="content", actual="-a\n+b"), FOUND]
    text = diff(found, ["one", "two", "follows"])["prepared"]
    assert text == "one\n            -a\n            +b\ntwo\nfollows\n"
