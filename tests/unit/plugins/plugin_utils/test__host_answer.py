import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils._host_answer import answer

ASKED = {"stdout": "release=bookworm;\r\naddress=10.0.0.5;\r\n"}
SILENT = {"unreachable": True, "msg": "no route"}


@pytest.mark.parametrize(
    ("variables", "release", "address", "is_guess"),
    [
        ({"_site_known": ASKED}, "bookworm", "10.0.0.5", False),
        ({"_site_known": ASKED, "site_address": "192.0.2.7"}, "bookworm", "192.0.2.7", False),
        ({"_site_known": ASKED, "site_address": ""}, "bookworm", "10.0.0.5", False),
        ({"_site_known": {"stdout": "address=2001:db8::5;"}}, "unknown", "2001:db8::5", False),
        ({"_site_known": {"stdout": "release=trixie;"}}, "trixie", "127.0.0.1", False),
        ({"_site_known": {"stdout": "motd release=x;"}}, "unknown", "127.0.0.1", False),
        ({"_site_known": SILENT}, "unknown", "web1", True),
        ({"_site_known": SILENT, "ansible_host": "10.0.0.9"}, "unknown", "10.0.0.9", True),
        ({"_site_known": SILENT, "site_address": "192.0.2.7"}, "unknown", "192.0.2.7", False),
        ({"site_address": "192.0.2.7"}, "unknown", "192.0.2.7", False),
    ],
)
def test_an_answer(variables, release, address, is_guess):
    expected = {"release": release, "address": address, "is_guess": is_guess}
    assert answer("web1", variables) == expected


def test_the_address_of_a_host_that_was_not_asked_is_not_known():
    assert "address" not in answer("web1", {})
