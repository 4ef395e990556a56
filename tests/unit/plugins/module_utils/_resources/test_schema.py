import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import schema as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "database": "shop",
    "name": "public",
    "owner": "shop_owner",
    "login_user": "postgres",
    "login_port": 5432,
}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"public": "shop_owner", "later": "shop_owner"}, []),
        ({"public": "shop_owner", "other": "eve"}, [("other other", "unexpected")]),
        ({"other": "eve"}, [("exists", "missing")]),
        ({"public": "eve"}, [("owner", "different")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


@pytest.mark.parametrize(
    ("owner", "expected"),
    [("pg_database_owner", []), ("postgres", []), ("eve", [("other public", "unexpected")])],
)
def test_the_schema_that_every_database_has_beside_the_declared_one(owner, expected):
    resource = {**RESOURCE, "name": "shop"}
    assert attributes(kind.compare(resource, {"shop": "shop_owner", "public": owner})) == expected
