import json
import os
import subprocess

import pytest
import testinfra
from postgres import PASSWORD, administrator, login


@pytest.fixture
def database():
    return testinfra.get_host("docker://db")


@pytest.fixture(params=["web1", "web2"])
def web(request):
    return testinfra.get_host(f"docker://{request.param}")


@pytest.fixture
def stranger():
    return testinfra.get_host("docker://stranger")


def over_tls(web, password=PASSWORD, sslmode="require"):
    """A login of the runtime role with the application's own driver."""
    program = (
        "import os, psycopg2; c = psycopg2.connect(host='db.example', user='guestbook',"
        " dbname='guestbook', password=os.environ['P'], sslmode=os.environ['M'],"
        " connect_timeout=5); q = c.cursor();"
        " q.execute('select ssl from pg_stat_ssl where pid = pg_backend_pid()');"
        " print(q.fetchone()[0])"
    )
    return web.run(
        "P=%s M=%s /srv/guestbook/current/.venv/bin/python -c %s", password, sslmode, program
    )


def test_the_live_request_reads_and_writes(web):
    program = (
        "import urllib.request as u; print(u.urlopen('http://127.0.0.1/health/database').status)"
    )
    assert web.check_output("python3 -c %s", program) == "200"


def test_the_service_verifies_the_servers_certificate(web):
    file = web.file("/etc/flask/guestbook.env").content_string
    assert "sslmode=verify-full&sslrootcert=/etc/flask/guestbook.ca.pem" in file


def test_every_connection_is_encrypted(database, web):
    assert over_tls(web).stdout.strip() == "True"
    query = (
        "select count(*) from pg_stat_activity join pg_stat_ssl using (pid)"
        " where usename = 'guestbook' and not ssl"
    )
    assert administrator(database, query) == "0"


def test_a_wrong_password_is_refused(web):
    assert "password authentication failed" in over_tls(web, password="wrong").stderr


def test_a_connection_without_tls_is_refused(web):
    assert "no pg_hba.conf entry" in over_tls(web, sslmode="disable").stderr


@pytest.mark.parametrize("sslmode", ["require", "disable"])
def test_an_undeclared_address_is_refused(stranger, sslmode):
    refused = login(stranger, "guestbook", address="db.example", sslmode=sslmode)
    assert "no pg_hba.conf entry" in refused.stderr


def test_the_migrations_ran_once(database):
    query = "select string_agg(version_num, ',') from alembic_version"
    assert administrator(database, query, "guestbook") == "0003"


def test_the_private_key_is_the_servers_alone(database):
    file = database.file("/etc/postgresql/17/main/server.key")
    assert (file.user, file.mode) == ("postgres", 0o600)


def test_a_renewed_certificate_is_in_effect(web):
    # side_effect.yml renewed it; nobody asked for a reload.
    command = "echo | openssl s_client -starttls postgres -connect db.example:5432 2>/dev/null"
    assert web.check_output(f"{command} | openssl x509 -noout -serial") == "serial=1267"


def test_the_server_listens_where_it_was_declared_to(database):
    address = database.check_output("hostname -I").split()[0]
    listening = database.check_output("ss -Hltn sport = :5432").splitlines()
    assert {line.split()[3] for line in listening} == {"127.0.0.1:5432", f"{address}:5432"}


def audit(folder):
    """The statuses and the findings' ids by host."""
    subprocess.run(
        [
            "ansible-playbook",
            f"--inventory={os.environ['MOLECULE_INVENTORY_FILE']}",
            f"--extra-vars=audit_report_dir={folder} audit_fail_on=never",
            "flaskops.stack.audit",
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    hosts = json.loads((folder / "audit.json").read_text())["hosts"]
    return {name: (h["status"], [f["id"] for f in h["findings"]]) for name, h in hosts.items()}


def test_the_audit_finds_nothing(tmp_path):
    assert audit(tmp_path) == {name: ("ok", []) for name in ("db", "web1", "web2")}


def test_a_database_host_that_is_down_is_audited_around(tmp_path):
    subprocess.run(["docker", "stop", "db"], check=True, capture_output=True)
    try:
        assert audit(tmp_path) == {
            "db": ("unreachable", ["host.reachable"]),
            "web1": ("drift", ["connection.tcp"]),
            "web2": ("drift", ["connection.tcp"]),
        }
    finally:
        subprocess.run(["docker", "start", "db"], check=True, capture_output=True)
