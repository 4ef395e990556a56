import ipaddress
import os

from ansible_collections.flaskops.stack.plugins.module_utils._host import addresses


def test_the_own_addresses_are_addresses():
    for text in addresses.own_addresses():
        assert not ipaddress.ip_address(text.strip("[]")).is_loopback


def test_the_own_names_begin_with_the_host():
    assert addresses.own_names()[0] == os.uname().nodename.lower()
