from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import tls
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint

PLAIN = {"used": False, "protocol": "", "verify_code": 0}


@pytest.fixture(autouse=True)
def no_certificate(monkeypatch):
    monkeypatch.setattr(tls, "_certificate", lambda *_arguments: ["subject=db"])


def case(attempt, session=None, host="db"):
    return SimpleNamespace(
        login=lambda: attempt, session=session,
        reachable=[(Endpoint(host, "", 5432), "10.0.0.5")],
    )  # fmt: skip


def attempt(failure="", verify_code=0, tls_would=""):
    return {
        "failure": failure, "detail": "x", "tls": {**PLAIN, "verify_code": verify_code},
        "tls_would": tls_would, "host": "db", "port": 5432,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (attempt(), ""),
        *((attempt("tls_untrusted", number), code) for number, code in tls.VERIFY_CODES.items()),
        (attempt("tls_untrusted", 9999), "untrusted"),
        *((attempt(failure), code) for failure, code in tls.FAILURES.items()),
        (attempt(tls_would="required"), "required"),
        (attempt(tls_would="forbidden"), "forbidden"),
        # Another layer's.
        (attempt("no_password"), ""),
    ],
)
def test_a_login_is_judged_by_what_became_of_its_encryption(found, code):
    assert tls.check(case(found)).code == code
    assert code in ("", *tls.CODES)


def test_a_session_says_how_it_is_encrypted():
    used = {"protocol": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
    found = tls.check(case(None, {"pooled": False, "tls": used}))
    assert (found.message, found.evidence["used"]) == ("TLSv1.3, TLS_AES_256_GCM_SHA384", True)
    assert tls.check(case(None, {"pooled": False, "tls": None})).evidence == {"used": False}
    assert "pooler" in tls.check(case(None, {"pooled": True, "tls": None})).message
    assert "unix socket" in tls.check(case(None, host="/run/postgresql")).message
