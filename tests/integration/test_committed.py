"""Migrations that commit in pieces: what works CONCURRENTLY, and what a failed one has left."""

import json
import shlex
import time

import hosts
import pytest
from trials import SITE, locks, migrations, revision, sql, url

HEAD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{0}", "{1}", None, None


def upgrade():
"""
BLOCK = "    with op.get_context().autocommit_block():\n        {}\n"
TABLES = """
CREATE TABLE part (id int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (9);
CREATE TYPE mood AS ENUM ('good');
CREATE INDEX ix_there ON entry (created);
ALTER TABLE part OWNER TO guestbook_owner; ALTER TABLE part_1 OWNER TO guestbook_owner;
ALTER TYPE mood OWNER TO guestbook_owner
"""
CREATE = 'op.create_index("ix_author", "entry", ["author"], postgresql_concurrently=True)'
# (its name, the operation, what SQL says once it is done)
CONCURRENT = [
    ("create_index", CREATE, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass("
     "'ix_author')"),
    ("a quoted name, unique", "op.execute('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS"
     " \"Ix a\" ON public.entry (id)')",
     "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('\"Ix a\"')"),
    ("a name of PostgreSQL's", "op.execute('/* a */ create index concurrently on entry (author)')",
     "SELECT count(*) = 1 FROM pg_class WHERE relname ~ '^entry_author_idx'"),
    ("drop_index", 'op.drop_index("ix_there", postgresql_concurrently=True)',
     "SELECT to_regclass('ix_there') IS NULL"),
    ("reindex an index", "op.execute('REINDEX INDEX CONCURRENTLY ix_there')",
     "SELECT to_regclass('ix_there') IS NOT NULL"),
    ("reindex a table", "op.execute('REINDEX (CONCURRENTLY) TABLE entry')",
     "SELECT to_regclass('ix_there') IS NOT NULL"),
    ("detach a partition", "op.execute('ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY')",
     "SELECT count(*) = 0 FROM pg_inherits WHERE inhparent = 'part'::regclass"),
]  # fmt: skip
NONE_INVALID = (
    "SELECT count(*) = 0 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT indisvalid AND relnamespace <> 'pg_toast'::regnamespace"
)
NO_NOTE = "SELECT obj_description('alembic_version'::regclass, 'pg_class') IS NULL"


def script(body, name="0004", before="0003"):
    return (name, HEAD.format(name, before) + body)


def ready(trial, *scripts):
    """A database at 0003 that has more than the guestbook's tables, and further revisions."""
    assert trial()["after"] == ["0003"]
    sql(trial.host, TABLES, "trial")
    migrations(trial.host, *scripts)


@pytest.fixture
def snapshot(trial):
    """Return a function that lets a session of somebody else hold a snapshot for some seconds."""

    def hold(seconds):
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; TABLE entry; TABLE part; "
        command = shlex.join(["psql", "-Xqd", "trial", "-c", f"{begin} SELECT pg_sleep({seconds})"])
        hosts.shell(
            trial.host,
            "systemd-run -q --unit=snapshot runuser -u postgres -- sh -c"
            f" {shlex.quote('PGAPPNAME=backup ' + command)}; sleep 0.7",
        )

    yield hold
    release(trial.host)


def release(host):
    hosts.shell(host, "systemctl stop snapshot; systemctl reset-failed snapshot || true")
    sql(
        host,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backup'",
    )


def is_done(host, statement):
    for each in (statement, NONE_INVALID, NO_NOTE):
        assert sql(host, each, "trial") == "t", each
    assert revision(host) == "0004"
    assert locks(host) == "0"


@pytest.mark.parametrize("driver", ["+psycopg2", "+psycopg"])
def test_it_waits_for_an_older_snapshot(trial, snapshot, driver):
    ready(trial, script("".join(BLOCK.format(c[1]) for c in CONCURRENT if c[0] != "drop_index")))
    snapshot(4)
    found = trial(lock_timeout=1, database_url=url(driver=driver))
    assert found.get("after") == ["0004"], found
    for name, _operation, statement in CONCURRENT:
        if name != "drop_index":
            is_done(trial.host, statement)


@pytest.mark.parametrize(
    ("operation", "statement"),
    [c[1:] for c in CONCURRENT],
    ids=[c[0] for c in CONCURRENT],
)
def test_its_limit_ends_it_and_the_next_run_puts_it_right(trial, snapshot, operation, statement):
    ready(trial, script(BLOCK.format(operation)))
    snapshot(60)
    found = trial(concurrent_timeout=2)
    assert found["code"] == "upgrade.concurrent_timeout", found
    assert [session["application"] for session in found["sessions"]] == ["backup"]
    assert "(backup)" in found["msg"]
    assert found["committed"], found
    release(trial.host)
    again = trial()
    assert again.get("after") == ["0004"], again
    is_done(trial.host, statement)


KILLS = {
    "the program": "pkill -KILL -u guestbook -f 'venv/bin/python - '",
    "the module": "pkill -KILL -f flask_db_upgrade; pkill -KILL -u guestbook -f 'venv/bin/python'",
    "the server": "systemctl restart postgresql",
    "its session": "runuser -u postgres -- psql -XAtqc \"SELECT pg_terminate_backend(pid) FROM"
    " pg_stat_activity WHERE query ~ 'CONCURRENTLY' AND pid <> pg_backend_pid()\"",
}  # fmt: skip


@pytest.mark.parametrize("kill", KILLS)
def test_killed_while_it_waits_and_run_again(trial, snapshot, kill):
    ready(trial, script(BLOCK.format(CREATE)))
    snapshot(60)
    options = {**SITE, "database_url": url(), "migrations_directory": "/opt/trial/migrations"}
    first = hosts.start_module(trial.host, "flask_db_upgrade", **options)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^CREATE INDEX CONCURRENTLY' AND"
    while sql(trial.host, f"{waiting} wait_event_type = 'Lock'") == "0":
        time.sleep(0.2)
    hosts.shell(trial.host, KILLS[kill], check=False)
    first.communicate(timeout=60)
    hosts.shell(trial.host, "until runuser -u postgres -- psql -c ''; do sleep 0.2; done")
    if kill in ("the program", "the module"):
        # Its session goes on, which is told, and waited for.
        busy = trial(wait=1)
        assert busy["code"] == "upgrade.wait_timeout", busy
        sql(trial.host, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name"
            " = 'flaskops.stack flask_db_upgrade'")  # fmt: skip
    release(trial.host)
    found = trial(wait=30)
    assert found.get("after") == ["0004"], found
    is_done(trial.host, CONCURRENT[0][2])


STRANGERS = {
    "a plain one": CREATE,
    "one that is left out where it is there":
        'op.create_index("ix_author", "entry", ["author"], postgresql_concurrently=True,'
        " if_not_exists=True)",
}  # fmt: skip


@pytest.mark.parametrize("operation", STRANGERS.values(), ids=STRANGERS)
def test_an_invalid_index_of_somebody_else_is_refused_and_stays(trial, snapshot, operation):
    ready(trial, script(BLOCK.format(operation)))
    snapshot(60)
    limited = ["env", "PGOPTIONS=-c lock_timeout=1s", "psql", "-Xqd", "trial", "-c"]
    command = [*limited, "CREATE INDEX CONCURRENTLY ix_author ON entry (id)"]
    hosts.shell(trial.host, shlex.join(["runuser", "-u", "postgres", "--", *command]), check=False)
    release(trial.host)
    for _run in range(2):
        found = trial()
        assert found["code"] == "upgrade.invalid_index", found
    assert sql(trial.host, NONE_INVALID, "trial") == "f"
    assert revision(trial.host) == "0003"
    sql(trial.host, "DROP INDEX CONCURRENTLY ix_author", "trial")
    assert trial()["after"] == ["0004"]


def test_an_index_that_another_session_builds_now_is_left_alone(trial, snapshot):
    ready(trial, script(BLOCK.format(CREATE)))
    snapshot(60)
    # Ours fails and leaves one; somebody drops it, and builds another of the name.
    assert trial(concurrent_timeout=1)["code"] == "upgrade.concurrent_timeout"
    release(trial.host)
    sql(trial.host, "DROP INDEX ix_author", "trial")
    snapshot(60)
    build = "CREATE INDEX CONCURRENTLY ix_author ON entry (id)"
    command = shlex.join(["runuser", "-u", "postgres", "--", "psql", "-Xqd", "trial", "-c", build])
    hosts.shell(trial.host, f"systemd-run -q --unit=builder {command}; sleep 1")
    try:
        found = trial()
        assert found["code"] == "upgrade.invalid_index", found
        assert "may be building it now" in found["msg"]
    finally:
        release(trial.host)
        hosts.shell(trial.host, "while systemctl is-active -q builder; do sleep 0.2; done")
    assert sql(trial.host, NONE_INVALID, "trial") == "t"
    theirs = "SELECT indkey FROM pg_index WHERE indexrelid = 'ix_author'::regclass"
    assert sql(trial.host, theirs, "trial") == "1"


FAILS = "    op.execute('INSERT INTO none VALUES (1)')\n"
# (its name, the revision's body, what is said to be committed of it)
PIECES = [
    ("nothing in one transaction", "    op.add_column('entry', sa.Column('a', sa.Integer))\n", []),
    ("a table", BLOCK.format("op.create_table('more', sa.Column('id', sa.Integer, index=True))"),
     ["table public.more"]),
    ("a column", "    op.add_column('entry', sa.Column('a', sa.Integer))\n"
     + BLOCK.format("op.execute('SELECT 1')"), ["column public.entry.a integer"]),
    ("a column's type", BLOCK.format("op.alter_column('entry', 'author', type_=sa.Text)"),
     ["column public.entry.author text not null, before: character varying(80) not null"]),
    ("an index", BLOCK.format(CREATE), ["index public.ix_author on public.entry"]),
    ("a value of an enumeration",
     BLOCK.format("op.execute(\"ALTER TYPE mood ADD VALUE 'it''s 100% bad'\")"),
     ["value 'it''s 100% bad' of type public.mood"]),
    ("a type", BLOCK.format("op.execute(\"CREATE TYPE size AS ENUM ('s')\")"),
     ["type public.size"]),
    ("what is dropped", BLOCK.format("op.drop_index('ix_there', postgresql_concurrently=True)"),
     ["no index public.ix_there any more"]),
    ("a constraint", BLOCK.format("op.create_check_constraint('c', 'entry', 'id > 0')"),
     ["constraint c of public.entry"]),
    ("a function", BLOCK.format("op.execute('CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS"
     " $$SELECT 1$$')"), ["function public.f(a integer)"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "committed"),
    [p[1:] for p in PIECES],
    ids=[p[0] for p in PIECES],
)
def test_what_a_failed_revision_has_committed_is_named(trial, body, committed):
    ready(trial, script(body + FAILS))
    found = trial()
    assert (found["code"], found["failed_revision"]) == ("upgrade.failed", "0004"), found
    assert found["committed"] == committed
    text = "; ".join(committed)
    said = f"Of it is committed: {text}." if text else "Nothing of it is committed."
    assert said in found["msg"]
    # The next run fails at what is there, or where this one has, and says where that comes from.
    again = trial()
    assert again["committed"] == []
    assert again["committed_before"] == committed
    assert revision(trial.host) == "0003"
    migrations(trial.host, script("    pass\n"))
    assert trial()["after"] == ["0004"]
    assert sql(trial.host, NO_NOTE, "trial") == "t"


def test_what_was_committed_before_the_failed_revision_is_told_from_it(trial):
    second = script(BLOCK.format("op.execute('SELECT 1')") + FAILS, "0005", "0004")
    ready(trial, script("    op.execute('CREATE TABLE four (id int)')\n"), second)
    found = trial()
    assert (found["failed_revision"], found["committed"]) == ("0005", [])
    assert "Committed before it: trial is at 0004." in found["msg"]
    assert revision(trial.host) == "0004"


def test_a_comment_of_somebody_else_is_kept(trial, snapshot):
    ready(trial, script(BLOCK.format(CREATE)))
    sql(trial.host, "COMMENT ON TABLE alembic_version IS 'ours'", "trial")
    snapshot(60)
    assert trial(concurrent_timeout=1)["code"] == "upgrade.concurrent_timeout"
    comment = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"
    assert sql(trial.host, comment, "trial") == "ours"


def test_a_session_of_its_own_in_the_way_is_named(trial):
    """Nothing else would end that before the limit, which is an hour."""
    body = (
        "    other = op.get_bind().engine.connect()\n"
        "    other.execute(sa.text('INSERT INTO entry (author, text, created)'\n"
        "                          ' SELECT $$a$$, $$b$$, now()'))\n"
    )
    ready(trial, script(body + BLOCK.format(CREATE)))
    started = time.monotonic()
    found = trial(lock_timeout=2)
    assert found["code"] == "upgrade.own_session", found
    assert time.monotonic() - started < 15
    assert json.dumps(found["sessions"]).count("guestbook_owner") == 1
