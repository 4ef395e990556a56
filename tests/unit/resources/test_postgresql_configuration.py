import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.catalogue import Server
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration as kind,
)

SERVER = Server("/h", {}, [], [], {}, {}, {}, {})
REJECTED = [{"file": "/etc/x.conf", "line": 3, "error": "syntax error"}]
VALUE = [{**REJECTED[0], "error": "setting could not be applied"}]
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
    ],
)
def test_difference(changes, attributes):
    actual = {"server": SERVER._replace(**changes)}
    assert [d["attribute"] for d in kind.compare(RESOURCE, actual)] == attributes


def test_a_server_that_does_not_answer():
    [found] = kind.compare(RESOURCE, {"error": "could not connect"})
    assert found["attribute"] == "reachable"
    assert found["actual"] == "could not connect"
