"""What is green is so: states of a host in which the checks were content, or wrongly were not."""

import json
from collections import namedtuple

import hosts
import pytest

HOST = "flaskops-truth"
# make and undo are commands for the host's shell, errors the checks that the audit finds, and code
# the verdict of the diagnosis ("ok" where it is content).
State = namedtuple("State", "name make undo errors code")
AVAILABLE = "/etc/nginx/sites-available/guestbook"
OLDER = "/etc/nginx/conf.d/older.conf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the host's inventory; systemd 252 and PostgreSQL 15 are there."""
    folder = tmp_path_factory.mktemp("truth")
    try:
        hosts.provision(folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]})
        yield folder
    finally:
        hosts.destroy(HOST)


def audit(folder, *arguments):
    """The ids of what the audit finds, each once."""
    report = f"--extra-vars=audit_report_dir={folder}/report"
    done = hosts.play(folder, "audit", report, *arguments, check=False)
    found = json.loads((folder / "report" / "audit.json").read_text())
    findings = [finding for host in found["hosts"].values() for finding in host["findings"]]
    assert (done.returncode == 0) == (findings == [])
    return findings


def verdict(folder):
    """The code of the diagnosis."""
    done = hosts.play(folder, "diagnose", check=False)
    lines = done.stdout.splitlines()
    codes = [line.split(":")[0].strip() for line in lines if line.startswith("  ") and ": " in line]
    codes = [code for code in codes if "." in code and " " not in code]
    return codes[0] if codes else "ok"


def older(listen, rest="return 200;"):
    return (
        f"echo 'server {{ listen {listen}; server_name _ old.example; {rest} }}' > {OLDER}"
        " && systemctl restart nginx && sleep 0.3"
    )


NO_OLDER = f"rm {OLDER}; systemctl restart nginx"
STEAL = """
cat > /root/thief.py <<'END'
import http.server, os, shutil, socketserver
class Answer(http.server.BaseHTTPRequestHandler):
    address_string = lambda self: ""
    def do_GET(self):
        self.send_response(200); self.end_headers()
os.unlink("/run/guestbook.sock")
server = socketserver.UnixStreamServer("/run/guestbook.sock", Answer)
shutil.chown("/run/guestbook.sock", "root", "www-data"); os.chmod("/run/guestbook.sock", 0o660)
server.serve_forever()
END
systemd-run --quiet --unit=thief python3 /root/thief.py; sleep 0.5
"""

HBA = "/etc/postgresql/15/main/pg_hba.conf"
IDENT = "/etc/postgresql/15/main/pg_ident.conf"
RELOAD = "runuser -u postgres -- psql -qc 'SELECT pg_reload_conf()' > /dev/null && sleep 0.5"
SAVE = f"cp -p {HBA} /root/hba && cp -p {IDENT} /root/ident && "
HBA_BACK = f"cp /root/hba {HBA}; cp /root/ident {IDENT}; {RELOAD}"


def records(text, above=False):
    """Put lines at an end of pg_hba.conf."""
    put = f"{{ printf '{text}'; cat /root/hba; }} > {HBA}" if above else f"printf '{text}' >> {HBA}"
    return f"{SAVE}{put} && {RELOAD}"


