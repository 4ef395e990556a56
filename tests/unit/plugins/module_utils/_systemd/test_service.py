"""What systemctl show prints of units, recorded on Debian 12 (systemd 252)."""

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import service

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
