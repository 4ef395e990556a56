import base64
import configparser
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._host.masking import (
    Placed,
    mask,
    secrets_of,
    secrets_of_url,
)

HOSTILE = "p@ss:w/o#rd%d? é'\"\\x & `$HOME`"
SECRETS = ["correcthorse", "0123456789abcdef", "two words here", "100%sure+50%", HOSTILE]


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("password is hunter22", ["hunter22"], "password is ********"),
        ("is-a-longer-secret-inside", ["a-longer-secret"], "is-********-inside"),
        ("postgresql://u:p%40ss%2F@h/d", ["p@ss/"], "postgresql://u:********@h/d"),
        ("longer-secret and longer", ["longer", "longer-secret"], "******** and longer"),
        ("PWD=longer; 'PIN': 'longer'", ["longer"], "PWD=********; 'PIN': '********'"),
        ("'it\\'s a long one\\n'", ["it's a long one\n"], "'********'"),
        ("nothing", ["", None], "nothing"),
        ("a database at a host", ["a"], "a database at a host"),
        ("the role guestbook, password=guestbook", [Placed("guestbook")],
         "the role guestbook, password=********"),
        ("x%2Fcorrecthorse\\ncorrecthorse", ["correcthorse"], "x%2F********\\n********"),
        ("it was cut at correcth", ["correcthorse"], "it was cut at ********"),
    ],
)  # fmt: skip
def test_mask(text, secrets, masked):
    assert mask(text, secrets) == masked


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "spell",
    [
        str, repr, ascii, json.dumps, lambda s: json.dumps(s, ensure_ascii=False), quote,
        quote_plus, lambda s: quote(s, safe=""), lambda s: quote(s, safe=" +"),
        lambda s: quote(s, safe="").lower() if "%" in quote(s) and s.islower() else s,
        lambda s: s.replace("%", "%%"), lambda s: quote(s, safe="").replace("%", "%%"),
        lambda s: repr(s.encode()), lambda s: s.encode().hex(),
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(f"user:{s}".encode()).decode(),
        lambda s: base64.b64encode(f"a{s}b".encode()).decode(),
        lambda s: base64.b64encode(f"ab{s}".encode()).decode(),
        lambda s: f"https://u:{quote(s, safe='')}@h/", lambda s: f"x='{s}';",
    ],
)  # fmt: skip
def test_a_secret_is_masked_in_every_spelling(secret, spell):
    spelt = spell(secret)
    masked = mask(f"before {spelt} behind", [secret])
    assert masked.startswith("before ")
    assert masked.endswith(" behind")
    assert secret not in masked
    assert masking.MASK in masked
    # No more of it than a few characters that depend on what is beside it.
    assert len(masked.replace(masking.MASK, "")) <= len("before  behind") + 14


@pytest.mark.parametrize("password", ["pa%ss word", "100%sure", "tail%"])
def test_what_configparser_says_of_a_url_has_no_password(password):
    url = f"postgresql://u:{password}@h/d"
    parser = configparser.ConfigParser()
    parser.read_dict({"alembic": {}})
    with pytest.raises(ValueError, match="invalid") as caught:
        parser.set("alembic", "sqlalchemy.url", url)
    parser = configparser.ConfigParser()
    parser.read_string(f"[alembic]\nurl = {url}")
    with pytest.raises(configparser.InterpolationError) as shown:
        parser.get("alembic", "url")
    for text in (str(caught.value), str(shown.value)):
        masked = mask(text, secrets_of({"DATABASE_URL": url}))
        assert password not in masked
        assert password[password.index("%") :] + "@" not in masked


@pytest.mark.parametrize(
    ("text", "secret"), [("the database", "at"), ("latest", "test"), ("guestbooks", "guestbook")]
)
def test_a_secret_garbles_no_word(text, secret):
    assert mask(text, [secret]) == text


def test_a_url_is_masked_whatever_the_secrets():
    text = "could not parse postgresql+psycopg2://shop:shop@db:5432/shop"
    assert mask(text, []) == "could not parse postgresql+psycopg2://shop:********@db:5432/shop"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://u:p%40ss@h/d", {"p%40ss", "p@ss"}),
        ("postgresql://u:p@ss/w#rd@h/d", {"p@ss/w#rd"}),
        ("postgresql://u:two+words%20x@h/d", {"two+words%20x", "two+words x", "two words x"}),
        ("postgresql://h/d?user=u&password=a%20b", {"a b"}),
        ("https://a-token-of-somebody@h/x.git", {"a-token-of-somebody"}),
        ("https://h/services/0123456789abcdefXY", {"0123456789abcdefXY"}),
        ("https://h/x?sig=0123456789", {"0123456789"}),
        ("postgresql://u@h/d", set()),
        ("no url", set()),
    ],
)
def test_secrets_of_url(url, secrets):
    assert secrets <= secrets_of_url(url)
    assert bool(secrets) == bool(secrets_of_url(url))


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("SECRET_KEY", "a", True),
        ("MAIL_PASSWORD", "b", True),
        ("MAIL_PASS", "b", True),
        ("SMTP_PWD", "b", True),
        ("PASSPHRASE", "b", True),
        ("SALT", "b", True),
        ("SIGNING_KEY", "b", True),
        ("FEATURE", "correcthorse", True),
        ("FEATURE", "12345678", True),
        ("FEATURE", "/Zm9vYmFyIHNlY3JldA==", True),
        ("HOST", "c", False),
        ("MONKEY", "c", False),
        ("FLASK_APP", "wsgi:app", False),
        ("LANG", "en_US.UTF-8", False),
        ("CONFIG", "/usr/bin/env", False),
        ("APP_NAME", "guestbook", False),
        ("DATABASE_URL", "postgresql://u@host/name", False),
    ],
)
def test_secrets_of_variables(name, value, is_secret):
    assert (value in secrets_of({name: value}, public={"guestbook"})) == is_secret


def test_a_password_that_is_a_public_word_is_masked_in_its_place():
    (found,) = secrets_of({"PASSWORD": "guestbook"}, public={"guestbook"})
    assert isinstance(found, Placed)


def test_the_lines_of_a_key_are_secrets():
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----"
    found = secrets_of({"JWT": key})
    assert "MIIEvQIBADANBgkq" in found
    assert "-----BEGIN PRIVATE KEY-----" not in found


def test_what_is_said_of_an_application_is_no_secret():
    variables = {"NAME": "guestbook", "DATABASE_URL": "postgresql://u_of_db:x@db.example/data-base"}
    public = masking.public_words(variables, "guestbook", "/srv/guestbook/current")
    assert {"guestbook", "current", "u_of_db", "db.example", "data-base"} <= public
    assert secrets_of(variables, public) == {"x"}


@pytest.mark.parametrize("text", ["://a:" * 10000, "://" * 16000])
def test_a_hostile_text_takes_no_long_time(text):
    began = time.process_time()
    mask(text, [])
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SECRET_KEY = 'abc'\nDEBUG = False\nMAIL_SERVER = 'mail.internal'\n", {"abc"}),
        ('MAIL_PASSWORD="p w"  ', {"p w"}),
        ("SQLALCHEMY_DATABASE_URI = 'postgresql://u:x@h/d'", {"x"}),
        ('  "api_key": "abc",\n  "name": "shop"\n', {"abc"}),
        ("[mail]\npassword: abc\nhost: h", {"abc"}),
        ("NAME = 'shop'\nPASSWORD = ''\n# no setting", set()),
    ],
)
def test_secrets_of_a_settings_file(text, expected):
    assert masking.secrets_of_settings(text) == expected
