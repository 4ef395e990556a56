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
        ("postgresql://u:p%40ss%2F@h/d", ["p@ss/"], "postgresql://u:********@h/d"),
        ("longer-secret and longer", ["longer", "longer-secret"], "******** and ********"),
        ("'it\\'s\\n'", ["it's\n"], "'it\\'s\\n'"),
        ("nothing", ["", None], "nothing"),
        ("a database at a host", ["a"], "******** database at ******** host"),
    ],
)
def test_mask(text, secrets, masked):
    assert mask(text, secrets) == masked


def test_short_secret_garbles_no_word():
    assert mask("the database", ["at"]) == "the database"


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
