import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import (
    service as layer,
)

RUNS = {"environment": {}}


@pytest.mark.parametrize(
    ("active", "sub", "restarts", "later", "process", "expected"),
    [
        ("active", "running", 0, "active", RUNS, False),
        ("inactive", "dead", 0, "inactive", None, False),
        # Nobody has started it again yet.
        ("failed", "failed", 0, "failed", None, False),
        ("active", "running", 0, "active", None, False),
        # The first start, which may take its time, or fail meanwhile.
        ("activating", "start", 0, "activating", RUNS, False),
        ("activating", "start", 0, "active", RUNS, False),
        ("activating", "start", 0, "failed", None, True),
        ("activating", "auto-restart", 0, "activating", None, True),
        ("active", "running", 0, "activating", None, True),
        # In every state of a round.
        ("activating", "start", 3, "activating", RUNS, True),
        ("active", "running", 3, "deactivating", RUNS, True),
        ("deactivating", "stop-sigterm", 3, "active", RUNS, True),
        ("activating", "auto-restart", 3, "activating", None, True),
        ("active", "running", 3, "active", None, True),
        ("failed", "failed", 3, "failed", None, True),
        # Once, and now it runs: its workers tell more.
        ("active", "running", 1, "active", RUNS, False),
    ],
)
def test_a_service_that_starts_again_and_again(active, sub, restarts, later, process, expected):
    service = {"active": active, "sub": sub, "restarts": restarts}
    assert layer._is_restarting(service, {"active": later, "process": process}) is expected
