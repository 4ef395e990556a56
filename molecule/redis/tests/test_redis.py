"""Two instances on a host: who may connect, what they keep, and what they may do."""

import re
from urllib.parse import quote

import pytest

PASSWORD = 'p@ss "w/o#r%d" é\'\\ {{'
SOCKETS = {name: f"/run/{name}-redis/redis.sock" for name in ("guestbook", "shop")}


def ask(host, user, *words, socket=SOCKETS["shop"], password=""):
    """What an instance says to a command of a user."""
    command = f"REDISCLI_AUTH={quote_shell(password)} redis-cli --no-auth-warning -s {socket} "
    command += " ".join(words)
    return host.run(f"su -s /bin/bash {user} -c {quote_shell(command)}").stdout.strip()


def quote_shell(text):
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("name", SOCKETS)
def test_the_unit_is_enabled_and_active(host, name):
    unit = f"{name}-redis.service"
    assert host.run("systemctl is-active %s", unit).stdout.strip() == "active"
    assert host.run("systemctl is-enabled %s", unit).stdout.strip() == "enabled"


def test_the_group_may_connect_and_nobody_else(host):
    assert ask(host, "www-data", "PING") == "PONG"
    assert ask(host, "nobody", "PING") != "PONG"


def test_what_has_a_password_asks_for_it(host):
    socket = SOCKETS["guestbook"]
    assert ask(host, "www-data", "PING", socket=socket, password=PASSWORD) == "PONG"
    assert "NOAUTH" in ask(host, "www-data", "PING", socket=socket)


def test_only_the_declared_port_of_loopback_is_open(host):
    listening = host.check_output("ss -Hltn")
    assert re.findall(r"(\S+):6380\s", listening) == ["127.0.0.1"]
    # Debian's own has ended.
    assert ":6379 " not in listening
    assert host.run("systemctl is-active redis-server.service").stdout.strip() == "inactive"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:6380/0",
        f"unix://:{quote(PASSWORD, safe='')}@{SOCKETS['guestbook']}?db=0",
        f"unix://{SOCKETS['shop']}?db=0",
    ],
)
def test_the_urls_are_what_a_client_takes(host, url):
    client = f"python3 -c 'import redis, sys; print(redis.from_url(sys.argv[1]).ping())' '{url}'"
    assert host.check_output("su -s /bin/sh www-data -c %s", client) == "True"


def test_it_keeps_its_data_over_a_restart(host):
    assert ask(host, "www-data", "SET", "kept", "yes") == "OK"
    assert host.run("systemctl restart shop-redis.service").rc == 0
    assert ask(host, "www-data", "GET", "kept") == "yes"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("maxmemory", "33554432"), ("maxmemory-policy", "allkeys-lru"), ("appendonly", "yes"),
     ("save", "3600 1"), ("bind", "127.0.0.1")],
)  # fmt: skip
def test_its_settings(host, setting, value):
    words = ("CONFIG", "GET", setting)
    said = ask(host, "www-data", *words, socket=SOCKETS["guestbook"], password=PASSWORD)
    assert said.splitlines() == [setting, value]


def test_its_password_is_nowhere_to_be_read(host):
    file = host.file("/etc/redis/guestbook-redis.conf")
    assert (file.user, file.group, file.mode) == ("redis", "root", 0o400)
    assert "w/o#r" not in host.check_output("ps -eo args")
    assert "w/o#r" not in host.check_output("systemctl cat guestbook-redis.service")


@pytest.mark.parametrize("name", SOCKETS)
def test_the_exposure_is_at_most_1_6(host, name):
    report = host.check_output(f"systemd-analyze security --no-pager {name}-redis.service")
    found = re.search(r"exposure level for \S+: ([\d.]+)", report)
    assert float(found.group(1)) <= 1.6
