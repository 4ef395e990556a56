import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import migrations as kind

RESOURCE = {"user": "shop", "directory": "/r", "release": "/r"}
STEP = {"revision": "2", "message": "Add a table", "file": "x"}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"current": ["2"], "heads": ["2"], "pending": []}, []),
        (
            {"current": ["1"], "heads": ["2"], "pending": [STEP]},
            [("revision", "1; pending: 2 (Add a table)")],
        ),
        (
            {"current": [], "heads": ["2"], "pending": [STEP]},
            [("revision", "no revision; pending: 2 (Add a table)")],
        ),
        ({"error": "no such revision"}, [("asked", "no such revision")]),
    ],
)
def test_difference(actual, expected):
    assert [(d["attribute"], d["actual"]) for d in kind.compare(RESOURCE, actual)] == expected
