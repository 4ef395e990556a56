import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import ladder
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.server_view import (
    explain,
    state,
)

ATTEMPT = {"user": "shop", "database": "shop", "address": "10.0.0.7", "tls": True}
ROLE = {"login": True, "kept": "scram", "expired": False, "valid_until": None}


def facts(method="scram-sha-256", kind="host", user="all", **role):
    rule = {
        "line_number": 9, "type": kind, "database": ["all"], "user_name": [user],
        "address": "all", "netmask": None, "auth_method": method,
    }  # fmt: skip
    return {
        "role": {**ROLE, **role} if role.get("exists", True) else None,
        "rules": [rule], "roles": {"shop"}, "own": [], "unloaded": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "found", "expected"),
    [
        ("auth.rejected", facts(), "auth.wrong_password"),
        ("auth.rejected", facts(exists=False), "auth.unknown_role"),
        ("auth.rejected", facts(expired=True), "auth.expired_password"),
        ("auth.rejected", facts(kept="not"), "auth.no_password_set"),
        ("auth.rejected", facts(kept="md5"), "auth.wrong_method"),
        ("auth.rejected", facts("md5", kept="md5"), "auth.wrong_password"),
        # An expired password and NOLOGIN: the server looks at the password first.
        ("auth.rejected", facts(expired=True, login=False), "auth.expired_password"),
        ("auth.role_refused", facts("trust", exists=False), "auth.unknown_role"),
        ("auth.role_refused", facts("trust", login=False), "auth.nologin"),
        ("auth.nologin", facts(login=False), "auth.nologin"),
        ("auth.wrong_method", facts("ldap"), "auth.wrong_method"),
        ("auth.pg_hba", facts("reject"), "auth.reject_line"),
        ("auth.pg_hba", facts(user="other"), "auth.no_pg_hba_line"),
        ("auth.pg_hba", facts(), "auth.no_pg_hba_line"),
        ("auth.pg_hba", facts(kind="hostnossl"), "tls.forbidden"),
        ("database.missing", facts(), "database.missing"),
    ],
)
def test_what_the_server_does_not_tell(code, found, expected):
    assert explain({**ATTEMPT, "code": code}, found)[0] == expected
    assert expected in ladder.codes()


def test_the_line_is_named():
    _code, message = explain({**ATTEMPT, "code": "auth.pg_hba"}, facts("reject"))
    assert "line 9 of pg_hba.conf (host all all all reject)" in message
    assert "shop to shop from 10.0.0.7 with TLS" in message


def test_a_line_that_is_not_loaded_yet():
    _code, message = explain({**ATTEMPT, "code": "auth.pg_hba"}, {**facts(), "unloaded": True})
    assert "has not read yet" in message


@pytest.mark.parametrize(
    ("status", "control", "code"),
    [
        ("starting", "shut down", "tcp.starting_up"),
        ("starting", "in crash recovery", "tcp.in_recovery"),
        ("starting", "in archive recovery", "tcp.in_recovery"),
        ("standby", "in archive recovery", "tcp.in_recovery"),
        ("stopping", "in production", "tcp.shutting_down"),
        ("ready", "in production", "tcp.not_accepting"),
        ("", "", "tcp.not_accepting"),
    ],
)
def test_a_server_that_takes_no_sessions(status, control, code):
    assert state(status, control)[0] == code
