import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.masking import (
    mask,
    secrets_of,
    secrets_of_url,
)


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("password is hunter22", ["hunter22"], "password is ********"),
        ("is-a-longer-secret-inside", ["a-longer-secret"], "is-********-inside"),
        ("postgresql://u:p%40ss%2F@h/d", ["p@ss/"], "postgresql://u:********@h/d"),
        ("longer-secret and longer", ["longer", "longer-secret"], "******** and ********"),
        ("'it\\'s\\n'", ["it's\n"], "'it\\'s\\n'"),
        ("nothing", ["", None], "nothing"),
        ("a database at a host", ["a"], "******** database at ******** host"),
    ],
)
def test_mask(text, secrets, masked):
    assert mask(text, secrets) == masked


@pytest.mark.parametrize(
    ("text", "secret"), [("the database", "at"), ("latest", "test"), ("guestbooks", "guestbook")]
)
def test_a_short_secret_garbles_no_word(text, secret):
    assert mask(text, [secret]) == text


def test_a_url_is_masked_whatever_the_secrets():
    text = "could not parse postgresql+psycopg2://shop:shop@db:5432/shop"
    assert mask(text, []) == "could not parse postgresql+psycopg2://shop:********@db:5432/shop"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://u:p%40ss@h/d", {"p%40ss", "p@ss"}),
        ("postgresql://u:p@ss/w#rd@h/d", {"p@ss/w#rd"}),
        ("postgresql://u@h/d", set()),
        ("no url", set()),
    ],
)
def test_secrets_of_url(url, secrets):
    assert secrets <= secrets_of_url(url)
    assert bool(secrets) == bool(secrets_of_url(url))


def test_secrets_of_variables():
    found = secrets_of(
        {"SECRET_KEY": "a", "MAIL_PASSWORD": "b", "HOST": "c", "REDIS_URL": "redis://:d@h"}
    )
    assert found == {"a", "b", "d"}
