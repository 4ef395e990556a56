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
    "DropInPaths": "",
    "drop_ins": {},
    "manager": {},
    "dependencies": {},
    "replaced": None,
    "fragment_waits": False,
    "package": "",
    "conflicts": {},
}
OVERRIDE = "/etc/systemd/system/shop.service.d/o.conf"
WANTED = "/etc/systemd/system/shop.service.wants/x.service"
FOREIGN = kind.Foreign("Nice=5", "warning", False, "shop.service", ["shop.service"])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        ({"drop_ins": {}}, [("loaded", "missing")]),
        ({**FINE, "UnitFileState": ""}, [("enabled", "different")]),
        ({**FINE, "UnitFileState": "masked"}, [("enabled", "different")]),
        ({**FINE, "ActiveState": "failed"}, [("active", "different")]),
        ({**FINE, "NeedDaemonReload": "yes"}, [("reload_pending", "different")]),
        (
            {**FINE, "drop_ins": {OVERRIDE: FOREIGN}, "NeedDaemonReload": "yes"},
            [(f"drop_in {OVERRIDE}", "unexpected")],
        ),
        ({**FINE, "manager": {"/x": FOREIGN}}, [("manager /x", "unexpected")]),
        ({**FINE, "dependencies": {WANTED: False}}, [(f"dependency {WANTED}", "unexpected")]),
        ({**FINE, "TriggeredBy": "shop.socket"}, []),
        (
            {**FINE, "TriggeredBy": "shop.socket b.timer a.socket"},
            [("trigger a.socket", "unexpected"), ("trigger b.timer", "unexpected")],
        ),
        (
            {**FINE, "conflicts": {"x.service": kind.Rival([], is_active=False)}},
            [("conflict x.service", "unexpected")],
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


def test_a_declared_drop_in_is_no_difference():
    assert (
        kind.compare(
            {**RESOURCE, "drop_ins": [OVERRIDE]}, {**FINE, "drop_ins": {OVERRIDE: FOREIGN}}
        )
        == []
    )


STARTED = {
    "ActiveState": "active", "MainPID": "1", "NeedDaemonReload": "no", "UnitFileState": "enabled",
}  # fmt: skip


class Host:
    unit_names = ("shop.service", "other.service", "shop.socket")

    def __init__(self, properties):
        self._properties = properties
        self._known = {}

    def unit(self, _name):
        return self._properties

    def once(self, key, read):
        return self._known.setdefault(key, read())


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A function that returns a host with one unit, and the path of a drop-in of it."""
    monkeypatch.setattr(kind.unit_folders, "OTHERS", (str(tmp_path),))
    monkeypatch.setattr(kind.manager, "PLACES", (f"{tmp_path}/system.conf",))
    monkeypatch.setattr(kind.manager, "GENERATORS", ())
    path = tmp_path / "shop.service.d" / "o.conf"
    path.parent.mkdir()
    path.write_text("[Service]\n# by hand\nUser=root\nEnvironment=TOKEN=secret\n")

    def host(**properties):
        monkeypatch.setattr(kind.units, "started", lambda _pid: path.stat().st_mtime + 10)
        known = {**STARTED, "FragmentPath": RESOURCE["file"], "DropInPaths": str(path)}
        return Host({**known, **properties}), path

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
    assert "User=root; Environment=TOKEN=..." in found.actual
    assert found.severity == "error"
    assert "secret" not in found.actual


def test_a_drop_in_for_all_services_is_told_once(host, tmp_path):
    made, path = host(DropInPaths=str(tmp_path / "service.d/x.conf"))
    path.unlink()
    (tmp_path / "service.d").mkdir()
    (tmp_path / "service.d/x.conf").write_text("[Service]\nNice=5\n")
    found = [
        each
        for name in ("shop.service", "other.service")
        for each in kind.compare(
            {**RESOURCE, "unit": name}, kind.read({**RESOURCE, "unit": name}, made)
        )
        if each.check == "drop_in"
    ]
    assert [bool(each.because) for each in found] == [False, True]
    assert all(each.loads == "systemctl restart other.service shop.service" for each in found)
    assert [each.severity for each in found] == ["warning"] * 2


def test_what_systemd_gives_every_service(host, tmp_path, monkeypatch):
    made, path = host(DropInPaths="")
    path.unlink()
    (tmp_path / "system.conf").write_text("[Manager]\n#x\nDefaultEnvironment=A=hunter2 B=c\n")
    monkeypatch.setattr(kind.units, "manager_environment", dict)
    monkeypatch.setattr(kind.units, "started", lambda _pid: 1e12)
    [found] = kind.compare(RESOURCE, kind.read(RESOURCE, made))
    assert found.actual == (
        "says of every service: DefaultEnvironment=A=... B=... (waits for a start)"
    )
    assert (found.severity, found.waits) == ("error", True)
    monkeypatch.setattr(kind.units, "manager_environment", lambda: {"A": "1", "B": "2"})
    [found] = kind.compare(RESOURCE, kind.read(RESOURCE, Host(made.unit(""))))
    assert not found.waits


def test_a_unit_in_its_place_is_as_grave_as_what_it_says(host, tmp_path):
    own = tmp_path / "own.service"
    own.write_text("[Service]\nExecStart=/x y\nNoNewPrivileges=yes\n")
    other = tmp_path / "other.service"
    resource = {**RESOURCE, "file": str(own)}
    for text, severity, told in (
        ("[Service]\nExecStart=/x y\nNoNewPrivileges=yes\nNice=5\n", "warning", "Nice=5"),
        ("[Service]\nExecStart=/x y\n", "error", "nothing; without NoNewPrivileges=yes"),
        ("[Service]\nExecStart=/z\nNoNewPrivileges=yes\n", "error", "ExecStart=/z; without"),
    ):
        other.write_text(text)
        made, _path = host(FragmentPath=str(other), DropInPaths="")
        [found] = [
            d for d in kind.compare(resource, kind.read(resource, made)) if d.check == "file"
        ]
        assert (found.severity, told in found.actual) == (severity, True)


def test_a_packages_unit_that_was_edited():
    path = "/lib/systemd/system/shop.service"
    [found] = kind.compare(PACKAGED, {**FINE, "FragmentPath": path, "package": "shop-common"})
    assert (found.attribute, found.severity) == (f"file {path}", "error")
    assert "--reinstall --yes shop-common && systemctl daemon-reload" in found.remedy


SSHD = "/etc/systemd/system/ssh.service.d/x.conf"


def test_who_is_at_odds_by_a_drop_in_is_not_ended_for_it():
    rivals = {"ssh.service": kind.Rival([SSHD], is_active=True), "x.service": kind.Rival([], False)}
    first, second = kind.compare(RESOURCE, {**FINE, "conflicts": rivals})
    assert first.remedy == f"rm -f {SSHD} && systemctl daemon-reload"
    # Our start, or restart, would stop it.
    assert (first.waits, second.waits) == (True, False)
    assert "systemctl stop x.service" in second.remedy


def test_what_a_drop_in_says_of_a_conflict(tmp_path):
    for text, says in (
        ("[Unit]\nConflicts=a.service shop.service\n", True),
        ("[Unit]\nConflicts = shop.service\n", True),
        ("[Unit]\nAfter=shop.service\n#Conflicts=shop.service\n", False),
    ):
        (tmp_path / "x.conf").write_text(text)
        assert kind._has(str(tmp_path / "x.conf"), "shop.service") is says
    assert kind._has(str(tmp_path / "none"), "shop.service") is False
