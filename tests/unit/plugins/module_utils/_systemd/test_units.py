"""What systemctl prints of several units, and what the kernel says of processes."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

PRINTED = """\
LoadState=loaded
ActiveState=active
MainPID=3115

LoadState=not-found
ActiveState=inactive
MainPID=0

EnvironmentFiles=/etc/none.env (ignore_errors=yes)
EnvironmentFiles=/etc/flask/guestbook.env (ignore_errors=no)
Environment=
LoadState=masked
"""


def test_the_properties_of_several_units(printed):
    printed(PRINTED)
    found = units.show(["guestbook.service", "none.service", "odd.service"])
    assert found["guestbook.service"] == {"ActiveState": "active", "MainPID": "3115"}
    assert found["none.service"] == {}
    assert found["odd.service"]["EnvironmentFiles"].splitlines() == [
        "/etc/none.env (ignore_errors=yes)", "/etc/flask/guestbook.env (ignore_errors=no)",
    ]  # fmt: skip


@pytest.mark.parametrize(("state", "needs"), [("loaded", "no"), ("masked", "no"), ("error", "yes")])
def test_a_unit_that_could_not_be_read_has_to_be_read_again(printed, state, needs):
    """As systemd prints it of a socket whose file was gone when it read its files, and is back."""
    printed(f"LoadState={state}\nNeedDaemonReload=no\nActiveState=active\n")
    assert units.show(["shop.socket"])["shop.socket"]["NeedDaemonReload"] == needs


def test_a_systemd_that_does_not_answer(printed):
    printed("", code=1)
    with pytest.raises(units.SystemdError, match="Failed to connect to bus"):
        units.show(["guestbook.service"])


def test_a_process():
    found = units.process(os.getpid())
    assert found["uid"] == os.getuid()
    assert found["working_directory"] == os.getcwd()
    assert found["started"] < time.time()


def test_a_process_that_is_gone():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert units.process(done.pid) is None
    assert units.cpu_seconds(done.pid) == 0
    assert units.children(done.pid) == []


RELOAD = (
    "{ path=/usr/sbin/nginx ; argv[]=/usr/sbin/nginx -s reload ; ignore_errors=no ;"
    " start_time=[Thu 1970-01-01 00:16:%s UTC] ; stop_time=[n/a] ; pid=670 ; status=0 }"
)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, None),
        ({"ActiveEnterTimestampMonotonic": "0"}, None),
        ({"ExecReload": "{ path=/x ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 }"}, None),
        ({"ActiveEnterTimestampMonotonic": "5000000"}, 1005.0),
        ({"ActiveEnterTimestampMonotonic": "5000000", "ExecReload": RELOAD % "49.500000"}, 1009.5),
        # Reloaded first, and started once more.
        ({"ActiveEnterTimestampMonotonic": "5000000", "ExecReload": RELOAD % "41.000000"}, 1005.0),
        (
            {"ExecReload": RELOAD % "41.000000" + "\n" + RELOAD % "42.000000"},
            1002.0,
        ),
    ],
)
def test_when_a_unit_has_read_its_files(monkeypatch, properties, expected):
    monkeypatch.setattr(
        units, "since_boot", lambda text: int(text) / 1e6 + 1000 if int(text or 0) else None
    )
    assert units.last_read(properties) == expected


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ("", []),
        ("/etc/a.d/x.conf", ["/etc/a.d/x.conf"]),
        (
            '"/etc/a.d/over ride.conf" /run/a.d/y.conf',
            ["/etc/a.d/over ride.conf", "/run/a.d/y.conf"],
        ),
        # As systemd 252 writes them.
        (r'"/etc/a.d/do\"uble.conf"', ['/etc/a.d/do"uble.conf']),
        (r'"/etc/a.d/dol\$lar.conf" /etc/b', ["/etc/a.d/dol$lar.conf", "/etc/b"]),
        (r'"/etc/a.d/back\\slash.conf"', ["/etc/a.d/back\\slash.conf"]),
        (r'"/etc/a.d/tab\tx.conf"', ["/etc/a.d/tab\tx.conf"]),
        ('"/etc/a.d/it\'s.conf"', ["/etc/a.d/it's.conf"]),
    ],
)
def test_the_names_of_drop_ins_may_have_spaces(said, paths):
    assert units.drop_ins({"DropInPaths": said}) == paths