STATES = [
    State("a site on a unix socket", older("unix:/run/x.sock"), NO_OLDER, [], "ok"),
    State("a page of figures on loopback", older("127.0.0.1:80"), NO_OLDER, [], "ok"),
    State(
        "a site that has the host's address for itself",
        older('\'"$(hostname -I | cut -d" " -f1)"\':80'), NO_OLDER, ["nginx_site.rival"], "ok",
    ),
    State(
        "an older site is the default server, and nginx still runs without ours",
        f"mv {AVAILABLE} /root/site && touch {AVAILABLE} && " + older("80 default_server")
        + f"; mv /root/site {AVAILABLE}; touch -d '1 hour ago' {AVAILABLE}",
        NO_OLDER, ["nginx_site.rival"], "request.answered_by",
    ),
    State(
        "trust in a block of others, above ours",
        records("# BEGIN x\\nhost all all 0.0.0.0/0 trust\\n# END x\\n", above=True),
        HBA_BACK, ["pg_hba.line"], "ok",
    ),
    State(
        "trust in a block of others, below ours, over two lines",
        records("# BEGIN x\\nhostssl guestbook all \\\\\\n samenet trust\\n# END x\\n"),
        HBA_BACK, ["pg_hba.line"], "ok",
    ),
    State(
        "trust behind a mark that is not closed",
        records("# BEGIN x\\nlocal all +guestbook trust\\n"), HBA_BACK, ["pg_hba.line"], "ok",
    ),
    State(
        "nobody of ours in a block of others",
        records("# BEGIN x\\nhost other other 10.0.0.0/8 trust\\nhost all all all reject\\n"
                "host all all all trust\\n# END x\\n"),
        HBA_BACK, [], "ok",
    ),
    State(
        "a map to the administrator",
        f"{SAVE}echo 'm games postgres' >> {IDENT} && "
        f"printf '# BEGIN x\\nlocal all all peer map=m\\n# END x\\n' >> {HBA} && {RELOAD}",
        HBA_BACK, ["pg_hba.map"], "ok",
    ),
    State(
        "another process listens at the socket", STEAL,
        "systemctl stop thief; rm -f /run/guestbook.sock;"
        " systemctl restart guestbook.socket guestbook.service",
        ["request.answered_by"], "request.answered_by",
    ),
]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state(folder, state):
    try:
        hosts.shell(HOST, state.make)
        found = audit(folder)
        assert sorted({one["id"] for one in found}) == state.errors, found
        assert verdict(folder) == state.code
    finally:
        hosts.shell(HOST, state.undo, check=False)
    assert audit(folder) == []


KEEPS_OUT = "systemctl reload postgresql@15-main && sleep 0.5"
PEER = "^local *all *postgres *peer"
# Ways to keep the administrator out, as root.
LOCKED_OUT = [
    ("scram-sha-256", f"sed -Ei 's/{PEER}/local all postgres scram-sha-256/' {HBA}"),
    ("reject", f"sed -Ei 's/{PEER}/local all postgres reject/' {HBA}"),
    ("a map without him", f"sed -Ei 's/{PEER}/& map=m/' {HBA}; echo 'm games games' >> {IDENT}"),
    ("a line above", f"sed -i '1i local all all scram-sha-256' {HBA}"),
    ("the file emptied, which the server has not read", f": > {HBA}"),
    ("the line removed", f"sed -Ei '/{PEER}/d; /^local *all *all/d' {HBA}"),
]


@pytest.mark.parametrize("make", [row[1] for row in LOCKED_OUT], ids=[row[0] for row in LOCKED_OUT])
def test_an_administrator_who_is_kept_out_is_said_and_let_in_again(folder, make):
    try:
        hosts.shell(HOST, f"cp -p {HBA} /root/hba; cp -p {IDENT} /root/ident; {make}; {KEEPS_OUT}")
        found = next(one for one in audit(folder) if not one["id"].startswith("pg_hba."))
        assert found["id"] == "postgresql_configuration.administrator"
        is_read = "systemctl reload" in found["remedy"]
        assert verdict(folder) == ("auth.administrator" if is_read else "ok")
        done = hosts.play(folder, "site", check=False)
        output = " ".join(done.stdout.split())
        assert done.returncode != 0
        assert "changed=0" in output
        assert found["remedy"] in output
        hosts.shell(HOST, f"{found['remedy']} && sleep 0.5")
        assert verdict(folder) == "ok"
        if not is_read:
            hosts.play(folder, "site")
        assert {one["id"] for one in audit(folder)} <= {"pg_hba.line", "pg_hba.map"}
    finally:
        hosts.shell(HOST, f"cp /root/hba {HBA}; cp /root/ident {IDENT}; {KEEPS_OUT}", check=False)
    assert audit(folder) == []


HOG = """
import psycopg2, time
held = []
try:
    while True:
        held.append(psycopg2.connect("dbname=postgres"))
except psycopg2.Error:
    time.sleep(900)
"""
KEY = "/etc/ssl/private/ssl-cert-snakeoil.key"
# Of a server that answers, or would not start again: what is found of it.
LEFT_ALONE = [
    ("its connections are used up",
     f"systemd-run --quiet --unit=hog --uid=postgres python3 -c '{HOG}' && sleep 2",
     "systemctl stop hog; sleep 1", "postgresql_configuration.answers"),
    ("pg_hba.conf is gone", f"mv {HBA} /root/hba", f"cp -p /root/hba {HBA}; {RELOAD}",
     "pg_hba.exists"),
    ("pg_ident.conf is gone", f"mv {IDENT} /root/ident", f"mv /root/ident {IDENT}",
     "postgresql_configuration.files"),
    ("the key is gone", f"mv {KEY} /root/key", f"mv /root/key {KEY}",
     "postgresql_configuration.files"),
]  # fmt: skip
SERVER = "head -n 1 /var/lib/postgresql/15/main/postmaster.pid"


