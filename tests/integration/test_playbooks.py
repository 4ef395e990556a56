"""diagnose.yml and migrate.yml as people run them, and what site.yml says of a site that fails."""

import shlex
import time

import hosts
import pytest
from faults import FAULTS
from test_connectivity import PRELUDE

HOST = list(hosts.FLEET)[1]


@pytest.fixture
def broken(fleet, request):
    """A host with a fault, by its name."""
    [fault] = [one for one in FAULTS if one.name == request.param]
    hosts.shell(HOST, f"{PRELUDE}\n{fault.make}")
    yield fault
    hosts.shell(HOST, f"{PRELUDE}\n{fault.undo}")


@pytest.mark.parametrize(
    "broken",
    ["wrong password", "nginx 502", "reject", "stopped", "table grant"],
    indirect=True,
    ids=lambda name: name,
)
def test_diagnose_names_the_layer_within_ten_seconds(fleet, broken):
    started = time.monotonic()
    done = hosts.play(fleet, "diagnose", f"--limit={HOST}", check=False)
    seconds = time.monotonic() - started
    lines = [line.split() for line in done.stdout.splitlines()]
    failed = [line[0] for line in lines if line[1:2] == ["FAILED"]]
    assert done.returncode == 2
    assert failed[0] == broken.code.partition(".")[0]
    assert f"{broken.code}: " in done.stdout
    assert "remedy: " in done.stdout
    assert hosts.PASSWORD not in done.stdout
    assert seconds < 10


def test_diagnose_is_content_with_a_host_that_works(fleet):
    done = hosts.play(fleet, "diagnose")
    assert done.stdout.count("privileges  ok") == 2
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize("broken", ["application 500"], indirect=True)
def test_site_fails_with_the_verdict_where_the_page_fails(fleet, broken):
    done = hosts.play(fleet, "site", f"--limit={HOST}", check=False)
    assert done.returncode == 2
    assert "request.server_error: " in done.stdout
    assert "RuntimeError: the row of the heartbeat is gone" in done.stdout
    assert "Traceback" not in done.stdout


def test_somebody_elses_python_is_not_taken(fleet):
    """A newer one has none of the distribution's packages for Python."""
    hosts.shell(HOST, "ln -s /bin/false /usr/local/bin/python3.13")
    try:
        done = hosts.play(fleet, "site", f"--limit={HOST}")
    finally:
        hosts.shell(HOST, "rm /usr/local/bin/python3.13")
    assert "changed=0" in done.stdout


def revision(value=None):
    change = f"UPDATE alembic_version SET version_num = '{value}';" if value else ""
    query = f"{change} SELECT version_num FROM alembic_version"
    return hosts.shell(
        HOST, f"runuser -u postgres -- psql -XAtqd guestbook -c {shlex.quote(query)}"
    )


def test_migrate_shows_what_is_pending_and_applies_it(fleet):
    hosts.shell(
        HOST,
        "runuser -u postgres -- psql -qd guestbook -c 'ALTER TABLE entry DROP COLUMN place;"
        " DROP INDEX ix_entry_created'",
    )
    assert revision("0002") == "0002"
    shown = hosts.play(fleet, "migrate", f"--limit={HOST}", "--check", "--diff")
    assert "0003_entry_place.py" in shown.stdout
    assert revision() == "0002"
    done = hosts.play(fleet, "migrate", f"--limit={HOST}", "--diff")
    assert revision() == "0003"
    assert "+0003" in done.stdout
    again = hosts.play(fleet, "migrate", f"--limit={HOST}")
    assert "changed=0" in again.stdout
    assert "nothing was pending" in again.stdout


def test_migrate_stamps_what_has_lost_its_revisions(fleet):
    hosts.shell(HOST, "runuser -u postgres -- psql -qd guestbook -c 'DROP TABLE alembic_version'")
    refused = hosts.play(fleet, "migrate", f"--limit={HOST}", check=False)
    assert "schema.no_version_table" in refused.stdout
    hosts.play(fleet, "migrate", f"--limit={HOST}", "--extra-vars=migrations_stamp=0003")
    assert revision() == "0003"
    # The new table is the runtime role's to read too: default privileges.
    assert "privileges  ok" in hosts.play(fleet, "diagnose", f"--limit={HOST}").stdout


def test_the_audit_finds_models_that_differ_where_it_is_told_to(fleet, tmp_path):
    hosts.shell(
        HOST,
        "runuser -u postgres -- psql -qd guestbook -c 'ALTER TABLE entry ALTER place TYPE text'",
    )
    options = [f"--limit={HOST}", f"--extra-vars=audit_report_dir={tmp_path}"]
    try:
        told = hosts.play(fleet, "audit", *options, "--extra-vars=audit_models=true", check=False)
        untold = hosts.play(fleet, "audit", *options, check=False)
    finally:
        hosts.shell(
            HOST,
            "runuser -u postgres -- psql -qd guestbook -c"
            " 'ALTER TABLE entry ALTER place TYPE varchar(80)'",
        )
    assert "warning: migrations.models" in told.stdout
    assert "modify_type" in told.stdout
    assert "migrations.models" not in untold.stdout
