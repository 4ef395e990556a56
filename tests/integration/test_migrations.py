"""flask_db_upgrade: what it does, what it refuses, and that many at once or a kill harm nothing."""

import functools
import json
import random
import re
import time
from urllib.parse import quote

import hosts
import pytest
from trials import ROUNDS, SITE, empty, locks, migrations, revision, secrets_in, sql, url, write

# Long enough to be in the middle of; each revision is a statement that takes its time.
SLOW = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{0}", "{1}", None, None


def upgrade():
    op.create_table("slow_{0}", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("SELECT pg_sleep({2})")


def downgrade():
    op.drop_table("slow_{0}")
"""
# Two databases, as Flask-Migrate's template "multidb" has them, on an application of two lines.
BINDS_APPLICATION = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
url = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_DATABASE_URI"] = url
app.config["SQLALCHEMY_BINDS"] = {"second": url + "_second"}
db = SQLAlchemy(app)
Migrate(app, db)
"""
BINDS_ENV = """
from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db
for name, engine in (("first", db.engines[None]), ("second", db.engines["second"])):
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations(engine_name=name)
"""
BINDS_REVISION = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "1", None, None, None


def upgrade(engine_name):
    op.execute(f"CREATE TABLE of_{engine_name} (id integer)")
"""


def slow(seconds=0.2, names=("0004", "0005", "0006")):
    before = ["0003", *names]
    return [(n, SLOW.format(n, b, seconds)) for n, b in zip(names, before)]


@pytest.mark.parametrize("driver", ["+psycopg2", "+psycopg"])
def test_check_run_check_run(trial, driver):
    trial = functools.partial(trial, database_url=url(driver=driver))
    first = trial(check=True, sql=True)
    assert (first["changed"], first["before"], first["heads"]) == (True, [], ["0003"])
    assert [step["revision"] for step in first["pending"]] == ["0001", "0002", "0003"]
    assert first["pending"][2]["file"].endswith("/versions/0003_entry_place.py")
    assert "CREATE TABLE entry" in first["sql"]
    assert first["diff"] == {"before": "no revision\n", "after": "0003\n"}
    done = trial()
    assert (done["changed"], done["after"]) == (True, ["0003"])
    again = trial(check=True, check_models=True)
    assert (again["changed"], again["pending"]) == (False, [])
    assert (again["models_differ"], again["model_differences"]) == (False, [])
    assert not trial()["changed"]
    assert locks(trial.func.host) == "0"


def test_a_target_and_then_the_rest(trial):
    assert trial(revision="0002")["after"] == ["0002"]
    assert not trial(revision="0002")["changed"]
    assert trial(revision="+1", check=True)["diff"]["after"] == "0003\n"
    assert trial(revision="+1")["after"] == ["0003"]
    assert trial(revision="0009")["code"] == "upgrade.no_such_revision"


# As alembic init writes it, in short; the URL has percent signs.
ALONE_ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
if context.is_offline_mode():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    section = config.get_section(config.config_ini_section, {})
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


@pytest.fixture
def alone(trial):
    """The same by Alembic alone, of an application that cannot be loaded."""
    place = "/opt/trial/migrations"

    def upgrade(*revisions, **options):
        if revisions:
            migrations(trial.host, *revisions)
        write(trial.host, f"{place}/env.py", ALONE_ENV)
        write(trial.host, "/opt/alone/alembic.ini", f"[alembic]\nscript_location = {place}\n")
        write(trial.host, "/opt/alone/env", f"FLASK_APP=nowhere:app\nDATABASE_URL={url()}\n")
        hosts.shell(trial.host, "chmod -R a+rX /opt/trial /opt/alone")
        own = {
            "method": "alembic", "alembic_config": "alembic.ini", "directory": "/opt/alone",
            "environment_file": "/opt/alone/env", "migrations_directory": "",
        }  # fmt: skip
        return trial(**{**own, **options})

    upgrade.host = trial.host
    return upgrade


def test_alembic_alone_is_checked_and_run(alone):
    first = alone(check=True, sql=True)
    assert (first["changed"], first["before"], first["heads"]) == (True, [], ["0003"])
    assert "CREATE TABLE entry" in first["sql"]
    assert alone()["after"] == ["0003"]
    again = alone(check=True, check_models=True)
    # Its env.py names no models.
    assert (again["changed"], again["models_differ"]) == (False, None)
    assert alone(stamp=True, revision="0002")["after"] == ["0002"]
    assert locks(alone.host) == "0"


def test_alembic_alone_is_refused_and_limited(alone):
    runtime = f"guestbook:{quote(hosts.PASSWORD, safe='')}"
    sql(alone.host, "GRANT CONNECT ON DATABASE trial TO guestbook")
    found = alone(database_url=f"postgresql://{runtime}@127.0.0.1/trial")
    assert found["code"] == "privileges.schema_create"
    found = alone(alembic_config="none.ini")
    assert found["code"] == "schema.no_migrations"
    assert "migrations_alembic_config" in found["msg"]
    found = alone(*slow(30, ["0004"]), statement_timeout=2)
    assert (found["code"], found["failed_revision"]) == ("upgrade.statement_timeout", "0004")
    assert found["committed"] == []
    bouncer(alone.host, "transaction")
    assert alone(database_url=url(port=6432))["code"] == "upgrade.pooled"
    hosts.shell(alone.host, "systemctl stop pgbouncer")


def test_alembic_alone_takes_up_what_a_former_run_has_left(alone):
    alone()
    failing = CONCURRENTLY.replace('op.execute("SELECT pg_sleep(4)")', "pass")
    sql(
        alone.host,
        "INSERT INTO entry (author, text, created)"
        " SELECT 'a', 'b', now() FROM generate_series(1, 2)",
        "trial",
    )
    failing = failing.replace("postgresql_c", "unique=True, postgresql_c")
    found = alone(("0004", failing))
    assert found["failed_revision"] == "0004"
    assert "ix_author" in " ".join(found["committed"])
    sql(alone.host, "TRUNCATE entry", "trial")
    assert alone()["after"] == ["0004"]


def test_models_that_differ(trial):
    trial()
    sql(trial.host, "ALTER TABLE entry DROP COLUMN place", "trial")
    found = trial(check_models=True)
    assert found["models_differ"]
    assert "place" in " ".join(found["model_differences"])


def test_tables_without_revisions_are_stamped(trial):
    sql(trial.host, "CREATE TABLE entry (id integer)", "trial")
    refused = trial()
    assert refused["code"] == "schema.no_version_table"
    assert "migrations_stamp" in refused["remedy"]
    assert trial(check=True)["code"] == "schema.no_version_table"
    assert trial(stamp=True, revision="0002", check=True)["changed"]
    stamped = trial(stamp=True, revision="0002")
    assert (stamped["changed"], stamped["after"]) == (True, ["0002"])
    assert not trial(stamp=True, revision="0002")["changed"]
    assert trial(stamp=True, revision="0009")["code"] == "upgrade.no_such_revision"
    assert trial(stamp=True, revision="base")["after"] == []
    assert not trial(stamp=True, revision="base")["changed"]
    # None of the migrations has run: there is still no heartbeat.
    assert sql(trial.host, "SELECT to_regclass('heartbeat') IS NULL", "trial") == "t"


@pytest.mark.parametrize("stamp", [False, True], ids=["upgraded", "stamped"])
def test_a_new_table_of_revisions_is_only_the_owners_to_write(trial, stamp):
    defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner GRANT ALL ON TABLES TO"
    sql(trial.host, f"{defaults} guestbook; {defaults} PUBLIC", "trial")
    may = "SELECT string_agg(has_table_privilege('guestbook', 'alembic_version', p)::text, ' ')"
    may += " FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) p"
    trial(stamp=stamp)
    assert sql(trial.host, may, "trial") == "true false false false false"
    # What somebody has granted since is theirs to take away.
    sql(trial.host, "GRANT UPDATE ON alembic_version TO guestbook", "trial")
    trial(stamp=True, revision="0002")
    trial()
    assert sql(trial.host, may, "trial") == "true false true false false"


def test_several_heads(trial):
    other = SLOW.format("0004b", "0003", 0)
    migrations(trial.host, *slow(0, ["0004"]), ("0004b", other))
    assert trial()["code"] == "schema.several_heads"
    assert trial(revision="heads")["after"] == ["0004", "0004b"]
    assert not trial(revision="heads")["changed"]


def test_a_database_that_is_newer_than_the_code(trial):
    trial()
    sql(trial.host, "UPDATE alembic_version SET version_num = '0099'", "trial")
    assert trial()["code"] == "schema.unknown_revision"
    assert revision(trial.host) == "0099"
    assert trial(stamp=True, revision="0003")["after"] == ["0003"]
    assert revision(trial.host) == "0003"


def test_no_migrations(trial):
    assert trial(migrations_directory="/opt/none")["code"] == "schema.no_migrations"


def test_the_runtime_role_may_not_migrate(trial):
    runtime = f"guestbook:{quote(hosts.PASSWORD, safe='')}"
    sql(trial.host, "GRANT CONNECT ON DATABASE trial TO guestbook")
    found = trial(database_url=f"postgresql://{runtime}@127.0.0.1/trial")
    assert found["code"] == found["verdict"]["code"] == "privileges.schema_create"


def test_a_database_that_cannot_be_reached(trial):
    found = trial(database_url=url(port=5999))
    assert found["code"] == "tcp.refused"
    assert "Remedy: " in found["msg"]


def test_a_failed_migration_is_named(trial):
    text = SLOW.format("0004", "0003", 0).replace(
        "SELECT pg_sleep(0)", "INSERT INTO none VALUES (1)"
    )
    migrations(trial.host, ("0004_broken", text))
    found = trial()
    assert (found["code"], found["failed_revision"], found["sqlstate"]) == (
        "upgrade.failed", "0004", "42P01",
    )  # fmt: skip
    assert found["statement"] == "INSERT INTO none VALUES (1)"
    assert "revision 0004 (0004_broken.py) failed with 42P01" in found["msg"]
    # All of it was one transaction.
    assert sql(trial.host, "SELECT to_regclass('entry') IS NULL", "trial") == "t"
    assert locks(trial.host) == "0"


def test_a_migration_that_is_no_sql_is_named_too(trial):
    text = SLOW.format("0004", "0003", 0).replace("op.execute(", "raise ValueError(")
    migrations(trial.host, ("0004", text))
    found = trial()
    assert (found["code"], found["failed_revision"]) == ("upgrade.failed", "0004")
    assert "ValueError" in found["msg"]


@pytest.fixture
def reader(trial):
    """A session that has read a table and not ended its transaction."""
    trial(revision="0002")
    hosts.shell(
        trial.host,
        "systemd-run -q --unit=reader runuser -u postgres -- sh -c 'PGAPPNAME=forgotten"
        ' psql -d trial -c "BEGIN; SELECT * FROM entry; SELECT pg_sleep(60)"\'; sleep 0.7',
    )
    yield
    hosts.shell(trial.host, "systemctl stop reader; systemctl reset-failed reader || true")
    sql(
        trial.host, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'trial'"
    )


@pytest.mark.parametrize("driver", ["+psycopg", "+psycopg2"])
def test_a_reader_ends_the_upgrade_in_time_and_is_named(trial, reader, driver):
    started = time.monotonic()
    found = trial(lock_timeout=2, database_url=url(driver=driver))
    assert time.monotonic() - started < 2 + 6
    assert (found["code"], found["sqlstate"]) == ("upgrade.lock_timeout", "55P03")
    [session] = found["sessions"]
    assert (session["role"], session["application"]) == ("postgres", "forgotten")
    assert f"session {session['pid']} of postgres (forgotten)" in found["msg"]
    assert found["failed_revision"] == "0003"
    assert revision(trial.host) == "0002"


def test_a_statement_that_takes_too_long(trial):
    migrations(trial.host, *slow(30, ["0004"]))
    started = time.monotonic()
    found = trial(statement_timeout=2)
    assert time.monotonic() - started < 2 + 6
    assert (found["code"], found["sqlstate"]) == ("upgrade.statement_timeout", "57014")
    assert found["failed_revision"] == "0004"


def test_another_migration_is_waited_for_in_time(trial):
    migrations(trial.host, *slow(6, ["0004"]))
    first = hosts.start_module(trial.host, "flask_db_upgrade", **SITE, database_url=url(),
                               migrations_directory="/opt/trial/migrations")  # fmt: skip
    time.sleep(3)
    second = trial(wait=1)
    assert second["code"] == "upgrade.wait_timeout"
    assert second["sessions"][0]["role"] == "guestbook_owner"
    assert trial(wait=30)["changed"] is False
    assert json.loads(first.communicate(timeout=60)[0])["after"] == ["0004"]


@pytest.fixture
def recovering(trial):
    """A server that takes some seconds to recover."""
    hosts.shell(
        trial.host,
        "cd /etc/postgresql/*/main; UNIT=postgresql@$(basename $(dirname $PWD))-main;"
        "printf \"restore_command = 'sleep 3; false'\nhot_standby = off\n\" > conf.d/zz-slow.conf;"
        "systemctl stop $UNIT;"
        "touch $(echo /var/lib/postgresql/*/main)/recovery.signal;"
        "systemctl start --no-block $UNIT; sleep 1",
    )
    yield
    hosts.shell(
        trial.host,
        "until runuser -u postgres -- psql -c ''; do sleep 0.2; done;"
        "rm /etc/postgresql/*/main/conf.d/zz-slow.conf",
    )


def test_a_server_that_recovers_is_waited_for(trial, recovering):
    assert trial(wait=0)["code"] == "tcp.not_accepting"
    upgraded = trial(wait=60)
    assert upgraded.get("after") == ["0003"], upgraded


CONCURRENTLY = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("SELECT pg_sleep(4)")
        op.create_index("ix_author", "entry", ["author"], postgresql_concurrently=True)
"""


def test_who_waits_does_not_keep_an_index_from_being_made_concurrently(trial):
    """It waits for every older snapshot, so a migration that waits must hold none."""
    migrations(trial.host, ("0004", CONCURRENTLY))
    options = {**SITE, "database_url": url(), "migrations_directory": "/opt/trial/migrations"}
    first = hosts.start_module(trial.host, "flask_db_upgrade", **options)
    time.sleep(2.5)
    assert trial(wait=30)["changed"] is False
    assert json.loads(first.communicate(timeout=60)[0])["after"] == ["0004"]


def bouncer(host, mode):
    hosts.shell(
        host,
        "printf '[databases]\\ntrial = host=127.0.0.1\\n[pgbouncer]\\nlisten_addr = 127.0.0.1\\n"
        "listen_port = 6432\\nauth_type = plain\\nauth_file = /etc/pgbouncer/userlist.txt\\n"
        f"pool_mode = {mode}\\n' > /etc/pgbouncer/pgbouncer.ini;"
        "systemctl reset-failed pgbouncer; systemctl restart pgbouncer; sleep 0.5",
    )


def test_a_pooler_of_transactions_is_refused(trial):
    bouncer(trial.host, "transaction")
    found = trial(database_url=url(port=6432))
    assert found["code"] == "upgrade.pooled"
    assert sql(trial.host, "SELECT to_regclass('entry') IS NULL", "trial") == "t"


def test_a_pooler_of_sessions_will_do(trial):
    bouncer(trial.host, "session")
    assert trial(database_url=url(port=6432))["after"] == ["0003"]


def test_several_databases(trial):
    empty(trial.host, ("trial_second",))
    for path, text in (
        ("app.py", BINDS_APPLICATION),
        ("migrations/alembic.ini", "[alembic]\n"),
        ("migrations/env.py", BINDS_ENV),
        ("migrations/versions/1.py", BINDS_REVISION),
        ("env", f"FLASK_APP=app:app\nDATABASE_URL={url()}\n"),
    ):
        write(trial.host, f"/opt/binds/{path}", text)
    hosts.shell(trial.host, "chmod -R a+rX /opt/binds")
    options = {
        "directory": "/opt/binds", "environment_file": "/opt/binds/env",
        "migrations_directory": "", "x_arguments": ["tenant=a"],
    }  # fmt: skip
    found = trial(**options)
    assert found["changed"], found
    assert [bind["database"] for bind in found["binds"]] == ["trial", "trial_second"]
    for name, table in (("trial", "of_first"), ("trial_second", "of_second")):
        assert sql(trial.host, f"SELECT to_regclass('{table}') IS NOT NULL", name) == "t"
    # One that fell behind is found, whatever the other says.
    sql(trial.host, "DELETE FROM alembic_version; DROP TABLE of_second", "trial_second")
    assert trial(**options)["changed"]
    assert not trial(**options)["changed"]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_eight_at_once_from_two_hosts(fleet, number):
    """One applies, seven wait and report unchanged, none fails."""
    server, other = hosts.FLEET
    empty(server)
    address = hosts.shell(server, "hostname -i").split()[0]
    hosts.shell(
        server,
        "F=$(echo /etc/postgresql/*/main/conf.d)/zz-all.conf; [ -f $F ] ||"
        " { echo \"listen_addresses = '*'\" > $F; systemctl restart postgresql; }",
    )
    for host in (server, other):
        migrations(host, *slow(0.1))
    running = [
        hosts.start_module(host, "flask_db_upgrade", **SITE, database_url=url(address),
                           migrations_directory="/opt/trial/migrations")
        for host in (server, other) * 4
    ]  # fmt: skip
    found = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [one["msg"] for one in found if one.get("failed")] == []
    assert sorted(one["changed"] for one in found) == [False] * 7 + [True]
    assert {tuple(one["after"]) for one in found} == {("0006",)}
    assert locks(server) == "0"


KILLS = {
    "the program": "pkill -KILL -u guestbook -f 'venv/bin/python - '",
    "the module": "pkill -KILL -f flask_db_upgrade",
    "the backends": "runuser -u postgres -- psql -XAtqc \"SELECT pg_terminate_backend(pid)"
    " FROM pg_stat_activity WHERE datname = 'trial'\"",
    "a backend, hard": "kill -KILL $(runuser -u postgres -- psql -XAtqc \"SELECT pid FROM"
    " pg_stat_activity WHERE datname = 'trial' LIMIT 1\")",
    "the server": "systemctl restart postgresql",
}  # fmt: skip


@pytest.mark.parametrize("number", range(max(ROUNDS // 4, 1)))
@pytest.mark.parametrize("kill", KILLS)
def test_killed_at_any_moment_and_run_again(trial, kill, number):
    migrations(trial.host, *slow())
    options = {**SITE, "database_url": url(), "migrations_directory": "/opt/trial/migrations"}
    first = hosts.start_module(trial.host, "flask_db_upgrade", **options)
    moment = random.uniform(0.2, 3)  # noqa: S311
    time.sleep(moment)
    hosts.shell(trial.host, KILLS[kill], check=False)
    output = first.communicate(timeout=60)[0]
    assert not secrets_in(output)
    if kill == "the server":
        hosts.shell(trial.host, "until runuser -u postgres -- psql -c ''; do sleep 0.2; done")
    found = trial(wait=60)
    assert found.get("after") == ["0006"], (kill, moment, output, found)
    assert revision(trial.host) == "0006"
    assert locks(trial.host) == "0"
    assert re.fullmatch(r"\d+", sql(trial.host, "SELECT count(*) FROM slow_0006", "trial"))