@pytest.mark.parametrize(("make", "undo", "expected"), [row[1:] for row in LEFT_ALONE],
                         ids=[row[0] for row in LEFT_ALONE])  # fmt: skip
def test_a_server_that_answers_is_not_restarted(folder, make, undo, expected):
    try:
        hosts.shell(HOST, make)
        server = hosts.shell(HOST, SERVER)
        assert expected in {one["id"] for one in audit(folder)}
        done = hosts.play(folder, "site", check=False)
        assert hosts.shell(HOST, SERVER) == server
        if expected.endswith(".answers"):
            # Before anything was tried, with what to do.
            assert "PostgreSQL does not let anybody ask" in " ".join(done.stdout.split())
            assert "changed=0" in done.stdout
    finally:
        hosts.shell(HOST, undo, check=False)
    hosts.play(folder, "site")
    assert audit(folder) == []


AUTO = "/var/lib/postgresql/15/main/postgresql.auto.conf"
ALTER = "runuser -u postgres -- psql -qc \"ALTER SYSTEM SET {} = '{}'\""
OPEN = f"echo 'host all all 0.0.0.0/0 trust' >> {HBA}"
STOP = "systemctl stop postgresql@15-main"
# What was not in effect when a program was stopped, and would be once it is started.
STOPPED = [
    ("a setting, while it ran", f"{ALTER.format('listen_addresses', '*')} && {STOP}",
     "postgresql_configuration.waiting"),
    ("a setting, afterwards", f"{STOP}; echo \"fsync = 'off'\" >> {AUTO}",
     "postgresql_configuration.waiting"),
    ("a file of settings", f"{STOP}; echo \"shared_preload_libraries = 'nope'\""
     " > /etc/postgresql/15/main/conf.d/99-x.conf", "postgresql_configuration.waiting"),
    ("a line of pg_hba.conf, while it ran", f"{OPEN}; {STOP}", "pg_hba.line"),
    ("a line of pg_hba.conf, afterwards", f"{STOP}; {OPEN}", "pg_hba.line"),
    ("an option, afterwards", f"{STOP}; echo \"pg_ctl_options = '-o --fsync=off'\""
     " > /etc/postgresql/15/main/pg_ctl.conf", "postgresql_configuration.options"),
    ("what only costs memory, afterwards", f"{STOP}; echo \"work_mem = '9MB'\" >> {AUTO}",
     "postgresql_configuration.waiting"),
    ("another unit, which a start would stop", "printf '[Service]\\nExecStart=/bin/sleep 900\\n'"
     " > /etc/systemd/system/other.service; mkdir /etc/systemd/system/other.service.d; printf"
     " '[Unit]\\nConflicts=guestbook.service\\n' > /etc/systemd/system/other.service.d/x.conf;"
     " systemctl daemon-reload; systemctl stop guestbook.service guestbook.socket;"
     " systemctl start other", "unit.conflict"),
    ("a site", f"systemctl stop nginx; echo 'server {{ listen 81; }}' > {OLDER}",
     "process.configuration"),
    ("a drop-in", "systemctl stop guestbook.service guestbook.socket;"
     " mkdir /etc/systemd/system/guestbook.service.d; printf '[Service]\\nUser=root\\n'"
     " > /etc/systemd/system/guestbook.service.d/x.conf", "unit.drop_in"),
]  # fmt: skip
STATE = "systemctl is-active postgresql@15-main nginx guestbook.service || true"


@pytest.mark.parametrize(("make", "expected"), [row[1:] for row in STOPPED],
                         ids=[row[0] for row in STOPPED])  # fmt: skip
def test_what_the_start_of_a_stopped_program_would_bring_is_refused(folder, make, expected):
    # A second has to lie between what was read and what was written.
    hosts.shell(HOST, f"sleep 1.1; {make}")
    before = hosts.shell(HOST, STATE)
    [found] = [one for one in audit(folder) if one["id"] == expected]
    assert found["waits"]
    refused = hosts.play(folder, "site", check=False)
    assert refused.returncode != 0
    assert found["remedy"] in " ".join(refused.stdout.split())
    assert hosts.shell(HOST, STATE) == before
    # Who has looked at the site lets it come.
    hosts.shell(HOST, f"{found['remedy']}; rm -f {OLDER}; systemctl reload nginx || true")
    hosts.play(folder, "site")
    assert audit(folder) == []


