from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import auth


def case(attempt, session=None, locked_out=""):
    return SimpleNamespace(
        login=lambda: attempt, session=session, locked_out=lambda: locked_out,
        target=SimpleNamespace(parameters={"user": "shop"}),
    )  # fmt: skip


def attempt(sqlstate="", routine="x", message="x", method="scram-sha-256", failure=""):
    error = {"sqlstate": sqlstate, "routine": routine, "message": message} if sqlstate else None
    return {
        "error": error, "method": method, "failure": failure, "detail": "x", "address": "10.0.0.5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (attempt("28P01"), "rejected"),
        (attempt("28000", auth.NO_LINE), "pg_hba"),
        # Who is asked for a password first is known, and may not log in.
        (attempt("28000", auth.NO_ROLE), "nologin"),
        (attempt("28000", auth.NO_ROLE, method="none"), "role_refused"),
        (attempt("28000", "auth_failed"), "wrong_method"),
        (attempt("28999"), "refused"),
        # Another layer's.
        (attempt("53300"), ""),
        (attempt("3D000"), ""),
        (attempt(), ""),
        # What the login itself has seen counts first.
        (attempt("28P01", failure="no_password"), "no_password"),
        (attempt(failure="method"), "wrong_method"),
        (attempt(failure="scram"), "server_unproven"),
        # The pooler's own words, which have no routine.
        (attempt("08P01", "", "no such user: shop"), "unknown_role"),
        (attempt("08P01", "", "password authentication failed"), "rejected"),
        (attempt("08P01", "", "SASL auth failed"), "rejected"),
        (attempt("08P01", "", "no such database: shop"), ""),
        (attempt("28P01", "", "x"), "rejected"),
        (attempt("08P01", "", "x"), ""),
    ],
)
def test_a_login_is_judged_by_its_sqlstate_and_how_far_it_came(found, code):
    assert auth.check(case(found)).code == code


def test_an_administrator_who_is_locked_out_is_a_warning():
    session = {"role": "shop", "authenticated": "scram-sha-256"}
    assert auth.check(case(None, session)).message == "as shop, by scram-sha-256"
    found = auth.check(case(None, session, "peer was replaced"))
    assert (found.status, found.code) == ("warning", "administrator")
