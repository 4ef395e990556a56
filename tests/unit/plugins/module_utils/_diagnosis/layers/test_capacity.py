from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import capacity

SESSION = {
    "max_connections": 100, "reserved_connections": 3, "superuser": False, "role_limit": -1,
    "database_limit": -1, "connections": 7,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "numbers", "code", "said"),
    [
        ({}, (3, 1, 5, 10), "", "may open 45 connections, and max_connections leaves 97"),
        ({}, (7, 1, 5, 10), "pool_exceeds", "may open 105"),
        # What is reserved is reserved for superusers.
        (
            {},
            (7, 1, 5, 9),
            "pool_exceeds",
            "may open 98 connections, and max_connections leaves 97",
        ),
        ({"superuser": True}, (7, 1, 5, 9), "", "max_connections leaves 100"),
        ({}, (3, 3, 5, 10), "pool_exceeds", "3 hosts x 3 workers"),
        # The narrowest limit counts; -1 is none, and 0 is one.
        ({"role_limit": 20}, (3, 1, 5, 10), "pool_exceeds", "role_limit leaves 20"),
        ({"database_limit": 0}, (1, 1, 1, 0), "pool_exceeds", "database_limit leaves 0"),
    ],
)
def test_what_workers_may_open_is_compared_with_the_limits(changes, numbers, code, said):
    found = capacity.judge({**SESSION, **changes}, *numbers)
    assert found.code == code
    assert said in found.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"sqlstate": "53300", "routine": "InitProcess", "message": "x"}, None),
        ({"sqlstate": "53300", "routine": "CheckMyDatabase", "message": "x"}, "database_limit"),
        ({"sqlstate": "53100", "routine": "x", "message": "disk full"}, "resources"),
        ({"sqlstate": "08P01", "routine": "",
          "message": "no more connections allowed (max_client_conn)"}, "max_connections"),
        ({"sqlstate": "28P01", "routine": "auth_failed", "message": "x"}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_login_that_found_no_slot_is_judged_by_its_sqlstate(error, code):
    found = capacity.check(SimpleNamespace(login=lambda: {"error": error}))
    if code is None:
        code = "max_connections"
    assert found.code == code
    assert (found.status == "skipped") == (code == "")
