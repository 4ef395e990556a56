import re

import pytest

SOCKET = "/run/guestbook.sock"


@pytest.fixture
def environment(host):
    pid = host.check_output("systemctl show --property=MainPID --value guestbook.service")
    pairs = host.file(f"/proc/{pid}/environ").content_string.split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


@pytest.mark.parametrize("unit", ["guestbook.socket", "guestbook.service"])
def test_the_units_are_enabled_and_active(host, unit):
    assert host.run("systemctl is-active %s", unit).stdout.strip() == "active"
    assert host.run("systemctl is-enabled %s", unit).stdout.strip() == "enabled"


def test_the_web_server_may_connect_and_others_may_not(host):
    file = host.file(SOCKET)
    assert (file.user, file.group, file.mode) == ("root", "www-data", 0o660)
    request = f"curl --silent --unix-socket {SOCKET} http://localhost/health"
    assert host.check_output(f"su -s /bin/sh www-data -c '{request}'") == '{"status":"ok"}'
    assert host.run(f"su -s /bin/sh nobody -c '{request}'").rc != 0


def test_every_process_runs_as_the_application(host):
    pid = host.check_output("systemctl show --property=MainPID --value guestbook.service")
    users = host.check_output("ps -o user= --pid %s --ppid %s", pid, pid).split()
    assert users == ["guestbook"] * 3


def test_the_process_has_the_environment_of_the_file(environment):
    # As side_effect.yml left it.
    assert environment["GREETING"] == "again"
    assert environment["SECRET_KEY"] == 'a `key` with $dollars, "quotes", \'#;=\\ and ünïcode '


def test_the_process_runs_the_release_that_current_names(host):
    pid = host.check_output("systemctl show --property=MainPID --value guestbook.service")
    assert host.check_output(f"readlink /proc/{pid}/cwd") == "/srv/guestbook/releases/other"


def test_options_reach_gunicorn_unchanged(host):
    pid = host.check_output("systemctl show --property=MainPID --value guestbook.service")
    arguments = host.file(f"/proc/{pid}/cmdline").content_string.split("\0")
    assert "--access-logformat=%(m)s %(U)s $status" in arguments
    assert "--workers=2" in arguments


def test_no_secret_is_in_the_unit_or_the_arguments(host):
    unit = host.check_output("systemctl cat guestbook.service")
    arguments = host.check_output("ps -eo args")
    for text in (unit, arguments):
        assert "$dollars" not in text
        assert "p%40ss" not in text


def test_the_exposure_is_at_most_1_5(host):
    report = host.check_output("systemd-analyze security --no-pager guestbook.service")
    score = float(re.search(r"exposure level for guestbook.service: ([\d.]+)", report).group(1))
    assert score <= 1.5


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/srv/guestbook/current/x', 'w')",
        "open('/etc/x', 'w')",
        "open('/home/x')",
        "__import__('os').setuid(0)",
        "__import__('ctypes').CDLL(None).unshare(0x10000000) and exit(1)",
        "__import__('mmap').mmap(-1, 4096, prot=7)",
    ],
)
def test_the_sandbox_refuses(host, attempt):
    """Effects, not scores: the same directives around another command."""
    properties = host.check_output(
        "sed -n '/^# The sandbox/,/^\\[Install/p' /etc/systemd/system/guestbook.service"
        " | grep = | sed 's/^/--property=/; s/ /\\\\ /g' | tr '\\n' ' '"
    )
    run = host.run(
        f"systemd-run --quiet --wait --pipe --uid=guestbook {properties} /usr/bin/python3 -c %s",
        attempt,
    )
    assert run.rc != 0, run.stdout
