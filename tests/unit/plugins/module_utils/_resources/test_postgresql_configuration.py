import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import Server
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_configuration as kind,
)

REJECTED = [{"file": "/etc/x.conf", "line": 3, "error": "syntax error"}]
VALUE = [{**REJECTED[0], "error": "setting could not be applied"}]
PEER = {"type": "local", "database": ["all"], "user_name": ["postgres"], "auth_method": "peer"}
SERVER = Server("/h", {}, [], [], {}, {}, {}, {}, hba_rules=[PEER])
RESOURCE = {"unit": "postgresql@15-main.service", "login_user": "postgres", "login_port": 5432}


@pytest.mark.parametrize(
    ("changes", "attributes"),
    [
        ({}, []),
        ({"unloaded": {"/etc/x.conf": "changed later"}}, ["loaded /etc/x.conf"]),
        ({"rejected": REJECTED}, ["accepted /etc/x.conf:3"]),
        # No reload loads a file with an unreadable line in it ...
        (
            {"unloaded": {"/etc/x.conf": "changed later"}, "rejected": REJECTED},
            ["accepted /etc/x.conf:3"],
        ),
        # ... but one that shows whether a value is valid.
        ({"unloaded": {"/etc/x.conf": "changed later"}, "rejected": VALUE}, ["loaded /etc/x.conf"]),
        ({"rejected": VALUE}, ["accepted /etc/x.conf:3"]),
        ({"pending_restart": ["max_connections"]}, ["restarted max_connections"]),
        ({"unseen": {"/etc/x.conf": "who knows", "/h": "who knows"}}, ["loaded /etc/x.conf"]),
        # That file is the kind pg_hba's.
        ({"unloaded": {"/h": "changed later"}, "rejected": [{**REJECTED[0], "file": "/h"}]}, []),
        ({"unloaded": {"/h": "changed later"}}, []),
    ],
)
def test_difference(changes, attributes):
    actual = {"server": SERVER._replace(**changes)}
    assert [d.attribute for d in kind.compare(RESOURCE, actual)] == attributes


def test_a_server_that_does_not_answer():
    [found] = kind.compare(RESOURCE, {"error": "could not connect"})
    assert found.attribute == "reachable"
    assert found.actual == "could not connect"


def test_an_administrator_who_is_kept_out_is_a_finding_of_its_own():
    found = kind.compare(RESOURCE, {"locked_out": session.LockedOut("no line", "a command")})
    assert [(d.attribute, d.actual, d.remedy) for d in found] == [
        ("administrator", "no line", "a command")
    ]


def test_what_would_keep_him_out_is_found_before_a_reload(monkeypatch):
    monkeypatch.setattr(
        kind.administrator, "remedy", lambda _login, is_loaded: f"loaded {is_loaded}"
    )
    changed = SERVER._replace(unloaded={"/h": "changed later"}, hba_rules=[])
    (found,) = kind.compare(RESOURCE, {"server": changed})
    assert (found.attribute, found.remedy) == ("administrator", "loaded False")
