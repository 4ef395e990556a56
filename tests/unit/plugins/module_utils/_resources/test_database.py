import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import database as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "name": "shop",
    "owner": "shop_owner",
    "encoding": "UTF8",
    "locale": "C.UTF-8",
    "login_user": "postgres",
    "login_port": 5432,
}
FINE = {
    "owner": "shop_owner",
    "encoding": "UTF8",
    "collate": "C.UTF-8",
    "ctype": "C.utf8",
    "allow_connections": True,
    "connection_limit": -1,
    "settings": [],
}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        (None, [("exists", "missing")]),
        ({"unavailable": ["encoding"]}, [("unavailable encoding", "different")]),
        (
            {"unavailable": ["encoding", "locale"]},
            [("unavailable encoding", "different"), ("unavailable locale", "different")],
        ),
        ({**FINE, "owner": "eve"}, [("owner", "different")]),
        ({**FINE, "encoding": "LATIN1"}, [("encoding", "different")]),
        ({**FINE, "collate": "de_DE.UTF-8"}, [("collate", "different")]),
        ({**FINE, "ctype": "C"}, [("ctype", "different")]),
        ({**FINE, "allow_connections": False}, [("allow_connections", "different")]),
        ({**FINE, "connection_limit": 0}, [("connection_limit", "unexpected")]),
        ({**FINE, "settings": ["work_mem=1MB"]}, [("setting work_mem", "unexpected")]),
        ({**FINE, "tablespace": "pg_default"}, []),
        ({**FINE, "tablespace": "slow"}, [("tablespace", "different")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


@pytest.mark.parametrize(("name", "there"), [("C", True), ("C.UTF-8", True), ("xx_YY", False)])
def test_a_locale_of_this_host(name, there):
    assert kind._has_locale(name) is there


def test_the_remedy_names_the_database():
    [found] = kind.compare({**RESOURCE, "name": "my shop"}, {**FINE, "allow_connections": False})
    assert """'ALTER DATABASE "my shop" ALLOW_CONNECTIONS true'""" in found.remedy


def test_who_moves_a_database_ends_its_sessions():
    [found] = kind.compare({**RESOURCE, "name": "it's {}"}, {**FINE, "tablespace": "slow"})
    assert "datname = '\"'\"'it'\"'\"''\"'\"'s {}'\"'\"''" in found.remedy
    assert """'ALTER DATABASE "it'"'"'s {}" SET TABLESPACE pg_default'""" in found.remedy
