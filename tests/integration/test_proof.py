"""What is asked of applications that the project did not write: it changes nothing, and is true."""

import json
import shlex
import shutil
from urllib.parse import quote

import hosts
import pytest

HOST = "flaskops-proof"
OWNER = f"guestbook_owner:{quote(hosts.OWNER_PASSWORD, safe='')}"
DIRECTORY, VIRTUALENV = "/opt/shop", "/srv/guestbook/current/.venv"
PG_HBA = "/etc/postgresql/17/main/pg_hba.conf"
ENVIRONMENT_FILE = "/etc/flask/shop.env"
SHOP = {
    "user": "guestbook", "directory": DIRECTORY, "virtualenv": VIRTUALENV,
    "environment_file": ENVIRONMENT_FILE,
}  # fmt: skip

# An application of Flask-Migrate with two revisions; {0} runs at import, {1} in create_app.
APPLICATION = """
import os
import sys

sys.path.append("/opt/drivers")
from flask import Flask
from flask_migrate import Migrate, upgrade
from flask_sqlalchemy import SQLAlchemy

url = os.environ["DATABASE_URL"]
plain = url.replace("+psycopg2", "").replace("+psycopg", "")
insert = "INSERT INTO kept VALUES (2)"
{0}
db = SQLAlchemy()


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    Migrate(app, db)
    with app.app_context():
        pass
{1}
    return app
"""
ENV = """
from alembic import context
from flask import current_app

with current_app.extensions["migrate"].db.engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """\"\"\"{0}\"\"\"
from alembic import op

revision, down_revision, branch_labels, depends_on = {0!r}, {1!r}, None, None


def upgrade():
    op.execute({2!r})
"""

PSYCOPG2 = """
import psycopg2
connection = psycopg2.connect(plain{0})
{1}
cursor = connection.cursor()
cursor.execute({2}insert)
connection.commit()
"""
PSYCOPG = """
import psycopg
connection = psycopg.connect(plain{0})
{1}
connection.execute({2}insert)
connection.commit()
"""
ASYNCPG = """
import asyncio, asyncpg

async def write():
    connection = await asyncpg.connect(plain{0})
    {1}
    await connection.execute({2}insert)

asyncio.run(write())
"""
ENGINE = """
import sqlalchemy
engine = sqlalchemy.create_engine(url)
{0}
with engine{1}.begin() as connection:
    connection.execute(sqlalchemy.text({2}insert))
"""
SESSION = "'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; ' + "
DEFAULT = "'SET default_transaction_read_only = off; COMMIT; ' + "
EVENT = """
@sqlalchemy.event.listens_for(engine, "connect")
def set_up(connection, record):
    connection.cursor().execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
    connection.commit()
"""
IN_CONTEXT = "    with app.app_context():\n        "
WRITES, UNGUARDED = "schema.writes_when_loaded", "schema.no_read_only"
# (its name, what the module does at import, what create_app does, the code)
WRITERS = [
    ("upgrade in create_app", "", IN_CONTEXT + "upgrade()", WRITES),
    ("create_all in create_app", "", IN_CONTEXT + "db.create_all()", WRITES),
    ("create_all, not noticed", "", """
    with app.app_context():
        try:
            db.create_all()
        except Exception:
            pass
""", None),
    ("psycopg2", PSYCOPG2.format("", "", ""), "", WRITES),
    ("psycopg2, autocommit", PSYCOPG2.format("", "connection.autocommit = True", ""), "", WRITES),
    ("psycopg2, readonly", PSYCOPG2.format("", "connection.readonly = False", ""), "", WRITES),
    ("psycopg2, set_session",
     PSYCOPG2.format("", "connection.set_session(readonly=False)", ""), "", WRITES),
    ("psycopg2, READ WRITE",
     PSYCOPG2.format("", "", "'SET TRANSACTION READ/**/WRITE; ' + "), "", WRITES),
    ("psycopg2, characteristics", PSYCOPG2.format("", "", SESSION), "", WRITES),
    ("psycopg2, setting", PSYCOPG2.format("", "", DEFAULT), "", WRITES),
    ("psycopg2, set_config", PSYCOPG2.format("", """
