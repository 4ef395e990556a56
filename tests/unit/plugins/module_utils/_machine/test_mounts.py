from ansible_collections.flaskops.stack.plugins.module_utils._machine import mounts

ROWS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 21 8:1 /tmp/x /srv/shop/releases/1/wsgi.py rw,relatime shared:1 - ext4 /dev/sda1 rw
41 21 0:40 / /srv/shop/releases/1/a\\040folder rw - tmpfs tmpfs rw
42 21 0:41 / /srv/shop/releases/10 rw - tmpfs tmpfs rw
43 21 0:42 / /srv/shop/releases/1/wsgi.py rw - tmpfs tmpfs rw
"""


def table(monkeypatch, tmp_path):
    path = tmp_path / "mountinfo"
    path.write_text(ROWS)
    monkeypatch.setattr(mounts, "TABLE", path)


def test_what_is_mounted_below_a_path_is_told_once(monkeypatch, tmp_path):
    table(monkeypatch, tmp_path)
    root = "/srv/shop/releases/1"
    assert mounts.within(root) == [f"{root}/a folder", f"{root}/wsgi.py"]
    assert mounts.within("/srv/shop/releases/10/") == ["/srv/shop/releases/10"]
    assert mounts.within("/etc") == []


def test_a_mount_at_the_path_itself(monkeypatch, tmp_path):
    table(monkeypatch, tmp_path)
    assert mounts.is_over("/srv/shop/releases/10")
    assert not mounts.is_over("/srv/shop/releases/1")


def test_the_kernels_own_table():
    assert mounts.is_over("/proc")
    assert not mounts.is_over("/proc/self/mountinfo")