def test_what_only_costs_memory_may_start(folder):
    hosts.shell(HOST, f"{ALTER.format('work_mem', '9MB')} && sleep 1.1 && {STOP}")
    hosts.play(folder, "site")
    [found] = audit(folder)
    assert found["id"] == "postgresql_settings.undeclared"
    hosts.shell(HOST, found["remedy"])
    assert audit(folder) == []


ENTRY = {"database": ["x"], "user": ["x"], "address": ["10.0.0.0/8"]}
# Declared for a host on which nothing else differs: what is said of it.
MISTAKES = [
    ({"pg_hba_entries": [{**ENTRY, "databse": ["x"]}]}, "There is no pg_hba_entries.databse"),
    ({"pg_hba_entries": [{**ENTRY, "methd": "reject"}]}, "There is no pg_hba_entries.methd"),
    ({"pg_hba_entries": [{**ENTRY, "address": ["10.0.0.1/8"]}]}, "pg_hba_entries[0]"),
    ({"pg_hba_entries": "none"}, "pg_hba_entries"),
    ({"app_keep_releases": 0}, 'app_keep_releases is "0"'),
    ({"app_keep_releases": None}, "app_keep_releases has no value (null)"),
    ({"nginx_default_site": True}, "nginx_default_site keeps the distribution's page"),
    ({"nginx_port": "eighty"}, "nginx_port"),
    ({"gunicorn_newer_than": {"a": "b"}}, "gunicorn_newer_than"),
    ({"site_request_path": "health/database"}, 'site_request_path is "health/database"'),
    ({"site_request_path": "/a b"}, 'site_request_path is "/a b"'),
    ({"site_request_path": "/gr\u00fc\u00dfe"}, "it must begin with a slash"),
    ({"site_request_path": "/a#b"}, 'site_request_path is "/a#b"'),
    ({"site_request_path": "?a=b"}, 'site_request_path is "?a=b"'),
    ({"site_request_path": None}, "it must begin with a slash"),
    ({"site_request_status": ["two hundred"]}, "site_request_status is"),
    ({"site_request_status": None}, "site_request_status is"),
]


@pytest.mark.parametrize(("said", "message"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_what_cannot_be_applied_is_refused_where_nothing_differs(folder, said, message):
    extra = f"--extra-vars={json.dumps({**said, 'audit_report_dir': f'{folder}/report'})}"
    names = ("site", "audit", "migrate") if message == MISTAKES[0][1] else ("site",)
    for name in names:
        done = hosts.play(folder, name, extra, check=False)
        output = " ".join(done.stdout.split())
        assert done.returncode != 0, name
        assert message in output, name
        assert "changed=0" in output, name


def test_the_declared_request_is_the_one_that_is_made(folder):
    path = "/health/database?deep=1&of=a%20b"
    for name in ("site", "audit", "diagnose"):
        marker = hosts.shell(HOST, "date +%s.%N")
        extra = json.dumps({"site_request_path": path, "audit_report_dir": f"{folder}/report"})
        hosts.play(folder, name, f"--extra-vars={extra}")
        log = hosts.shell(HOST, f"journalctl --unit=guestbook --since=@{marker} --output=cat")
        assert f'"GET {path} HTTP/1.1" 200' in log, name


def test_an_old_exception_explains_nothing(folder):
    ask = (
        "python3 -c 'import urllib.request as r, urllib.error as e\n"
        "for n in range({}):\n"
        ' try: r.urlopen("http://127.0.0.1{}").read()\n'
        " except e.HTTPError: pass'"
    )
    page = "/health/database"
    sql = "runuser -u postgres -- psql -qd guestbook -c"
    try:
        hosts.shell(HOST, f"{sql} 'DELETE FROM heartbeat'; {ask.format(1, page)}")
        hosts.shell(HOST, f"{sql} 'INSERT INTO heartbeat VALUES (1, 0, now())'")
        hosts.shell(HOST, ask.format(600, page))
        hosts.shell(HOST, f"{sql} 'ALTER TABLE heartbeat RENAME TO pulse'")
        done = hosts.play(folder, "diagnose", check=False)
    finally:
        hosts.shell(HOST, f"{sql} 'ALTER TABLE pulse RENAME TO heartbeat'", check=False)
    assert "UndefinedTable" in done.stdout
    assert "the row of the heartbeat is gone" not in done.stdout
