import os
import stat

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import readings
from ansible_collections.flaskops.stack.plugins.module_utils._resources import ancestors as kind


@pytest.mark.parametrize(
    ("owner", "mode", "closed_to", "expected"),
    [
        ("root", 0o755, [], []),
        ("root", 0o1777, [], []),
        ("root", 0o777, [], [("writable", "chown root '/a b' && chmod go-w '/a b'")]),
        ("root", 0o775, [], [("writable", "chown root '/a b' && chmod go-w '/a b'")]),
        ("eve", 0o755, [], [("writable", "chown root '/a b' && chmod go-w '/a b'")]),
        ("root", 0o700, ["shop"], [("closed", "chmod a+x '/a b'")]),
    ],
)
def test_difference(owner, mode, closed_to, expected):
    actual = {"/a b": {"owner": owner, "mode": mode, "closed_to": closed_to}}
    assert [(d.check, d.remedy) for d in kind.compare({}, actual)] == expected


def test_the_folders_are_those_above_and_those_behind_links(tmp_path):
    (tmp_path / "real" / "x").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    found = kind._above([str(tmp_path / "link" / "x")])
    assert {"/", str(tmp_path), str(tmp_path / "real")} <= set(found)
    assert str(tmp_path / "link") not in found
    assert str(tmp_path / "real" / "x") not in found


def test_a_folder_is_told_of_once(tmp_path):
    host = readings.Host()
    resource = {"paths": [str(tmp_path / "x")], "users": []}
    assert (
        stat.S_IMODE(os.stat(tmp_path).st_mode) == kind.read(resource, host)[str(tmp_path)]["mode"]
    )
    assert kind.read(resource, host) == {}


@pytest.mark.parametrize(("mode", "is_closed"), [(0o755, False), (0o751, False), (0o754, True)])
def test_whether_a_user_comes_through(tmp_path, mode, is_closed):
    tmp_path.chmod(mode)
    found = kind._is_closed(str(tmp_path), tmp_path.stat(), "nobody")
    tmp_path.chmod(0o755)
    assert found is is_closed
    assert not kind._is_closed(str(tmp_path), tmp_path.stat(), "no such user")
