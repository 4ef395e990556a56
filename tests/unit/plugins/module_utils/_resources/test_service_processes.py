import subprocess
import sys
from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.strangers import Process
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    service_processes as kind,
)

RESOURCE = {"unit": "shop.service", "user": "root", "restart": True, "sockets": ["/run/shop.sock"]}
FINE = {
    "shared": [],
    "beside": [],
    "deleted": [],
    "listening": {"/run/shop.sock": "x", "/run/shop/g.ctl": "x"},
}

FOUND = [
    ({}, []),
    ({"beside": [("sleep ... (process 7 of shop)", "kill 7")]}, ["beside sleep"]),
    ({"deleted": ["/usr/lib/libssl.so.3"]}, ["deleted"]),
    ({"listening": {"0.0.0.0:8000": "gunicorn", "@x": "gunicorn"}},
     ["listening 0.0.0.0:8000", "listening @x"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), FOUND)
def test_difference(changes, expected):
    found = kind.compare(RESOURCE, {**FINE, **changes})
    assert [d.attribute for d in found] == expected
    assert [d.owned for d in found] == [d.check == "deleted" for d in found]


def test_who_restarts_for_new_files():
    [found] = kind.compare({**RESOURCE, "restart": False}, {**FINE, "deleted": ["/x"]})
    assert found.loads == "systemctl restart shop.service"


def test_processes_beside_the_service():
    table = {
        pid: Process(pid, parent, uid, unit)
        for pid, parent, uid, unit in (
            (10, 1, 0, "shop.service"), (11, 10, 0, "shop.service"), (12, 1, 5, "shop.service"),
            (13, 12, 5, "shop.service"), (14, 1, 0, "cron.service"), (15, 1, 5, "cron.service"),
        )
    }  # fmt: skip
    found = kind._beside("shop.service", -1, 10, table)
    assert found == {12, 13}
    assert kind._groups(found, table) == [[12, 13]]
    # Of the user too, wherever they are.
    assert kind._beside("shop.service", 0, 10, table) == {12, 13, 14}


@pytest.mark.parametrize(
    ("name", "names", "uid", "others"),
    [
        ("shop", ["shop"], 991, []),
        # Their processes cannot be told from its own, and are not for the service's sake to end.
        ("shop", ["shop", "www-data"], 33, ["www-data"]),
        ("shop", ["root", "shop"], 0, ["root"]),
        ("shop", ["shop"], 0, ["root"]),
        ("", [], 0, []),
        ("no such user", [], 0, []),
    ],
)
def test_a_number_that_is_not_the_users_alone(monkeypatch, name, names, uid, others):
    def account(asked):
        if asked != "shop":
            raise KeyError(asked)
        return SimpleNamespace(pw_uid=uid)

    monkeypatch.setattr(kind.pwd, "getpwnam", account)
    monkeypatch.setattr(kind.accounts, "names_of", lambda _uid: names)
    found, shared = kind._account(name)
    assert shared == others
    assert found == (uid if names == ["shop"] and uid else -1)


def test_what_cannot_be_told_apart_is_not_checked():
    [unseen] = kind.compare(RESOURCE, {**FINE, "shared": ["www-data"]})
    assert unseen.attribute == "beside"
    assert "www-data" in unseen.reason


LIBRARIES = [
    ("/usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)", True),
    ("/srv/shop/.venv/lib/python3.11/site-packages/_x.cpython-311.so (deleted)", True),
    ("/usr/lib/libssl.so.3", False),
    ("/dev/zero (deleted)", False),
    ("/SYSV00df86ac (deleted)", False),
    ("/memfd:pulse.so (deleted)", False),
    ("/dev/shm/x.so (deleted)", False),
    ("/tmp/ffiA1b2C3 (deleted)", False),
    ("/[aio] (deleted)", False),
    ("/var/lib/postgresql/15/main/pg_wal/x (deleted)", False),
]


@pytest.mark.parametrize(("path", "is_gone"), LIBRARIES)
def test_libraries_that_are_gone(path, is_gone):
    line = f"7f0000000000-7f0000001000 r-xp 00000000 08:01 42                 {path}"
    expected = {path[: -len(" (deleted)")]} if is_gone else set()
    assert kind.gone_libraries([line, line]) == expected


def test_a_process_whose_program_is_gone(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(open("/bin/sleep", "rb").read())
    program.chmod(0o755)
    with subprocess.Popen([program, "60"]) as started:
        try:
            assert list(kind._deleted(started.pid)) == []
            program.unlink()
            assert list(kind._deleted(started.pid)) == [str(program)]
        finally:
            started.kill()


def test_where_a_service_listens():
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        " print(s.getsockname()[1]); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        port = started.stdout.readline().strip()
        unit = {"MainPID": str(started.pid)}
        host = SimpleNamespace(unit=lambda _name: unit, once=lambda _key, read: read())
        found = kind.read({**RESOURCE, "user": ""}, host)
        assert list(found["listening"]) == [f"127.0.0.1:{port}"]
        assert kind.read({**RESOURCE, "user": "", "sockets": []}, host)["listening"] == {}
        started.kill()


def test_what_a_release_took_along_says_no_more_than_the_release():
    path = "/srv/shop/releases/1/.venv/lib/python3.11/site-packages/x.so"
    [found] = kind.compare(RESOURCE, {**FINE, "deleted": [path]})
    names = {str(each) for each in found.because}
    assert {"release /srv/shop/releases/1", "virtualenv /srv/shop/releases/1/.venv"} <= names
