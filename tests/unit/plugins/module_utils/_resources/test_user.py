import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import user as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {"name": "shop", "shell": "/usr/sbin/nologin", "groups": []}
FINE = {"shell": "/usr/sbin/nologin", "groups": [], "has_password": False}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        (None, [("exists", "missing")]),
        ({**FINE, "shell": "/bin/sh"}, [("shell", "different")]),
        ({**FINE, "has_password": True}, [("password", "unexpected")]),
        ({**FINE, "groups": ["docker"]}, [("group docker", "unexpected")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


def test_read():
    assert kind.read({"name": "root"}, None)["shell"].startswith("/")
    assert kind.read({"name": "no such user"}, None) is None
