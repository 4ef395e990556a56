from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import database

SESSION = {
    "database": "shop", "server_version": "17.1", "address": "10.0.0.5", "port": 5432,
    "in_recovery": False, "read_only": False,
}  # fmt: skip


def case(attempt, session=None, driver_error=""):
    return SimpleNamespace(
        login=lambda: attempt, session=session, driver_error=driver_error,
        target=SimpleNamespace(parameters={"dbname": "shop"}),
    )  # fmt: skip


def error(sqlstate, message="x", routine="InitPostgres"):
    return {"error": {"sqlstate": sqlstate, "message": message, "routine": routine}}


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (error("3D000"), "missing"),
        (error("42501"), "no_connect"),
        (error("55000"), "closed"),
        (error("22023"), "startup_option"),
        (error("XX000"), "refused"),
        # The pooler's own words, which have no routine.
        (error("08P01", "no such database: shop", ""), "missing"),
        (error("08P01", "unsupported startup parameter: options", ""), "startup_option"),
        (error("08P01", "pgbouncer cannot connect", ""), "refused"),
        # Another layer's.
        (error("53300"), ""),
        ({"error": None, "unsuitable": "all are standbys"}, "no_suitable_host"),
        ({"error": None}, ""),
    ],
)
def test_what_ends_a_session_is_judged_by_its_sqlstate(attempt, code):
    assert database.check(case(attempt)).code == code


def test_a_driver_that_is_refused_where_a_login_by_hand_is_not():
    found = database.check(case({"error": None}, driver_error="no such option"))
    assert (found.code, found.message) == ("driver_refused", "no such option")


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({}, "", "PostgreSQL 17.1"),
        ({"in_recovery": True}, "read_only", "is a standby"),
        ({"read_only": True}, "read_only", "default_transaction_read_only"),
    ],
)
def test_a_database_that_cannot_be_written(changes, code, said):
    found = database.check(case(None, {**SESSION, **changes}))
    assert found.code == code
    assert said in found.message
