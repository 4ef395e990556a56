from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import (
    DatabaseUrlError,
    TargetError,
    build,
    parse,
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


@pytest.mark.parametrize(
    ("url", "endpoints"),
    [
        ("postgresql://u:p@h/d", [("h", "", 5432)]),
        ("postgresql+psycopg2://u:p@h:6432/d", [("h", "", 6432)]),
        ("postgresql://u:p@[2001:db8::1]:5433/d", [("2001:db8::1", "", 5433)]),
        ("postgresql://u:p@[2001:db8::1]/d", [("2001:db8::1", "", 5432)]),
        ("postgresql:///d?user=u", [("/var/run/postgresql", "", 5432)]),
        ("postgresql://u@/d?host=/run/x&port=5433", [("/run/x", "", 5433)]),
        ("postgresql://%2Frun%2Fx:5433/d?user=u", [("/run/x", "", 5433)]),
        ("postgresql://u:p@a,b:5433/d", [("a", "", 5432), ("b", "", 5433)]),
        ("postgresql://u@/d?host=a:1&host=b:2", [("a", "", 1), ("b", "", 2)]),
        ("postgresql://u@/d?host=a,b&port=1,2", [("a", "", 1), ("b", "", 2)]),
        ("postgresql://u@/d?host=a,b&port=7", [("a", "", 7), ("b", "", 7)]),
        ("postgresql://u@h/d?hostaddr=192.0.2.1", [("h", "192.0.2.1", 5432)]),
        ("postgresql://u@/d?hostaddr=192.0.2.1", [("192.0.2.1", "192.0.2.1", 5432)]),
    ],
)
def test_endpoints(url, endpoints):
    assert [tuple(endpoint) for endpoint in parse(url).endpoints] == endpoints


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("postgresql://u:p%40ss%2F@h/d", {"user": "u", "password": "p@ss/", "dbname": "d"}),
        ("postgresql://u:a:b/c#d?e@h/d", {"user": "u", "password": "a:b/c#d?e", "dbname": "d"}),
        ("postgresql://u@h/my%20db", {"user": "u", "dbname": "my db"}),
        ("postgresql://h/d?sslmode=require", {"dbname": "d", "sslmode": "require"}),
        ("postgresql://h/d?options=-c%20geqo%3Doff", {"dbname": "d", "options": "-c geqo=off"}),
    ],
)
def test_parameters(url, parameters):
    assert parse(url).parameters == parameters


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("guestbook", "malformed"),
        ("", "malformed"),
        ("'postgresql://u:p@h/d'", "malformed"),
        ("postgresql://u:p@h/d\n", "malformed"),
        ("postgresql://u:p@h:port/d", "malformed"),
        ("postgresql://u:p@h:99999/d", "malformed"),
        ("postgres://u:p@h/d", "scheme"),
        ("postgres+psycopg2://u:p@h/d", "scheme"),
        ("mysql://u:p@h/d", "not_postgresql"),
        ("sqlite:///d.db", "not_postgresql"),
        ("postgresql+psycopg4://u:p@h/d", "unknown_driver"),
        ("postgresql://u:p@ss@h/d", "unencoded_password"),
        ("postgresql://u:p@h/d?ssl=true", "option"),
        ("postgresql://u:p@h/d?sslmode=yes", "option"),
        ("postgresql://u:p@h/d?target_session_attrs=master", "option"),
    ],
)
def test_a_mistake(url, code):
    with pytest.raises(TargetError) as caught:
        parse(url)
    assert caught.value.code == code
    assert "p@ss" not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "warnings"),
    [("p%40", []), ("a:b", [":"]), ("a/b#c?d", ["/", "#", "?"]), ("100%", ["%"]), ("%zz", ["%"])],
)
def test_what_works_by_luck(password, warnings):
    assert parse(f"postgresql://u:{password}@h/d").warnings == warnings


@pytest.mark.parametrize("driver", ["", "+psycopg2", "+psycopg", "+asyncpg", "+pg8000"])
def test_a_driver_of_sqlalchemy(driver):
    assert parse(f"postgresql{driver}://u:p@h/d").driver == driver[1:]


def test_what_is_sqlalchemys_own_is_not_libpqs():
    assert "async_fallback" not in parse("postgresql://u@h/d?async_fallback=1").parameters
    # Other drivers have parameters of their own.
    assert parse("postgresql+asyncpg://u@h/d?ssl=require").parameters["ssl"] == "require"
