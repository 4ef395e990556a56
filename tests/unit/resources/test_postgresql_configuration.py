import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration as kind,
)

FINE = {"unloaded": {}, "rejected": [], "pending_restart": []}
REJECTED = [{"file": "/etc/x.conf", "line": 3, "error": "syntax error"}]


@pytest.mark.parametrize(
    ("actual", "attributes"),
    [
        (FINE, []),
        ({**FINE, "unloaded": {"/etc/x.conf": 1.5}}, ["loaded"]),
        ({**FINE, "rejected": REJECTED}, ["accepted"]),
        # A line that the server has not read yet cannot be judged.
        ({**FINE, "unloaded": {"/etc/x.conf": 1.5}, "rejected": REJECTED}, ["loaded"]),
        ({**FINE, "pending_restart": ["max_connections"]}, ["restarted"]),
        ({"error": "could not connect"}, ["reachable"]),
    ],
)
def test_difference(actual, attributes):
    assert [d["attribute"] for d in kind.compare({}, actual)] == attributes
