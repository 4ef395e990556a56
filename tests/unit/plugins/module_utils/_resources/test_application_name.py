import grp
import pwd
from collections import namedtuple

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    application_name as kind,
)

Account = namedtuple("Account", "pw_dir pw_gid")
Group = namedtuple("Group", "gr_name gr_gid")
UNIT = "[Unit]\nDescription=Gunicorn serving {}\n"


class Host:
    def __init__(self, units):
        self._units = units

    def unit(self, name):
        return {"FragmentPath": self._units[name]} if name in self._units else {}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Read the name "shop" on a host with these users, groups and units {name: text}."""

    def read(users=None, groups=None, units=None, release=False):
        users, groups, units = users or {}, groups or {}, units or {}
        monkeypatch.setattr(pwd, "getpwnam", lambda name: Account(*users[name]))
        monkeypatch.setattr(grp, "getgrnam", lambda name: Group(name, groups[name]))
        for name, text in units.items():
            (tmp_path / name).write_text(text)
        if release:
            (tmp_path / "releases" / "1").mkdir(parents=True)
            (tmp_path / "releases" / "1" / ".complete").touch()
        resource = {
            "name": "shop", "home": str(tmp_path), "accounts": {"shop": str(tmp_path)},
            "units": ["shop.service", "shop.socket"], "state": str(tmp_path / "state"),
        }  # fmt: skip
        found = kind.read(resource, Host({name: str(tmp_path / name) for name in units}))
        return [text.replace(str(tmp_path), "HOME") for text in found]

    read.home = str(tmp_path)
    return read


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ({}, []),
        ({"users": {"shop": ("/home/shop", 5)}, "groups": {"shop": 5}},
         ["the user shop, whose home is /home/shop"]),
        ({"groups": {"shop": 5}}, ["the group shop"]),
        ({"users": {"shop": ("/bin", 5)}, "groups": {"shop": 6}},
         ["the user shop, whose home is /bin", "the group shop"]),
        ({"units": {"shop.service": "[Service]\nExecStart=/bin/shop\n"}},
         ["the unit HOME/shop.service"]),
        ({"units": {"shop.socket": UNIT.format("workshop")}}, ["the unit HOME/shop.socket"]),
        # What the collection made, also where a run was broken off.
        ({"users": {"shop": ("HOME", 5)}, "groups": {"shop": 5}}, []),
        ({"units": {"shop.service": UNIT.format("shop")}}, []),
        ({"users": {"shop": ("/root", 5)}, "groups": {"shop": 5}, "release": True}, []),
    ],
)  # fmt: skip
def test_what_is_somebody_elses(read, there, found):
    users = {
        name: (read.home if home == "HOME" else home, gid)
        for name, (home, gid) in there.get("users", {}).items()
    }
    assert read(**{**there, "users": users}) == found


@pytest.mark.parametrize(
    ("owner", "is_packaged", "found"),
    [
        # A copy of the data, from a former host, and what a run that was broken off has made.
        ("root", False, []),
        ("shop", False, []),
        ("root", True, ["HOME/state, which is a Debian package's"]),
        ("games", False, ["HOME/state, which is games's"]),
    ],
)
def test_whose_directory_is_there(read, monkeypatch, tmp_path, owner, is_packaged, found):
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(kind.ownership, "name_of", lambda *_: owner)
    monkeypatch.setattr(
        kind.packaged, "strangers", lambda paths: set() if is_packaged else {*paths}
    )
    assert read() == found


def test_what_is_taken_is_for_people_to_decide():
    [found] = kind.compare({}, ["the group users"])
    assert (found.attribute, found.direction) == ("taken", "unexpected")
    assert found.remedy == "Declare another app_name."