cursor = connection.cursor()
cursor.execute("SELECT set_config(%s, 'off', false)", ("default_transaction_read_only",))
connection.commit()
""", ""), "", WRITES),
    ("psycopg2, options",
     PSYCOPG2.format(", options='-c default_transaction_read_only=off'", "", ""), "", WRITES),
    ("psycopg2, commit inside", PSYCOPG2.format("", "", "'COMMIT; BEGIN; ' + "), "", WRITES),
    ("psycopg2, a block",
     PSYCOPG2.format("", "", "'DO $$ BEGIN PERFORM 1; END $$; ' + "), "", WRITES),
    ("psycopg2, of dictionaries", PSYCOPG2.format("", """
import psycopg2.extras
psycopg2.extras.DictConnection
connection = psycopg2.connect(plain, connection_factory=psycopg2.extras.DictConnection)
""", SESSION), "", WRITES),
    ("psycopg2, its own class",
     "import psycopg2.extensions\n" + PSYCOPG2.replace(".connect(", ".extensions.connection(")
     .format("", "", ""), "", WRITES),
    ("psycopg", PSYCOPG.format("", "", ""), "", WRITES),
    ("psycopg, autocommit", PSYCOPG.format(", autocommit=True", "", ""), "", WRITES),
    ("psycopg, read_only", PSYCOPG.format("", "connection.read_only = False", ""), "", WRITES),
    ("psycopg, characteristics", PSYCOPG.format("", "", SESSION), "", WRITES),
    ("psycopg, options",
     PSYCOPG.format(", options='-c default_transaction_read_only=off'", "", ""), "", WRITES),
    ("asyncpg", ASYNCPG.format("", "", ""), "", WRITES),
    ("asyncpg, settings", ASYNCPG.format(
        ", server_settings={'default_transaction_read_only': 'off'}", "", ""), "", WRITES),
    ("asyncpg, characteristics", ASYNCPG.format("", "", SESSION), "", WRITES),
    ("asyncpg, its setting", ASYNCPG.format("", "await connection.execute("
     "\"SELECT set_config($1, 'off', false)\", 'default_transaction_read_only')", ""), "", WRITES),
    ("SQLAlchemy", ENGINE.format("", "", ""), "", WRITES),
    ("SQLAlchemy, its option",
     ENGINE.format("", ".execution_options(postgresql_readonly=False)", ""), "", WRITES),
    ("SQLAlchemy, autocommit",
     ENGINE.format("", ".execution_options(isolation_level='AUTOCOMMIT')", ""), "", WRITES),
    ("SQLAlchemy, an event", ENGINE.format(EVENT, "", ""), "", WRITES),
    ("pg8000", """
import pg8000.dbapi
from sqlalchemy.engine import make_url
place = make_url(plain)
connection = pg8000.dbapi.connect(
    place.username, place.host, place.database, place.port, place.password
)
connection.cursor().execute(insert)
connection.commit()
""", "", UNGUARDED),
    ("psql", "import subprocess\nsubprocess.run(['psql', plain, '-c', insert], check=True)\n", "",
     UNGUARDED),
    ("a shell",
     "import os\nassert os.system('psql \"$DATABASE_URL\" -c \"' + insert + '\"') == 0\n", "",
     UNGUARDED),
    ("itself again", "import subprocess, sys\nif 'AGAIN' not in os.environ:\n"
     "    subprocess.run([sys.executable, '-m', 'flask', 'db', 'upgrade'], check=True,"
     " env={**os.environ, 'AGAIN': '1'})\n", "", UNGUARDED),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the host's inventory."""
    return tmp_path_factory.mktemp("proof")


@pytest.fixture(scope="module")
def host(folder):
    """A host with the guestbook, a pooler of transactions, and a second database for the shop."""
    try:
        hosts.provision(folder, {HOST: "trixie"}, {"database": [HOST], "app": [HOST]})
        prepare(HOST)
        yield HOST
    finally:
        hosts.destroy(HOST)


