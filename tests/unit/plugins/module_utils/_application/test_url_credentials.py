import netrc
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import url_credentials


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@h/x.git", ("https://h/x.git", "u", "p")),
        ("https://token@h/x.git", ("https://h/x.git", "token", "")),
        ("https://u:p%40s%2Fs@h:8443/x", ("https://h:8443/x", "u", "p@s/s")),
        ("https://u:p@ss@h/x", ("https://h/x", "u", "p@ss")),
        ("git+https://u:p@h/x", ("git+https://h/x", "u", "p")),
        ("HTTPS://u:p@h/x", ("HTTPS://h/x", "u", "p")),
        ("https://h/x", ("https://h/x", None, None)),
        ("https://h/@scope/x", ("https://h/@scope/x", None, None)),
        ("https://h/?a=b@c", ("https://h/?a=b@c", None, None)),
        ("git@github.com:a/b.git", ("git@github.com:a/b.git", None, None)),
        ("ssh://git@h/x.git", ("ssh://git@h/x.git", None, None)),
        ("/a/path", ("/a/path", None, None)),
    ],
)
def test_split(url, expected):
    assert url_credentials.split(url) == expected


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://u:p%40s@h:8443/x.git", "https://u:p%40s@h:8443\n"),
        ("https://token@h/x.git", "https://token:@h\n"),
        ("git+https://u:two%20words@h/x.git", "https://u:two%20words@h\n"),
        ("https://h/x.git", ""),
        ("git@h:x.git", ""),
    ],
)
def test_git_store(url, line):
    assert url_credentials.git_store(url) == line


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@h/x.tgz?token=t#f", "https://h/x.tgz"),
        ("/srv/a?b", "/srv/a?b"),
        ("git@h:x.git", "git@h:x.git"),
    ],
)
def test_shown(url, shown):
    assert url_credentials.shown(url) == shown


# Python reads quotes in .netrc from 3.11 on.
QUOTED = ["two words", "a\"b\\c#d'e@/:", ""] if sys.version_info >= (3, 11) else []


@pytest.mark.parametrize("password", ["plain", "0f" * 20, "it's:@/%", *QUOTED])
def test_credentials_of_an_index_are_in_netrc(tmp_path, password):
    encoded = url_credentials.quote(password, safe="")
    variables = {
        "PIP_INDEX_URL": f"https://user:{encoded}@index.example:8443/simple",
        "PIP_EXTRA_INDEX_URL": f"https://other.example/a https://user:{encoded}@index.example/b",
        "PIP_RETRIES": "1",
    }
    kept, text = url_credentials.to_netrc(variables)
    assert kept == {
        "PIP_INDEX_URL": "https://index.example:8443/simple",
        "PIP_EXTRA_INDEX_URL": "https://other.example/a https://index.example/b",
        "PIP_RETRIES": "1",
    }
    (tmp_path / "netrc").write_text(text)
    found = netrc.netrc(str(tmp_path / "netrc")).authenticators("index.example")
    assert (found[0], found[2]) == ("user", password)


def test_a_second_pair_for_one_host_stays_in_its_address():
    kept, text = url_credentials.to_netrc({"A": "https://a:1@h/", "B": "https://b:2@h/"})
    assert kept == {"A": "https://h/", "B": "https://b:2@h/"}
    assert text == "machine h login a password 1\n"
