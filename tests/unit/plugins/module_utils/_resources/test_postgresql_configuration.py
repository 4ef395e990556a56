import os
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    server_files,
    session,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import (
    Line,
    Server,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_configuration as kind,
)

REJECTED = [{"file": "/etc/x.conf", "line": 3, "error": "syntax error"}]
VALUE = [{**REJECTED[0], "error": "setting could not be applied"}]
PEER = {"type": "local", "database": ["all"], "user_name": ["postgres"], "auth_method": "peer"}
SERVER = Server("/h", {}, [], [], {}, {}, {}, {}, hba_rules=[PEER])
RESOURCE = {
    "unit": "postgresql@15-main.service", "login_user": "postgres", "login_port": 5432,
    "files": ["/etc/own.conf"], "settings": ["Port"],
}  # fmt: skip
AUTO = "/d/postgresql.auto.conf"


@pytest.fixture(autouse=True)
def with_all_files(monkeypatch):
    monkeypatch.setattr(kind.server_files, "faults", lambda _files, _user: [])


def applied(name, file, value, waits=True):
    return {"applied": {name: Line(file, value, "now", waits)}, "libraries": "/nowhere"}


@pytest.mark.parametrize(
    ("changes", "attributes"),
    [
        ({}, []),
        ({"unloaded": {"/etc/x.conf": "changed later"}}, ["loaded /etc/x.conf"]),
        ({"rejected": REJECTED}, ["accepted /etc/x.conf:3"]),
        # No reload loads a file with an unreadable line in it ...
        (
            {"unloaded": {"/etc/x.conf": "changed later"}, "rejected": REJECTED},
            ["accepted /etc/x.conf:3"],
        ),
        # ... but one that shows whether a value is valid.
        ({"unloaded": {"/etc/x.conf": "changed later"}, "rejected": VALUE}, ["loaded /etc/x.conf"]),
        ({"rejected": VALUE}, ["accepted /etc/x.conf:3"]),
        ({"pending_restart": ["max_connections"]}, ["restarted max_connections"]),
        ({"unseen": {"/etc/x.conf": "who knows", "/h": "who knows"}}, ["loaded /etc/x.conf"]),
        # That file is the kind pg_hba's.
        ({"unloaded": {"/h": "changed later"}, "rejected": [{**REJECTED[0], "file": "/h"}]}, []),
        ({"unloaded": {"/h": "changed later"}}, []),
        # What others have written and nobody has loaded is told by name, and not loaded.
        ({**applied("fsync", AUTO, "off"), "unloaded": {AUTO: "changed later"}}, ["waiting fsync"]),
        (
            {**applied("wal_level", AUTO, "x"), "pending_restart": ["wal_level"]},
            ["waiting wal_level"],
        ),
        (
            {**applied("fsync", "/etc/own.conf", "off"), "pending_restart": ["fsync"]},
            ["restarted fsync"],
        ),
        (applied("fsync", AUTO, "off", waits=False), []),
        # That one is the kind postgresql_settings's.
        (applied("port", AUTO, "1"), []),
        (
            applied("shared_preload_libraries", AUTO, "nope"),
            ["waiting shared_preload_libraries", "preload shared_preload_libraries"],
        ),
        (
            applied("shared_preload_libraries", "/etc/own.conf", "nope", waits=False),
            ["preload shared_preload_libraries"],
        ),
        (applied("local_preload_libraries", "/etc/own.conf", "", waits=False), []),
    ],
)
def test_difference(changes, attributes):
    actual = {"server": SERVER._replace(**changes)}
    assert [d.attribute for d in kind.compare(RESOURCE, actual)] == attributes


def test_a_library_is_where_the_server_looks(tmp_path):
    (tmp_path / "auto_explain.so").touch()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "own.so").touch()
    for name, value in (
        ("shared_preload_libraries", 'auto_explain, "$libdir/auto_explain"'),
        ("local_preload_libraries", "own"),
    ):
        known = {**applied(name, AUTO, value, waits=False), "libraries": str(tmp_path)}
        assert kind.compare(RESOURCE, {"server": SERVER._replace(**known)}) == []


def test_what_waits_is_for_people():
    server = SERVER._replace(**applied("fsync", AUTO, "off"))
    (found,) = kind.compare(RESOURCE, {"server": server})
    assert (found.waits, found.owned) == (True, False)
    assert "ALTER SYSTEM RESET fsync" in found.remedy


def test_a_remedy_brings_nothing_else_into_effect():
    lines = {
        "fsync": Line(AUTO, "off", "on", waits=True),
        "wal_level": Line("/etc/z.conf", "minimal", "replica", waits=True),
        "work_mem": Line("/etc/own.conf", "8MB", "4MB", waits=True),
    }
    first, second = kind.compare(RESOURCE, {"server": SERVER._replace(applied=lines)})
    for found in (first, second):
        assert "ALTER SYSTEM RESET fsync" in found.remedy
        assert "sed -i -e 's/^[[:space:]]*wal_level" in found.remedy
        assert "work_mem" not in found.remedy
        assert "pg_reload_conf" not in found.remedy
        assert "pg_reload_conf" in found.loads


def test_a_server_that_does_not_answer():
    [found] = kind.compare(RESOURCE, {"error": "could not connect", "listens": False})
    assert (found.attribute, found.owned) == ("reachable", True)
    assert found.actual == "could not connect"


