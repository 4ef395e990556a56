import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import unit as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "unit": "shop.service",
    "file": "/etc/systemd/system/shop.service",
    "drop_ins": [],
    "requires": ["shop.socket"],
}
PACKAGED = {**RESOURCE, "file": None}
FINE = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "FragmentPath": "/etc/systemd/system/shop.service",
    "drop_ins": [],
    "texts": {"/etc/systemd/system/shop.service.d/o.conf": "User=root"},
    "waiting": set(),
}
OVERRIDE = "/etc/systemd/system/shop.service.d/o.conf"


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        ({"drop_ins": []}, [("loaded", "missing")]),
        ({**FINE, "UnitFileState": ""}, [("enabled", "different")]),
        ({**FINE, "UnitFileState": "masked"}, [("enabled", "different")]),
        ({**FINE, "ActiveState": "failed"}, [("active", "different")]),
        ({**FINE, "NeedDaemonReload": "yes"}, [("reload_pending", "different")]),
        (
            {**FINE, "drop_ins": [OVERRIDE], "NeedDaemonReload": "yes"},
            [(f"drop_in {OVERRIDE}", "unexpected")],
        ),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


@pytest.mark.parametrize(
    ("resource", "path", "expected"),
    [
        (
            RESOURCE,
            "/run/systemd/system/shop.service",
            [("file /run/systemd/system/shop.service", "different")],
        ),
        (PACKAGED, "/usr/lib/systemd/system/shop.service", []),
        (PACKAGED, "/lib/systemd/system/shop@.service", []),
        (
            PACKAGED,
            "/etc/systemd/system/shop.service",
            [("file /etc/systemd/system/shop.service", "different")],
        ),
    ],
)
def test_another_unit_in_its_place(resource, path, expected):
    assert attributes(kind.compare(resource, {**FINE, "FragmentPath": path})) == expected


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("shop.service", ["shop.service.d", "service.d"]),
        ("a-b-c.socket", ["a-b-c.socket.d", "a-.socket.d", "a-b-.socket.d", "socket.d"]),
        ("pg@15-main.service", ["pg@15-main.service.d", "pg@.service.d", "service.d"]),
    ],
)
def test_the_folders_of_drop_ins(name, folders):
    assert kind._folders(name) == folders


def test_a_declared_drop_in_is_no_difference():
    assert (
        kind.compare({**RESOURCE, "drop_ins": [OVERRIDE]}, {**FINE, "drop_ins": [OVERRIDE]}) == []
    )


STARTED = {
    "ActiveState": "active", "MainPID": "1", "NeedDaemonReload": "no", "UnitFileState": "enabled",
}  # fmt: skip


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A function that returns a host with one unit, and the path of a drop-in of it."""
    monkeypatch.setattr(kind, "FOLDERS", (str(tmp_path),))
    path = tmp_path / "shop.service.d" / "o.conf"
    path.parent.mkdir()
    path.write_text("[Service]\n# by hand\nUser=root\nEnvironment=TOKEN=secret\n")

    def host(**properties):
        monkeypatch.setattr(kind.units, "started", lambda _pid: path.stat().st_mtime + 10)
        known = {**STARTED, "FragmentPath": RESOURCE["file"], "DropInPaths": str(path)}
        return type("Host", (), {"unit": lambda _self, _name: {**known, **properties}})(), path

    return host


WAITING = [
    ("in effect", {}, 0, False),
    ("not read yet", {"DropInPaths": ""}, 0, True),
    ("changed since the start", {}, 20, True),
    ("nothing runs", {"ActiveState": "inactive"}, 0, True),
]


@pytest.mark.parametrize(("properties", "later", "waits"), [row[1:] for row in WAITING],
                         ids=[row[0] for row in WAITING])  # fmt: skip
def test_whether_a_drop_in_waits_for_a_start(host, monkeypatch, properties, later, waits):
    made, path = host(**properties)
    changed = path.stat().st_mtime + later
    monkeypatch.setattr(kind.file_times, "changed", lambda _path: changed)
    (found,) = [
        d for d in kind.compare(RESOURCE, kind.read(RESOURCE, made)) if d.check == "drop_in"
    ]
    assert (found.waits, found.owned) == (waits, False)
    assert "User=root; Environment=..." in found.actual
    assert "secret" not in found.actual
