import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _broken_packages

# What apt and dpkg have really said.
SAID = [
    ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct", True),
    ("E: Unmet dependencies. Try 'apt --fix-broken install' with no packages", True),
    ("E: The package nginx needs to be reinstalled, but I can't find an archive for it.", True),
    ("The following packages have unmet dependencies:\n nginx : Depends: x", True),
    ("dpkg: error: package is in a very bad inconsistent state; you should reinstall it", True),
    ("No package matching 'ngnix' is available", False),
    ("Failed to update apt cache: unknown reason", False),
    ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)", False),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_what_was_broken_off_is_told_by_what_apt_says(text, expected):
    assert _broken_packages.is_meant({"failed": True, "msg": text}) == expected
    assert _broken_packages.is_meant({"failed": True, "msg": "x", "stderr": text}) == expected
    assert not _broken_packages.is_meant({"changed": True, "msg": text})
