from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.database_url import (
    DatabaseUrlError,
    build,
)

PARTS = {"name": "shop", "user": "shop", "password": "secret", "host": "db.example"}


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ({}, "postgresql://shop:secret@db.example:5432/shop"),
        ({"port": 6432}, "postgresql://shop:secret@db.example:6432/shop"),
        ({"password": ""}, "postgresql://shop@db.example:5432/shop"),
        ({"password": "a@b:c/d#e%f?g h+"}, None),
        ({"host": "::1"}, "postgresql://shop:secret@[::1]:5432/shop"),
        (
            {"host": "/var/run/postgresql"},
            "postgresql://shop:secret@/shop?host=/var/run/postgresql&port=5432",
        ),
        (
            {"query": {"sslmode": "require", "sslrootcert": ""}},
            "postgresql://shop:secret@db.example:5432/shop?sslmode=require",
        ),
        ({"query": {"options": "-c x=1"}}, None),
        ({"driver": "psycopg2"}, "postgresql+psycopg2://shop:secret@db.example:5432/shop"),
        ({"driver": "psycopg"}, "postgresql+psycopg://shop:secret@db.example:5432/shop"),
        ({"name": "my shop/1"}, "postgresql://shop:secret@db.example:5432/my%20shop%2F1"),
    ],
)
def test_url(change, url):
    built = build({**PARTS, **change})
    assert url is None or built == url


@pytest.mark.parametrize("password", ["@", ":", "/", "#", "%", "?", "é'\"\\ `$x`", "%40", "a+b c"])
def test_password_survives_the_round_trip(password):
    url = build({**PARTS, "password": password})
    assert unquote(urlsplit(url).password) == password
    assert sqlalchemy.make_url(url).password == password


def test_query_survives_the_round_trip():
    url = build({**PARTS, "query": {"options": "-c search_path=a&b"}})
    assert sqlalchemy.make_url(url).query == {"options": "-c search_path=a&b"}
    assert "+" not in url


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"host": ""}, "needs host"),
        ({"name": None}, "needs name"),
        ({"user": ""}, "needs user"),
        ({"driver": "asyncpg"}, "'asyncpg' is not one of psycopg2, psycopg"),
    ],
)
def test_missing_or_unknown_part_is_refused(change, message):
    with pytest.raises(DatabaseUrlError, match=message):
        build({**PARTS, **change})
