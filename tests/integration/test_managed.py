"""A database that somebody else runs: what its owner may do is done, and the rest is said."""

import json

import hosts
import pytest

SERVER, APP = "flaskops-managed-db", "flaskops-managed-app"
# As an administrator provides it by hand: an owner that may create no role.
PROVIDED = """
cd /; run() {{ runuser -u postgres -- psql -qv ON_ERROR_STOP=1 "$@"; }}
run -c "CREATE ROLE shop_owner LOGIN PASSWORD '{0}'" -c "CREATE ROLE shop LOGIN PASSWORD '{0}'"
run -c "CREATE DATABASE shop OWNER shop_owner"
run -c "ALTER SYSTEM SET listen_addresses = '*'"
cd /etc/postgresql/17/main
echo 'hostssl shop shop,shop_owner samenet scram-sha-256' >> pg_hba.conf
systemctl restart postgresql
"""
PASSWORD = "plain-enough-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the inventory, in which the application's host is the only one."""
    folder = tmp_path_factory.mktemp("managed")
    try:
        hosts.converged("site")
        hosts.start(SERVER, "trixie", "site")
        hosts.shell(SERVER, PROVIDED.format(PASSWORD))
        address = hosts.shell(SERVER, "hostname -I").split()[0]
        hosts.inventory(
            folder, {APP: "trixie"}, {"app": [APP]}, stage="prepared",
            database_name="shop", app_database_host=address, database_password=PASSWORD,
            database_owner_password=PASSWORD,
        )  # fmt: skip
        hosts.play(folder, "site")
        yield folder
    finally:
        hosts.destroy(APP)
        hosts.destroy(SERVER)


def sql(statement, user="postgres"):
    command = f'runuser -u postgres -- psql -XAtq -d shop -c "SET ROLE {user}" -c "{statement}"'
    return hosts.shell(SERVER, command)


def audit(folder):
    report = f"--extra-vars=audit_report_dir={folder}/report"
    hosts.play(folder, "audit", report, check=False)
    found = json.loads((folder / "report" / "audit.json").read_text())
    return [finding for host in found["hosts"].values() for finding in host["findings"]]


def test_the_runtime_role_may_use_what_the_migrations_made(folder):
    assert audit(folder) == []
    assert "changed=0" in hosts.play(folder, "site").stdout
    assert sql("SELECT has_table_privilege('shop', 'entry', 'INSERT')") == "t"
    assert sql("SELECT has_sequence_privilege('shop', 'entry_id_seq', 'USAGE')") == "t"
    sql("CREATE TABLE later (id serial)", "shop_owner")
    assert sql("SELECT has_table_privilege('shop', 'later', 'SELECT')") == "t"
    sql("DROP TABLE later", "shop_owner")


DEFAULTS = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA public"
DRIFTS = [
    ("REVOKE INSERT ON entry FROM shop", "missing"),
    ("REVOKE USAGE ON SEQUENCE entry_id_seq FROM shop", "missing"),
    (f"{DEFAULTS} REVOKE SELECT ON TABLES FROM shop", "missing"),
    ("GRANT SELECT ON entry TO PUBLIC", "unexpected"),
    ("GRANT TEMPORARY ON DATABASE shop TO PUBLIC", "unexpected"),
]  # fmt: skip


@pytest.mark.parametrize(("drift", "direction"), DRIFTS, ids=[d[0][:30] for d in DRIFTS])
def test_a_drift_is_found_and_put_right(folder, drift, direction):
    sql(drift)
    found = [(one["id"], one["direction"]) for one in audit(folder)]
    assert found == [("privileges.grant", direction)]
    hosts.play(folder, "site")
    assert audit(folder) == []


def test_what_only_an_administrator_may_do_is_said_as_sql(folder):
    sql("CREATE TABLE theirs (id int)")
    try:
        found = audit(folder)
        assert {one["id"] for one in found} == {"privileges.grant"}
        for one in found:
            prefix = "As an administrator of the server, in the database shop: "
            assert one["remedy"].startswith(prefix)
            sql(one["remedy"][len(prefix) :].replace('"', '\\"'))
        assert audit(folder) == []
    finally:
        sql("DROP TABLE theirs")


def test_a_wrong_password_of_the_owner_is_found_at_once(folder):
    sql("ALTER ROLE shop_owner PASSWORD 'another-one-2'")
    try:
        assert "privileges.readable" in {one["id"] for one in audit(folder)}
    finally:
        sql(f"ALTER ROLE shop_owner PASSWORD '{PASSWORD}'")


def test_a_migration_that_is_run_by_hand_grants_too(folder):
    sql("REVOKE ALL ON entry FROM shop")
    hosts.play(folder, "migrate")
    assert sql("SELECT has_table_privilege('shop', 'entry', 'UPDATE')") == "t"
