from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import config

URL = 'DATABASE_URL="postgresql://shop@127.0.0.1/shop"'
OTHER = 'DATABASE_URL="postgresql://shop@127.0.0.1/other"'


@pytest.fixture
def case(tmp_path):
    """A case of an environment file with a text; without a file where that is None."""

    def case(text, **changes):
        path = tmp_path / "shop.env"
        if text is not None:
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        known = {
            "asked": options.asked({"unit": "shop.service"}), "service": {"environment": {}},
            "overrides": {}, "environment_files": [str(path)],
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
