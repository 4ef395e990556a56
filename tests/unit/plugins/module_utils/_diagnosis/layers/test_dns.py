from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import dns
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint

DB, OTHER, SOCKET = (Endpoint(name, "", 5432) for name in ("db", "other", "/run/postgresql"))


@pytest.mark.parametrize(
    ("answers", "status", "code", "addresses"),
    [
        ([(DB, ["10.0.0.5", "fd00::5"])], "ok", "", 2),
        ([(SOCKET, ["/run/postgresql"])], "ok", "", 1),
        ([(DB, [])], "failed", "not_found", 0),
        ([(DB, None)], "failed", "no_answer", 0),
        # While another host has an address, there is a way.
        ([(DB, []), (OTHER, ["10.0.0.6"])], "warning", "not_found", 1),
        ([(DB, ["10.0.0.5"]), (OTHER, None)], "warning", "no_answer", 1),
    ],
)
def test_the_answers_of_name_servers_are_judged(monkeypatch, answers, status, code, addresses):
    monkeypatch.setattr(dns, "_look_up", lambda _endpoints, _timeout: answers)
    case = SimpleNamespace(target=SimpleNamespace(endpoints=[]), timeout=2, addresses=None)
    found = dns.check(case)
    assert (found.status, found.code) == (status, code)
    assert len(case.addresses) == addresses


def test_what_is_no_name_is_not_looked_up():
    assert dns._addresses(SOCKET) == ["/run/postgresql"]
    assert dns._addresses(Endpoint("db", "10.0.0.7", 5432)) == ["10.0.0.7"]
    assert dns._addresses(Endpoint("a" * 64, "", 5432)) == []