def prepare(host):
    pip = "PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_CACHE_DIR=/var/cache/pip"
    users = '"guestbook" "{}"\n'.format(hosts.PASSWORD.replace('"', '""'))
    users += '"guestbook_owner" "{}"\n'.format(hosts.OWNER_PASSWORD.replace('"', '""'))
    hosts.shell(
        host,
        f"{pip} {VIRTUALENV}/bin/pip install -q --target /opt/drivers asyncpg pg8000 &&"
        "DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes pgbouncer >/dev/null &&"
        f"printf %s {shlex.quote(users)} > /etc/pgbouncer/userlist.txt && "
        "chown -R postgres /etc/pgbouncer",
        timeout=300,
    )
    line = "host all guestbook_owner,guestbook all scram-sha-256"
    hosts.shell(
        host,
        f"sed -i '1i local shop guestbook_owner scram-sha-256' {PG_HBA};"
        f"echo {shlex.quote(line)} >> {PG_HBA}; systemctl reload postgresql",
    )
    configuration = (
        "[databases]\n* = host=127.0.0.1 port=5432\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        "listen_port = {0}\nauth_type = scram-sha-256\nauth_file = /etc/pgbouncer/userlist.txt\n"
        "pool_mode = transaction\nunix_socket_dir =\npidfile = /tmp/bouncer{0}.pid\n"
        "logfile = /tmp/bouncer{0}.log\n{1}\n"
    )
    for port, ignored in (
        (6532, ""),
        (6533, "ignore_startup_parameters = options, default_transaction_read_only"),
    ):
        write(host, f"/etc/pgbouncer/{port}.ini", configuration.format(port, ignored))
        hosts.shell(host, f"runuser -u postgres -- pgbouncer --daemon /etc/pgbouncer/{port}.ini")


