import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import user as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "name": "shop", "shell": "/usr/sbin/nologin", "groups": [], "group": "shop",
    "home": "/srv/shop", "own": True,
}  # fmt: skip
OTHERS = {**RESOURCE, "own": False}
FINE = {
    "shell": "/usr/sbin/nologin", "groups": [], "has_password": False, "home": "/srv/shop",
    "uid": 998, "primary_group": "shop", "names": ["shop"], "free_uid": 999, "sudo": [],
    "sudo_groups": [], "keys": [], "jobs": [], "lingers": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        (None, [("exists", "missing")]),
        ({**FINE, "shell": "/bin/sh"}, [("shell", "different")]),
        ({**FINE, "has_password": True}, [("password", "unexpected")]),
        ({**FINE, "groups": ["docker"]}, [("group docker", "unexpected")]),
        # Its membership tells of what the group may do.
        ({**FINE, "groups": ["sudo"], "sudo_groups": ["sudo"]}, [("group sudo", "unexpected")]),
        ({**FINE, "primary_group": "games"}, [("primary_group", "different")]),
        ({**FINE, "home": "/home/shop"}, [("home", "different")]),
        ({**FINE, "uid": 0, "names": ["root", "shop"]}, [("uid", "different")]),
        ({**FINE, "names": ["shop", "alias"]}, [("uid alias", "unexpected")]),
        ({**FINE, "sudo": [("/etc/sudoers", 3, ("shop ALL=(ALL) ALL",))]},
         [("sudo /etc/sudoers:3", "unexpected")]),
        ({**FINE, "keys": ["/srv/shop/.ssh/authorized_keys"]},
         [("key /srv/shop/.ssh/authorized_keys", "unexpected")]),
        ({**FINE, "jobs": ["/x"]}, [("job /x", "unexpected")]),
        ({**FINE, "lingers": True}, [("linger", "unexpected")]),
    ],
)  # fmt: skip
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({**FINE, "shell": "/bin/bash", "groups": ["ssl-cert"], "jobs": ["/x"]}, []),
        (None, []),
        ({**FINE, "has_password": True}, ["usermod --lock shop"]),
        ({**FINE, "groups": ["sudo"], "sudo_groups": ["sudo"]}, ["gpasswd --delete shop sudo"]),
        ({**FINE, "names": ["shop", "alias"]}, ["userdel --force alias"]),
        ({**FINE, "names": ["root", "shop"], "uid": 0},
         [r"sed -i 's/^shop:\([^:]*\):0:/shop:\1:999:/' /etc/passwd"]),
    ],
)  # fmt: skip
def test_of_what_others_made_only_who_else_it_is_counts(actual, expected):
    assert [found.remedy for found in kind.compare(OTHERS, actual)] == expected


def test_nobody_is_restarted_as_another_user():
    [found] = kind.compare(RESOURCE, {**FINE, "uid": 0, "names": ["root", "shop"]})
    assert found.waits


def test_read():
    assert kind.read({"name": "root"}, None)["shell"].startswith("/")
    assert kind.read({"name": "no such user"}, None) is None
