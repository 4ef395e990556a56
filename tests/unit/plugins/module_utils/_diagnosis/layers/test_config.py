from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import config

URL = 'DATABASE_URL="postgresql://shop@127.0.0.1/shop"'
OTHER = 'DATABASE_URL="postgresql://shop@127.0.0.1/other"'


@pytest.fixture
def case(tmp_path):
    """A case of an environment file with a text; without a file where that is None."""

    def case(text, asked=(), **changes):
        asked = dict(asked)
        path = tmp_path / "shop.env"
        if text is not None:
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        known = {
            "asked": options.asked({"unit": "shop.service", **asked}),
            "service": {"environment": {}}, "overrides": {}, "environment_files": [str(path)],
            "unloaded_file": lambda: "", "load_application": lambda: "",
        }  # fmt: skip
        return SimpleNamespace(**{**known, **changes})

    return case


@pytest.mark.parametrize(
    ("text", "changes", "code"),
    [
        (URL, {}, ""),
        (URL, {"service": {}}, "unit"),
        (None, {}, "file_missing"),
        ("SECRET_KEY=x", {}, "variable_missing"),
        ("DATABASE_URL=", {}, "variable_empty"),
        ("export " + URL, {}, "file_malformed"),
        (f"{URL}\n{OTHER}", {}, "set_twice"),
        # To the same value, it does no harm.
        (f"{URL}\n{URL}", {}, ""),
        (f"{URL}\r\nA=1\r\n", {}, "crlf"),
        (b"A=\xff\n" + URL.encode(), {}, "file_refused"),
        (URL, {"unloaded_file": lambda: "/etc/flask/shop.env"}, "not_loaded"),
        (URL, {"environment_files": []}, "not_loaded"),
        (URL, {"load_application": lambda: "there is no system user shop"}, "application"),
        # What is asked for wins over what the file has.
        ("SECRET_KEY=x", {"overrides": {"DATABASE_URL": "postgresql://other"}}, ""),
        ("", {"service": {"environment": {"DATABASE_URL": "postgresql://unit"}}}, ""),
    ],
)
def test_the_environment_is_judged_as_systemd_reads_it(case, text, changes, code):
    assert config.check(case(text, **changes)).code == code


def test_what_is_wrong_with_the_databases_variable_comes_first(case):
    found = config.check(case(f"A=1\nA=2\n{URL}\n{OTHER}"))
    assert (found.code, "DATABASE_URL" in found.message) == ("set_twice", True)


PARTS = {"host": "DB_HOST", "port": "DB_PORT", "name": "DB_NAME", "sslmode": "PGSSLMODE"}


@pytest.mark.parametrize(
    ("names", "text", "code", "words"),
    [
        ({"url": "SHOP_DB"}, "SHOP_DB=postgresql://h/d", "", "SHOP_DB is set"),
        ({"url": "SHOP_DB"}, URL, "variable_missing", "does not set SHOP_DB"),
        (PARTS, "DB_HOST=h\nDB_PORT=1\nDB_NAME=d", "", "DB_HOST, DB_PORT, DB_NAME are set"),
        (PARTS, f"{URL}\nDB_HOST=h\nDB_PORT=1", "variable_missing", "does not set DB_NAME"),
        (PARTS, "DB_HOST=h\nDB_PORT=\nDB_NAME=d", "variable_empty", "DB_PORT is empty"),
        (PARTS, "A=1\nA=2\nDB_HOST=h\nDB_PORT=1\nDB_NAME=d\nDB_NAME=e", "set_twice", "DB_NAME"),
    ],
)
def test_the_database_is_in_the_variables_that_are_declared(case, names, text, code, words):
    found = config.check(case(text, {"database_variables": names}))
    assert (found.code, words in found.message) == (code, True)
