import re
import shlex
import subprocess
import time

from postgres import administrator, login


def fetch(host, path, data=None):
    """The status and the text of a request through nginx, with a session of its own."""
    program = f"""
import http.cookiejar, re, urllib.error, urllib.parse, urllib.request
opener = urllib.request.build_opener(
    urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
url, data = "http://127.0.0.1{path}", {data!r}
try:
    if data:
        page = opener.open(url).read().decode()
        token = re.search('name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        data = urllib.parse.urlencode(dict(data, csrf_token=token)).encode()
    answer = opener.open(url, data, timeout=10)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
"""
    status, text = host.check_output("python3 -c %s", program).split(" ", 1)
    return int(status), text


def test_the_page_is_served(host):
    status, page = fetch(host, "/")
    assert status == 200
    assert "<h1>Guestbook</h1>" in page


def test_an_entry_survives_a_restart_of_the_host(host):
    text = f"written at {time.time()}"
    status, page = fetch(host, "/", {"author": "Ada", "text": text})
    assert (status, text in page) == (200, True)

    name = host.backend.get_pytest_id().rpartition("/")[2]
    subprocess.run(["docker", "restart", name], check=True, capture_output=True, timeout=60)
    deadline = time.monotonic() + 60
    while host.run("systemctl is-system-running --wait").stdout.strip() not in (
        "running",
        "degraded",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.5)

    status, page = fetch(host, "/")
    assert (status, text in page) == (200, True)


def test_the_table_of_a_later_migration_is_usable_without_another_grant(host):
    assert login(host, "guestbook", "insert into later default values").rc == 0
    assert login(host, "guestbook", "delete from later").rc == 0
    assert "must be owner" in login(host, "guestbook", "drop table later").stderr


def test_only_ports_80_and_22_are_open_to_others(host):
    listening = host.check_output("ss -Hltn").splitlines()
    addresses = {line.split()[3] for line in listening}
    others = {a for a in addresses if not re.match(r"(127\.|\[::1\])", a)}
    assert others <= {"0.0.0.0:80", "[::]:80", "0.0.0.0:22", "[::]:22", "*:22"}


def test_no_secret_is_in_a_file_that_others_can_read(host):
    secrets = ["ünïcode", "p%40ss%3Aw", "p@ss:w/o#r"]
    patterns = " ".join(f"-e {shlex.quote(secret)}" for secret in secrets)
    found = host.run(
        "find /etc /srv /var/log /run /tmp -xdev -type f -perm -o=r"
        f" -exec grep -lF {patterns} {{}} +"
    )
    assert found.stdout == ""


def test_no_secret_is_in_the_journal(host):
    journal = host.check_output("journalctl --no-pager --output=cat")
    assert "ünïcode" not in journal
    assert "p@ss:w/o#r" not in journal
    assert "p%40ss" not in journal


def test_public_has_no_grants(host):
    query = (
        "select count(*) from information_schema.table_privileges"
        " where grantee = 'PUBLIC' and table_schema = 'public'"
    )
    assert administrator(host, query, "guestbook") == "0"
