"""What systemctl and the kernel print, recorded on Debian 12 (systemd 252)."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import service, units

GUESTBOOK = """\
MainPID=3115
Result=success
NRestarts=0
ExecStart={ path=/srv/guestbook/current/.venv/bin/gunicorn ; argv[]=/srv/guestbook/current/.venv/bin/gunicorn --workers=3 wsgi:app ; ignore_errors=no ; start_time=[Thu 2026-11-26 14:56:44 UTC] ; stop_time=[n/a] ; pid=3115 ; code=(null) ; status=0/0 }
Environment=XDG_RUNTIME_DIR=/run/guestbook
EnvironmentFiles=/etc/flask/guestbook.env (ignore_errors=no)
WorkingDirectory=/srv/guestbook/current
User=guestbook
LoadState=loaded
ActiveState=active
SubState=running
NeedDaemonReload=no
"""  # noqa: E501
MISSING = """\
MainPID=0
Result=success
NRestarts=0
Environment=
WorkingDirectory=
User=
LoadState=not-found
ActiveState=inactive
SubState=dead
NeedDaemonReload=no
"""
# Environment= with spaces, two files of which one need not be there, a directory likewise.
ODD = """\
MainPID=0
Result=success
NRestarts=4
ExecStart={ path=/bin/echo ; argv[]=/bin/echo odd.service a b ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
Environment=A=1 "B=two words" C= D=x
EnvironmentFiles=/etc/none.env (ignore_errors=yes)
EnvironmentFiles=/etc/flask/guestbook.env (ignore_errors=no)
WorkingDirectory=!/srv/x
User=
LoadState=loaded
ActiveState=inactive
SubState=dead
NeedDaemonReload=yes
"""  # noqa: E501


@pytest.fixture
def printed(monkeypatch):
    """A function that lets systemctl print a text."""

    def printed(text, code=0):
        done = subprocess.CompletedProcess([], code, stdout=text, stderr="Failed to connect to bus")
        monkeypatch.setattr(units.pace, "run", lambda *_arguments, **_options: done)

    return printed


def test_the_properties_of_several_units(printed):
    printed("\n".join([GUESTBOOK, MISSING, ODD]))
    found = units.show(["guestbook.service", "none.service", "odd.service"])
    assert found["guestbook.service"]["MainPID"] == "3115"
    assert found["none.service"] == {}
    assert found["odd.service"]["EnvironmentFiles"].splitlines() == [
        "/etc/none.env (ignore_errors=yes)", "/etc/flask/guestbook.env (ignore_errors=no)",
    ]  # fmt: skip


def test_a_systemd_that_does_not_answer(printed):
    printed("", code=1)
    with pytest.raises(units.SystemdError, match="Failed to connect to bus"):
        units.show(["guestbook.service"])


def test_what_a_unit_gives_its_service(printed):
    printed(GUESTBOOK)
    found = service.read("guestbook.service")
    assert found["user"] == "guestbook"
    assert found["program"] == "/srv/guestbook/current/.venv/bin/gunicorn"
    assert found["environment_files"] == ["/etc/flask/guestbook.env"]
    assert (found["pid"], found["restarts"], found["needs_reload"]) == (3115, 0, False)


def test_a_unit_that_is_written_otherwise(printed):
    printed(ODD)
    found = service.read("odd.service")
    assert found["environment"] == {"A": "1", "B": "two words", "C": "", "D": "x"}
    assert found["environment_files"] == ["/etc/flask/guestbook.env"]
    assert (found["user"], found["directory"]) == ("root", "/srv/x")
    assert (found["restarts"], found["needs_reload"]) == (4, True)


def test_a_unit_that_systemd_does_not_know(printed):
    printed(MISSING)
    assert service.read("none.service") == {}


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
