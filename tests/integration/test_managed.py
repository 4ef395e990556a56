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


def audit(folder, *arguments):
    report = f"--extra-vars=audit_report_dir={folder}/report"
    hosts.play(folder, "audit", report, *arguments, check=False)
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


PREFIX = "As an administrator of the server, in the database shop: "
# (its name, what somebody does, the checks that find it, what undoes the rest)
OF_ADMINISTRATORS = [
    ("roles", "ALTER ROLE shop CREATEROLE BYPASSRLS CONNECTION LIMIT 9 VALID UNTIL '2099-01-01';"
     " GRANT pg_read_all_data TO shop; CREATE ROLE eve LOGIN; GRANT shop_owner TO eve",
     {"foreign_database.attribute", "foreign_database.membership", "foreign_database.member"},
     "DROP ROLE eve"),
    ("objects", "CREATE TABLE theirs (id int); ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
     " SELECT ON TABLES TO PUBLIC; ALTER SCHEMA public OWNER TO postgres",
     {"privileges.foreign", "privileges.grant", "foreign_database.schema"}, "DROP TABLE theirs"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "ids", "undo"),
    [o[1:] for o in OF_ADMINISTRATORS],
    ids=[o[0] for o in OF_ADMINISTRATORS],
)
def test_what_only_an_administrator_may_do_is_said_as_sql(folder, statement, ids, undo):
    sql(statement)
    try:
        found = audit(folder)
        assert {one["id"] for one in found} == ids
        for one in found:
            assert one["remedy"].startswith(PREFIX)
            sql(one["remedy"][len(PREFIX) :].replace('"', '\\"'))
        # What is the owner's now is still of no migration.
        assert {one["subject"] for one in audit(folder)} <= {"table public.theirs"}
    finally:
        sql(undo)


def test_an_owner_that_may_create_roles_puts_them_right(folder):
    extra = json.dumps({"database_extensions": ["citext"], "database_connection_limit": 7})
    sql("ALTER ROLE shop_owner CREATEROLE; GRANT shop TO shop_owner WITH ADMIN OPTION")
    sql("ALTER ROLE shop CREATEROLE")
    try:
        hosts.play(folder, "site", "--extra-vars", extra)
        shown = "SELECT rolcreaterole, rolconnlimit FROM pg_roles WHERE rolname = 'shop'"
        assert sql(shown) == "f|7"
        assert sql("SELECT count(*) FROM pg_extension WHERE extname = 'citext'") == "1"
        assert "changed=0" in hosts.play(folder, "site", "--extra-vars", extra).stdout
    finally:
        sql("ALTER ROLE shop_owner NOCREATEROLE; ALTER ROLE shop CONNECTION LIMIT -1")
        sql("REVOKE shop FROM shop_owner; DROP EXTENSION citext")


BOUNCER = """
DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes pgbouncer >/dev/null
printf '"shop" "{0}"\\n{1}' > /etc/pgbouncer/userlist.txt
printf '[databases]\\nshop = host=127.0.0.1\\n[pgbouncer]\\nlisten_addr = *\\nlisten_port = 6432\\n
auth_type = plain\\nauth_file = /etc/pgbouncer/userlist.txt\\npool_mode = transaction\\n
default_pool_size = 1\\n' > /etc/pgbouncer/pgbouncer.ini
F=/etc/postgresql/17/main/pg_hba.conf
grep -q '^host shop' $F || echo 'host shop shop,shop_owner 127.0.0.1/32 scram-sha-256' >> $F
systemctl reload postgresql; systemctl restart pgbouncer; sleep 0.5
"""


@pytest.mark.parametrize("knows_owner", [True, False], ids=["the owner too", "not the owner"])
def test_behind_a_pooler_nothing_is_called_wrong(folder, knows_owner):
    owner = f'"shop_owner" "{PASSWORD}"\\n' if knows_owner else ""
    hosts.shell(SERVER, BOUNCER.format(PASSWORD, owner), timeout=300)
    address = hosts.shell(SERVER, "hostname -I").split()[0]
    direct = f"postgresql://shop_owner:{PASSWORD}@{address}/shop"
    extra = json.dumps({"app_database_port": 6432, "app_database_sslmode": "disable",
                        "migrations_database_url": direct})  # fmt: skip
    try:
        hosts.play(folder, "site", "--extra-vars", extra)
        assert audit(folder, "--extra-vars", extra) == []
        report = json.loads((folder / "report" / "audit.json").read_text())
        unseen = [one["id"] for host in report["hosts"].values() for one in host["not_checked"]]
        assert ("foreign_database.role" in unseen) is not knows_owner
        # Nothing of ours is left in the pool's one session for the next client.
        shown = hosts.shell(SERVER, f"psql -XAtc 'SHOW search_path' -c 'SHOW statement_timeout'"
                            f" postgresql://shop:{PASSWORD}@127.0.0.1:6432/shop")  # fmt: skip
        assert shown.split("\n") == ['"$user", public', "0"]
    finally:
        hosts.play(folder, "site")


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


def test_a_diagnosis_asks_no_host_that_there_is_not(folder):
    sql("ALTER ROLE shop PASSWORD 'another-one-2'")
    try:
        done = hosts.play(folder, "diagnose", check=False)
    finally:
        sql(f"ALTER ROLE shop PASSWORD '{PASSWORD}'")
    assert "auth.rejected: " in done.stdout
    assert "Empty hostname" not in done.stdout + done.stderr
    assert "could not be asked" not in done.stdout
