import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import migration_methods

URL = "postgresql://shop:a%40b@127.0.0.1:5432/shop"
PARTS = {"host": "H", "name": "N", "user": "U", "password": "P"}


@pytest.mark.parametrize(
    ("names", "environment", "expected"),
    [
        ({"url": "DATABASE_URL"}, {"DATABASE_URL": URL}, URL),
        ({"url": "SHOP_DB"}, {"DATABASE_URL": "other", "SHOP_DB": URL}, URL),
        ({"url": "DATABASE_URL"}, {}, ""),
        (PARTS, {"H": "db", "N": "shop", "U": "shop", "P": "a@b"}, "shop:a%40b@db"),
    ],
)
def test_the_url_is_the_one_that_the_application_has(names, environment, expected):
    found = migration_methods.question("alembic", "alembic.ini", "", names, environment)
    assert expected in found["database_url"]
    assert found["database_url"] or not expected