def sql(host, statement, database="postgres"):
    command = ["psql", "-XAtqv", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
    return hosts.shell(host, "runuser -u postgres -- " + shlex.join(command))


def write(host, path, text):
    folder = shlex.quote(path.rpartition("/")[0])
    hosts.shell(host, f"mkdir -p {folder}; printf %s {shlex.quote(text)} > {shlex.quote(path)}")


def url(port=5432, driver="", name="shop", who=OWNER):
    return f"postgresql{driver}://{who}@127.0.0.1:{port}/{name}"


def shop(host, at_import="", in_create_app="", text=None, env=ENV, **variables):
    """Deploy the shop, with a revision that is pending, on a database that has a table."""
    values = {"DATABASE_URL": url(), "FLASK_APP": "wsgi:create_app()", **variables}
    files = {
        f"{DIRECTORY}/wsgi.py": (text or APPLICATION).format(at_import, in_create_app),
        f"{DIRECTORY}/migrations/env.py": env,
        f"{DIRECTORY}/migrations/alembic.ini": "[alembic]\n",
        ENVIRONMENT_FILE: "".join(f"{name}={json.dumps(v)}\n" for name, v in values.items()),
    }
    for name, before, statement in (("1", None, "SELECT 1"), ("2", "1", DROP)):
        path = f"{DIRECTORY}/migrations/versions/{name}.py"
        files[path] = REVISION.format(name, before, statement)
    writing = "".join(f"printf %s {shlex.quote(v)} > {k}\n" for k, v in files.items())
    hosts.shell(
        host,
        f"rm -rf {DIRECTORY}; mkdir -p {DIRECTORY}/migrations/versions\n{writing}"
        f"printf %s {shlex.quote(FRESH)} | runuser -u postgres -- psql -Xqv ON_ERROR_STOP=1",
    )


DROP = "ALTER TABLE kept DROP COLUMN number"
FRESH = """
DROP DATABASE IF EXISTS shop WITH (FORCE);
DROP DATABASE IF EXISTS shop_second WITH (FORCE);
CREATE DATABASE shop OWNER guestbook_owner;
CREATE DATABASE shop_second OWNER guestbook_owner;
\\c shop
SET ROLE guestbook_owner;
CREATE TABLE kept AS SELECT 1 AS number;
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);
INSERT INTO alembic_version VALUES ('1');
"""
STATE = (
    "SELECT (SELECT string_agg(c.relname || '.' || a.attname, ' ' ORDER BY 1)"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " AND NOT attisdropped"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'),"
    " (SELECT count(*) FROM kept), (SELECT string_agg(version_num, ' ') FROM alembic_version)"
)


def compare(host, kind="migrations", **options):
    resource = {"kind": kind, "release": DIRECTORY, **SHOP, **options}
    return hosts.module(host, "drift_info", resources={"migrations": [resource]})


def reasons(found):
    """The codes of what a comparison did not check."""
    return [unseen["reason"].partition(":")[0] for unseen in found["not_checked"]]


@pytest.mark.parametrize(
    ("at_import", "in_create_app", "code"), [w[1:] for w in WRITERS], ids=[w[0] for w in WRITERS]
)
def test_an_application_that_writes_when_it_is_loaded_does_not(
    host, at_import, in_create_app, code
):
    shop(host, at_import, in_create_app)
    before = sql(host, STATE, "shop")
    found = compare(host)
    assert sql(host, STATE, "shop") == before
    if code is None:
        assert [d["id"] for d in found["differences"]] == ["migrations.revision"]
    else:
        assert (found["differences"], reasons(found)) == ([], [code])


@pytest.mark.parametrize("name", ["upgrade in create_app", "create_all in create_app", "psql"])
def test_nor_does_it_in_the_diagnosis_or_in_check_mode(host, name):
    _name, at_import, in_create_app, code = next(w for w in WRITERS if w[0] == name)
    shop(host, at_import, in_create_app)
    before = sql(host, STATE, "shop")
    verdict = hosts.diagnose(host, last_layer="schema", **SHOP)["verdict"]
    assert (verdict["status"], verdict["code"]) == ("not_checked", code)
    found = hosts.module(
        host, "flask_db_upgrade", database_url=url(), _ansible_check_mode=True, **SHOP
    )
    assert found["code"] == code, found
    assert sql(host, STATE, "shop") == before


POOLED = [
    ("psycopg2", PSYCOPG2, ["", SESSION, "'COMMIT; BEGIN; ' + "]),
    ("psycopg2, autocommit", PSYCOPG2.replace("{1}", "connection.autocommit = True\n{1}"), [""]),
    ("psycopg", PSYCOPG, ["", SESSION, "'COMMIT; BEGIN; ' + "]),
    ("asyncpg", ASYNCPG, ["", SESSION]),
    ("SQLAlchemy", ENGINE, ["", SESSION]),
]


@pytest.mark.parametrize("port", [6532, 6533], ids=["refuses options", "drops them"])
@pytest.mark.parametrize(
    ("program", "statement"),
    [(p, b) for _name, p, befores in POOLED for b in befores],
    ids=[f"{name} {b[:9]}" for name, _p, befores in POOLED for b in befores],
)
def test_a_pooler_does_not_let_it_write_either(host, port, program, statement):
    shop(host, program.format("", "", statement), DATABASE_URL=url(port))
    before = sql(host, STATE, "shop")
    [reason] = reasons(compare(host))
    assert reason in (WRITES, UNGUARDED)
    assert sql(host, STATE, "shop") == before
    # No session of the server was left read-only for the next client of the pooler.
    shown = hosts.shell(
        host,
        "for i in 1 2 3; do"
        f" psql -XAtc 'SHOW default_transaction_read_only' {shlex.quote(url(port))}; done",
    )
    assert set(shown.split()) == {"off"}


@pytest.mark.parametrize("port", [5432, 6532, 6533])
@pytest.mark.parametrize("driver", ["", "+psycopg2", "+psycopg"])
def test_one_that_only_reads_is_asked_through_every_way(host, port, driver):
    shop(host, ENGINE.format("", "", "'SELECT * FROM kept; --' + "), DATABASE_URL=url(port, driver))
    found = compare(host)
    assert [d["id"] for d in found["differences"]] == ["migrations.revision"], found
    assert found["not_checked"] == []


def test_a_session_that_must_be_able_to_write_is_still_opened(host):
    shop(host, ENGINE.format("", "", "'SELECT 1 --' + "),
         DATABASE_URL=url() + "?target_session_attrs=read-write")  # fmt: skip
    assert [d["id"] for d in compare(host)["differences"]] == ["migrations.revision"]


def test_an_application_that_migrates_when_it_is_loaded_does_so_under_the_lock(host):
    watched = (
        "    with app.app_context():\n"
        "        with db.engine.connect() as c:\n"
        "            for name in ('lock_timeout', 'statement_timeout'):\n"
        "                print(name, c.execute(db.text('SHOW ' + name)).scalar())\n"
        "            print('locks', c.execute(db.text(\"SELECT count(*) FROM pg_locks"
        " WHERE locktype = 'advisory'\")).scalar())\n"
        "        upgrade()"
    )
    raw = "import psycopg2\nwith psycopg2.connect(plain) as c, c.cursor() as cursor:\n"
    raw += "    cursor.execute('SHOW lock_timeout')\n    print('raw', cursor.fetchone()[0])\n"
    shop(host, raw, watched)
    found = hosts.module(host, "flask_db_upgrade", database_url=url(), **SHOP)
    assert (found["changed"], found["before"], found["after"]) == (True, ["1"], ["2"]), found
    assert [step["revision"] for step in found["pending"]] == ["2"]
    for line in ("raw 10s", "lock_timeout 10s", "statement_timeout 1h", "locks 1"):
        assert line in found["output"].splitlines()
    again = hosts.module(host, "flask_db_upgrade", database_url=url(), **SHOP)
    assert (again["changed"], again["before"]) == (False, ["2"])


def test_what_failed_to_load_is_done_when_the_database_shows_it(host):
    shop(host, "open('/opt/shop/needed')\n")
    assert hosts.module(host, "flask_db_upgrade", database_url=url(), **SHOP)["failed"]
    assert [d["id"] for d in compare(host)["differences"]] == ["migrations.asked"]
    hosts.shell(host, "touch /opt/shop/needed")
    assert [d["id"] for d in compare(host)["differences"]] == ["migrations.revision"]
    assert hosts.module(host, "flask_db_upgrade", database_url=url(), **SHOP)["changed"]
    assert compare(host)["differences"] == []


BINDS = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()

def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SQLALCHEMY_BINDS"] = {{"second": os.environ["DATABASE_URL"] + "_second"}}
    db.init_app(app)
    Migrate(app, db)
    return app
"""
BINDS_ENV = """
from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db
for engine in (db.engines[None], db.engines["second"]):
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
REVISED = "CREATE TABLE {0} (version_num varchar(32)); INSERT INTO {0} VALUES ('{1}');"
OWN_TABLE = ENV.replace("=connection)", "=connection, version_table='shop_version')")
# (its name, options of shop(), what the databases show, what is found)
PLACES = [
    ("all at the newest", {"text": BINDS, "env": BINDS_ENV},
     {"shop": "UPDATE alembic_version SET version_num = '2'",
      "shop_second": REVISED.format("alembic_version", 2)}, []),
    ("the second database is behind", {"text": BINDS, "env": BINDS_ENV},
     {"shop": "UPDATE alembic_version SET version_num = '2'",
      "shop_second": REVISED.format("alembic_version", 1)},
     [("revision shop_second", "1; pending: 2 (2)")]),
    ("the second database is empty", {"text": BINDS, "env": BINDS_ENV},
     {"shop": "UPDATE alembic_version SET version_num = '2'"},
     [("revision shop_second", "no revision; pending: 1 (1), 2 (2)")]),
    ("a table of another name is behind", {"env": OWN_TABLE},
     {"shop": "UPDATE alembic_version SET version_num = '2';" + REVISED.format("shop_version", 1)},
     [("revision", "1; pending: 2 (2)")]),
    ("a table of another name", {"env": OWN_TABLE},
     {"shop": REVISED.format("shop_version", 2)}, []),
]  # fmt: skip


@pytest.mark.parametrize(("options", "state", "expected"), [p[1:] for p in PLACES],
                         ids=[p[0] for p in PLACES])  # fmt: skip
def test_every_database_and_place_that_env_py_decides_on(host, options, state, expected):
    shop(host, **options)
    hosts.shell(host, "rm -rf /var/lib/flaskops")
    for database, statement in state.items():
        sql(host, f"SET ROLE guestbook_owner; {statement}", database)
    for _time in range(2):
        found = compare(host)
        assert [(d["attribute"], d["actual"]) for d in found["differences"]] == expected


def test_scripts_elsewhere(host):
    shop(host)
    hosts.shell(
        host,
        "mkdir -p /opt/shop/src/versions;"
        " mv /opt/shop/migrations/versions/2.py /opt/shop/src/versions;"
        " printf '[alembic]\nversion_locations = migrations/versions src/versions\n'"
        " > /opt/shop/migrations/alembic.ini; rm -rf /var/lib/flaskops",
    )
    assert [d["id"] for d in compare(host)["differences"]] == ["migrations.revision"]


def test_a_restored_database_is_seen_although_all_was_proven(host):
    shop(host)
    hosts.module(host, "flask_db_upgrade", database_url=url(), **SHOP)
    assert [compare(host)["differences"] for _time in range(2)] == [[], []]
    sql(host, "UPDATE alembic_version SET version_num = '1'", "shop")
    assert [d["id"] for d in compare(host)["differences"]] == ["migrations.revision"]


UNIT = """[Service]
User=guestbook
WorkingDirectory={0}
EnvironmentFile={1}
ExecStart={2}/bin/gunicorn --bind 127.0.0.1:8081 --workers 1 wsgi:create_app()
"""
# Reads the database in a request, and says how often it was loaded.
SERVED = """
    @app.get("/")
    def index():
        return str(db.session.execute(db.text("SELECT count(*) FROM {0}")).scalar())
"""
COUNTED = "open('/tmp/loaded', 'a').write('x')\n"
FROM_A_FILE = "exec(open('/opt/shop/config.py').read())\nurl = DATABASE\n"
NULL_POOL = (
    "from sqlalchemy.pool import NullPool\n"
    "import functools\n"
    "SQLAlchemy = functools.partial(SQLAlchemy, engine_options={'poolclass': NullPool})\n"
)
PLAIN = """
import os, sys
from flask import Flask
import sqlalchemy
{0}
engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])

def create_app():
    app = Flask(__name__)
    @app.get("/")
    def index():
        with engine.connect() as connection:
            return str(connection.execute(sqlalchemy.text("SELECT 1")).scalar())
{1}
    return app
"""
ANOTHER = f"postgresql://{OWNER}@127.0.0.1/shop_second"


def serve(host, at_import="", in_create_app="", config="", text=None, **variables):
    """Run the shop as a service, and make a request."""
    shop(host, at_import, in_create_app or SERVED.format("kept"), text, **variables)
    write(host, f"{DIRECTORY}/config.py", config)
    write(
        host,
        "/etc/systemd/system/shop.service",
        UNIT.format(DIRECTORY, ENVIRONMENT_FILE, VIRTUALENV),
    )
    hosts.shell(
        host, "rm -f /tmp/x.db /tmp/loaded; rm -rf /var/lib/flaskops; systemctl daemon-reload"
    )
    restart(host)


def restart(host):
    hosts.shell(
        host,
        "systemctl restart shop; for i in $(seq 100); do"
        f" {VIRTUALENV}/bin/python -c 'import urllib.request as r;"
        ' r.urlopen("http://127.0.0.1:8081/")\' 2>/dev/null && break; sleep 0.1; done',
    )


USED = [
    ("the declared one", {}, []),
    ("psycopg", {"DATABASE_URL": url(driver="+psycopg")}, []),
    ("a unix socket", {"DATABASE_URL": f"postgresql://{OWNER}@/shop?host=/var/run/postgresql"}, []),
    ("an engine of its own", {"text": PLAIN, "in_create_app": "    pass"}, []),
    ("SQLite from a file", {
        "at_import": FROM_A_FILE, "config": "DATABASE = 'sqlite:////tmp/x.db'",
        "in_create_app": SERVED.format("sqlite_master"),
    }, [("used_database.engine", "sqlite:////tmp/x.db")]),
    ("another database from a file", {
        "at_import": FROM_A_FILE, "config": f"DATABASE = {ANOTHER!r}",
        "in_create_app": SERVED.format("pg_class"),
    }, [("used_database.engine", "postgresql://guestbook_owner@127.0.0.1/shop_second")]),
    ("through a pooler", {"DATABASE_URL": url(6532)}, ["used_database.session"]),
    ("sessions that are closed at once", {"at_import": NULL_POOL}, ["used_database.session"]),
    # Its sessions tell all the same.
    ("writes when it is loaded", {
        "at_import": "if 'FLASKOPS' not in os.environ and 'INVOCATION_ID' not in os.environ:\n    "
        + PSYCOPG2.format("", "", "").strip().replace("\n", "\n    ") + "\n",
    }, []),
]  # fmt: skip


def used(host, **options):
    resource = {
        "kind": "used_database",
        "unit": "shop.service",
        "wsgi": "wsgi:create_app()",
        **SHOP,
    }
    return hosts.module(host, "drift_info", resources={"site": [resource]}, **options)


@pytest.mark.parametrize(("options", "expected"), [u[1:] for u in USED], ids=[u[0] for u in USED])
def test_the_database_that_the_running_application_uses(host, options, expected):
    serve(host, **options)
    found = used(host)
    shown = [(d["id"], d["actual"]) for d in found["differences"]]
    shown += [unseen["id"] for unseen in found["not_checked"]]
    assert shown == expected, found
    assert hosts.OWNER_PASSWORD not in str(found)
    assert quote(hosts.OWNER_PASSWORD, safe="") not in str(found)
    diagnosed = hosts.diagnose(host, unit="shop.service", last_layer="schema", **SHOP)
    is_other = any(isinstance(each, tuple) for each in expected)
    assert (diagnosed["verdict"]["code"] == "schema.other_database") == is_other, diagnosed
    assert quote(hosts.OWNER_PASSWORD, safe="") not in str(diagnosed)


# Code that only the service gets: from systemd's own variables, and from a drop-in.
STARTED = {
    "systemd's variables": (
        "systemctl set-environment PYTHONPATH=/opt/hook", "systemctl unset-environment PYTHONPATH",
        "service.other_database",
    ),
    "a drop-in": (
        "mkdir -p /etc/systemd/system/shop.service.d; printf '[Service]\\nEnvironment=PYTHONPATH="
        "/opt/hook\\n' > /etc/systemd/system/shop.service.d/hook.conf; systemctl daemon-reload",
        "rm -r /etc/systemd/system/shop.service.d; systemctl daemon-reload",
        # The unit declares it, so the copy has it.
        "schema.other_database",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", STARTED)
def test_a_service_that_was_started_with_another_database(host, way):
    """A copy of the application, by the files that are declared, may know nothing of it."""
    make, undo, code = STARTED[way]
    hook = (
        "import os\nos.environ['DATABASE_URL'] = os.environ.get('DATABASE_URL', '') + '_second'\n"
    )
    write(host, "/opt/hook/sitecustomize.py", hook)
    hosts.shell(host, make)
    try:
        serve(host, in_create_app=SERVED.format("pg_class"))
        for _time in range(2):
            found = used(host)
            shown = [(d["id"], d["actual"]) for d in found["differences"]]
            assert shown == [("used_database.session", "in shop_second")], found
        diagnosed = hosts.diagnose(host, unit="shop.service", last_layer="service", **SHOP)
        assert code in [layer["code"] for layer in diagnosed["layers"]], diagnosed["report"]
    finally:
        hosts.shell(host, undo)
    restart(host)
    assert used(host)["differences"] == []


def test_a_second_database_of_the_application_is_not_another_one(host):
    """Although the service has its sessions there alone."""
    binds = "\n".join([
        "    app.config['SQLALCHEMY_BINDS'] = {'second': url + '_second'}",
        "    app.extensions.pop('sqlalchemy'); db.init_app(app)",
        SERVED.format("pg_class").replace("db.session", "db.engines['second'].connect()"),
    ])  # fmt: skip
    serve(host, in_create_app=binds)
    found = used(host)
    assert (found["differences"], len(found["not_checked"])) == ([], 1), found


def loaded(host):
    return len(hosts.shell(host, "cat /tmp/loaded"))


def test_what_was_proven_is_asked_again_where_something_differs(host):
    serve(host, at_import=COUNTED)
    count = loaded(host)
    assert used(host, _ansible_check_mode=True)["differences"] == []
    assert hosts.shell(host, "ls /var/lib/flaskops", check=False) == ""
    assert used(host)["differences"] == []
    assert hosts.shell(host, "stat -c '%a %U' /var/lib/flaskops/*") == "600 root"
    assert hosts.OWNER_PASSWORD not in hosts.shell(host, "cat /var/lib/flaskops/*")
    assert loaded(host) == count + 2
    assert used(host)["not_checked"] == []
    assert loaded(host) == count + 2
    used(host, prove=True)
    assert loaded(host) == count + 3
    hosts.shell(host, f"echo OTHER=1 >> {ENVIRONMENT_FILE}")
    used(host)
    assert loaded(host) == count + 4
    restart(host)
    count = loaded(host)
    used(host)
    used(host)
    assert loaded(host) == count + 1


HEALTH = """
    @app.get("/health/database")
    def health():
        return str(db.session.execute(db.text("SELECT 1")).scalar())
"""


SWITCH = (
    "cd /srv/guestbook && ln -sfn releases/$(ls -t releases | head -1) current"
    " && systemctl restart guestbook"
)


def test_site_audit_and_diagnosis_are_red_where_it_uses_another_database(host, folder, tmp_path):
    files = {
        "wsgi.py": APPLICATION.format("from config import DATABASE as url", HEALTH)
        + "\n\napp = create_app()\n",
        "config.py": "DATABASE = 'sqlite:////tmp/x.db'\n",
        "requirements.txt": "flask-sqlalchemy\nflask-migrate\npsycopg2-binary\n",
        "migrations/env.py": ENV,
        "migrations/alembic.ini": "[alembic]\n",
        "migrations/versions/1.py": REVISION.format("1", None, "CREATE TABLE kept (number int)"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    source = ["--extra-vars", json.dumps({"app_source": str(tmp_path)})]
    done = hosts.play(folder, "site", *source, check=False)
    assert done.returncode == 2
    text = " ".join(done.stdout.split())
    assert "schema.other_database: the migrations go to sqlite:////tmp/x.db" in text
    # The release in use stays so, until somebody puts the other in its place by hand.
    assert "service run on their files]" not in text
    hosts.shell(host, SWITCH)
    report = ["--extra-vars", f"audit_report_dir={tmp_path}/report"]
    assert hosts.play(folder, "audit", *source, *report, check=False).returncode == 2
    found = json.loads((tmp_path / "report" / "audit.json").read_text())["hosts"][HOST]
    assert "used_database.engine" in [finding["id"] for finding in found["findings"]]
    done = hosts.play(folder, "diagnose", *source, check=False)
    assert "schema.other_database" in done.stdout
    assert done.returncode == 2


def entries(host, name="guestbook"):
    return sql(host, "SELECT count(*) FROM entry", name)


def site(folder, *variables, check=True):
    words = [word for text in variables for word in ("--extra-vars", text)]
    return hosts.play(folder, "site", *words, check=check)


def test_another_database_is_migrated_before_the_service_uses_it(host, folder):
    """And what is in the one before stays as it is."""
    site(folder)
    sql(host, "INSERT INTO entry (author, text, created) VALUES ('a', 'b', now())", "guestbook")
    before = entries(host)
    done = site(folder, "database_name=fresh").stdout
    assert done.index(": Upgrade the database]") < done.index("service run on their files]")
    assert "failed=0" in done
    assert sql(host, "SELECT version_num FROM alembic_version", "fresh") == "0003"
    used = "SELECT string_agg(DISTINCT datname, ' ') FROM pg_stat_activity WHERE usename = 'fresh'"
    assert sql(host, used) == "fresh"
    assert (entries(host), before) == (before, before)
    assert "changed=0" in site(folder, "database_name=fresh").stdout


def test_what_failed_at_its_first_load_is_migrated_by_the_next_run(host, folder, tmp_path):
    """On another database too: the service goes on with the release and the database it has."""
    source = hosts.CHECKOUT / "examples" / "guestbook"
    shutil.copytree(source, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    wsgi = tmp_path / "app" / "wsgi.py"
    wsgi.write_text("import os\n\nos.stat('/opt/needed')\n" + wsgi.read_text())
    said = ["database_name=later", f"app_source={tmp_path}/app"]
    for _run in range(2):
        failed = site(folder, *said, check=False)
        assert failed.returncode == 2
        assert "/opt/needed" in failed.stdout
        assert ": Upgrade the database]" in failed.stdout
        assert "service run on their files]" not in failed.stdout
        assert hosts.shell(host, "systemctl is-active guestbook.service") == "active"
    hosts.shell(host, "touch /opt/needed")
    assert "failed=0" in site(folder, *said).stdout
    assert sql(host, "SELECT version_num FROM alembic_version", "later") == "0003"
    assert "changed=0" in site(folder, *said).stdout