def test_one_that_says_something_else_is_not_restarted():
    [found] = kind.compare(RESOURCE, {"error": "too many clients", "listens": True})
    assert (found.attribute, found.owned) == ("answers", False)
    assert found.check not in kind.MENDED_BY


def test_a_file_that_went_keeps_it_from_starting_again():
    gone = server_files.Fault("/h", "not there", "Put it back.")
    found = kind.compare(RESOURCE, {"server": SERVER._replace(hba_rules=[]), "faults": [gone]})
    assert [(d.attribute, d.owned) for d in found] == [("files /h", False)]
    assert "files" in kind.UNSTARTABLE


def test_an_administrator_who_is_kept_out_is_a_finding_of_its_own():
    found = kind.compare(RESOURCE, {"locked_out": session.LockedOut("no line", "a command")})
    assert [(d.attribute, d.actual, d.remedy) for d in found] == [
        ("administrator", "no line", "a command")
    ]


def test_what_would_keep_him_out_is_found_before_a_reload(monkeypatch):
    monkeypatch.setattr(
        kind.administrator, "remedy", lambda _login, is_loaded: f"loaded {is_loaded}"
    )
    changed = SERVER._replace(unloaded={"/h": "changed later"}, hba_rules=[])
    (found,) = kind.compare(RESOURCE, {"server": changed})
    assert (found.attribute, found.remedy) == ("administrator", "loaded False")


class Host:
    """A host on which the unit's process is this one."""

    def unit(self, _name):
        return {"MainPID": str(os.getpid())}

    def server(self, _login):
        return SERVER


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pg_ctl.conf", "# x\npg_ctl_options = ''\n", []),
        ("pg_ctl.conf", "pg_ctl_options = '-o --fsync=off'\n",
         [("options pg_ctl.conf", "-o --fsync=off (waits for a restart)", True)]),
        ("pg_ctl.conf", f"pg_ctl_options = '-o {os.path.basename(sys.executable)}'\n", None),
        ("environment", "# x\n", []),
        ("environment", "PGTOKEN = 'a secret'\n",
         [("options environment", "the variables PGTOKEN (waits for a restart)", True)]),
        ("environment", f"HOME = '{os.environ.get('HOME', '')}'\n",
         [("options environment", "the variables HOME", False)]),
    ],
)  # fmt: skip
def test_what_the_server_starts_with(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    resource = {**RESOURCE, "files": [str(tmp_path / "conf.d" / "own.conf")]}
    found = kind.compare(resource, kind.read(resource, Host()))
    told = [(d.attribute, d.actual, d.waits) for d in found]
    if expected is not None:
        assert told == expected
    assert all(d.remedy.startswith("sed -i 's/^[^#]/#&/' ") for d in found)
    restarts = ["systemctl restart" in d.loads for d in found]
    assert restarts == [not d.waits for d in found]


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("A = 'b'\n")
    (tmp_path / "environment").symlink_to(tmp_path / "secret")
    resource = {**RESOURCE, "files": [str(tmp_path / "conf.d" / "own.conf")]}
    assert kind.compare(resource, kind.read(resource, Host())) == []


def test_a_server_that_does_not_start_for_its_options():
    start = {"/e/pg_ctl.conf": ("-o --nonsense", True)}
    found = kind.compare(RESOURCE, {"error": "no", "listens": False, "start": start})
    assert [d.attribute for d in found] == ["reachable", "options pg_ctl.conf"]


class Down(Host):
    """A host whose server is down since the second 2000, and has read its files in 1000."""

    def unit(self, _name):
        return {"ActiveState": "inactive", "InactiveEnterTimestampMonotonic": "2000"}

    def server(self, _login):
        raise kind.session.ServerError("no")


@pytest.mark.parametrize(("written", "waits"), [(999, False), (1001, True)])
def test_what_a_server_that_is_down_would_start_with(tmp_path, monkeypatch, written, waits):
    monkeypatch.setattr(kind.units, "last_read", lambda _unit: 1000.0)
    monkeypatch.setattr(kind.units, "since_boot", float)
    (tmp_path / "environment").write_text("LD_PRELOAD = '/tmp/x.so'\n")
    os.utime(tmp_path / "environment", (written, written))
    resource = {
        **RESOURCE, "files": [str(tmp_path / "conf.d" / "own.conf")], "login_unix_socket": "/run",
    }  # fmt: skip
    [down, options] = kind.compare(resource, kind.read(resource, Down()))
    assert (down.check, options.check, options.waits) == ("reachable", "options", waits)
    assert options.loads == ("" if waits else "systemctl restart postgresql@15-main.service")


@pytest.mark.parametrize(("recovers", "found"), [("off", ["standby"]), ("on", [])])
def test_a_server_that_would_be_a_standby_after_its_next_start(tmp_path, recovers, found):
    (tmp_path / "standby.signal").touch()
    settings = {
        "data_directory": {"value": str(tmp_path)}, "in_hot_standby": {"value": recovers},
    }  # fmt: skip
    server = SERVER._replace(settings=settings)
    signals = kind._signals(RESOURCE, server)
    differences = kind.compare(RESOURCE, {"server": server, "signals": signals})
    assert [each.check for each in differences] == found
    assert all(each.waits and each.remedy.startswith("rm /") for each in differences)
