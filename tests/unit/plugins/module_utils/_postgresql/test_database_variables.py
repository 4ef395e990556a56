import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables as names_of,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url

WHOLE = {"url": "SQLALCHEMY_DATABASE_URI"}
PARTS = {
    "host": "DB_HOST", "port": "DB_PORT", "name": "DB_NAME", "user": "DB_USER", "password": "DB_PW",
    **names_of.LIBPQ,
}  # fmt: skip
NO_PORT = {part: name for part, name in PARTS.items() if part != "port"}
PLAIN = "postgresql://shop:secret@db.example:6432/shop"
VALUES = {
    "DB_HOST": "db.example", "DB_PORT": "6432", "DB_NAME": "shop", "DB_USER": "shop",
    "DB_PW": "secret",
}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (names_of.DEFAULT, PLAIN, {"DATABASE_URL": PLAIN}),
        (WHOLE, PLAIN, {"SQLALCHEMY_DATABASE_URI": PLAIN}),
        (PARTS, PLAIN, VALUES),
        ({**WHOLE, **PARTS}, PLAIN, {"SQLALCHEMY_DATABASE_URI": PLAIN, **VALUES}),
        (NO_PORT, PLAIN, {k: v for k, v in VALUES.items() if k != "DB_PORT"}),
        (PARTS, PLAIN + "?sslmode=verify-full&sslrootcert=/etc/flask/shop.ca.pem",
         {**VALUES, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/flask/shop.ca.pem"}),
        # As they are, and not as a URL has them.
        (PARTS, "postgresql://a%40b:p%40ss%3A%2F%25@db.example:6432/my%20shop",
         {**VALUES, "DB_USER": "a@b", "DB_PW": "p@ss:/%", "DB_NAME": "my shop"}),
        (PARTS, "postgresql://shop:secret@/shop?host=/var/run/postgresql",
         {**VALUES, "DB_HOST": "/var/run/postgresql", "DB_PORT": "5432"}),
        (PARTS, "postgresql://shop:secret@[::1]:6432/shop", {**VALUES, "DB_HOST": "::1"}),
        (PARTS, "postgresql://shop:secret@a:1,b:2/shop",
         {**VALUES, "DB_HOST": "a,b", "DB_PORT": "1,2"}),
        (PARTS, "", {}),
        # What it cannot take apart is for the layer of the URL to judge.
        (WHOLE, "postgres://x", {"SQLALCHEMY_DATABASE_URI": "postgres://x"}),
    ],
)  # fmt: skip
def test_what_each_variable_has(names, text, expected):
    assert names_of.values(names, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "postgresql://a%40b:p%40ss%3A%2F%25@db.example:6432/my%20shop?sslmode=require",
        "postgresql://shop:secret@/shop?host=/var/run/postgresql&port=5433",
        "postgresql://shop:secret@[::1]:6432/shop",
        "postgresql://shop:secret@a:1,b:2/shop",
    ],
)
def test_parts_name_the_database_that_they_were_made_of(text):
    found = names_of.target(PARTS, names_of.values(PARTS, text))
    assert found == url.parse(text)._replace(driver=url.ANY_DRIVER)


@pytest.mark.parametrize(
    ("names", "environment", "code"),
    [
        (WHOLE, {}, "malformed"),
        (WHOLE, {"SQLALCHEMY_DATABASE_URI": "postgres://u@h/d"}, "scheme"),
        (PARTS, {**VALUES, "DB_HOST": ""}, "malformed"),
        (PARTS, {**VALUES, "DB_PORT": "x"}, "malformed"),
        (PARTS, {**VALUES, "PGSSLMODE": "on"}, "option"),
    ],
)
def test_what_names_no_database_is_said(names, environment, code):
    with pytest.raises(url.TargetError) as caught:
        names_of.target(names, environment)
    assert (caught.value.code, "secret" in str(caught.value)) == (code, False)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (WHOLE, ["SQLALCHEMY_DATABASE_URI"]),
        (PARTS, ["DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PW"]),
        ({**WHOLE, **PARTS}, ["SQLALCHEMY_DATABASE_URI"]),
    ],
)
def test_what_must_have_a_value(names, expected):
    assert names_of.needed(names) == expected
