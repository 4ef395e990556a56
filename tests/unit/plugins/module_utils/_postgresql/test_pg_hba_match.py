import ipaddress

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.pg_hba_match import first

CLIENT = {
    "user": "shop", "database": "shop", "address": "10.0.0.7", "tls": True,
    "roles": {"shop", "staff"}, "own": [ipaddress.ip_interface("10.0.0.1/24")],
}  # fmt: skip


def rule(kind="host", database="all", user="all", address="all", netmask=None, method="md5"):
    return {
        "type": kind, "database": [database], "user_name": [user], "address": address,
        "netmask": netmask, "auth_method": method,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "change", "matches"),
    [
        (rule(), {}, True),
        (rule("hostssl"), {}, True),
        (rule("hostssl"), {"tls": False}, False),
        (rule("hostnossl"), {}, False),
        (rule("hostnossl"), {"tls": False}, True),
        (rule("hostgssenc"), {}, False),
        (rule("hostnogssenc"), {}, True),
        (rule("local", address=None), {}, False),
        (rule("local", address=None), {"address": ""}, True),
        (rule("host"), {"address": ""}, False),
        (rule(database="sameuser"), {}, True),
        (rule(database="sameuser"), {"user": "other"}, False),
        (rule(database="samerole"), {"database": "staff"}, True),
        (rule(database="replication"), {"database": "replication"}, False),
        (rule(database="shop"), {}, True),
        (rule(database="/^sh"), {}, True),
        (rule(database="/^xx"), {}, False),
        (rule(user="shop"), {}, True),
        (rule(user="Shop"), {}, False),
        (rule(user="+staff"), {}, True),
        (rule(user="+admins"), {}, False),
        (rule(address="10.0.0.0", netmask="255.255.255.0"), {}, True),
        (rule(address="10.0.1.0", netmask="255.255.255.0"), {}, False),
        (rule(address="10.0.0.7", netmask="255.255.255.255"), {}, True),
        (rule(address="0.0.0.0", netmask="0.0.0.0"), {}, True),
        (rule(address="::", netmask="::"), {}, False),
        (rule(address="2001:db8::", netmask="ffff:ffff::"), {"address": "2001:db8::5"}, True),
        (rule(address="samehost"), {}, False),
        (rule(address="samehost"), {"address": "10.0.0.1"}, True),
        (rule(address="samenet"), {}, True),
        (rule(address="samenet"), {"address": "10.9.0.1"}, False),
        (rule(address="localhost"), {"address": "127.0.0.1"}, True),
        (rule(address="localhost"), {}, False),
        (rule(address="no-such-host.invalid"), {}, False),
    ],
)
def test_a_rule(one, change, matches):
    assert (first([one], {**CLIENT, **change}) is one) == matches


def test_the_first_that_matches_decides():
    rules = [rule(user="other"), rule(method="reject"), rule(method="trust")]
    assert first(rules, CLIENT)["auth_method"] == "reject"
    assert first([], CLIENT) is None
