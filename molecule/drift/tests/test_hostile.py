"""Damaged files, odd names, many applications, hosts that are down: findings, never a traceback."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import cases
import outcomes
from drifts import CONFIGURATION, DRIFTS, inside, sql
from outcomes import audit, play, shell

INVENTORY = os.environ["MOLECULE_INVENTORY_FILE"]
HOST = "fleet1"
HOSTS = ["fleet1", "fleet2", "fleet3", "fleet4"]
ODD = 'odd "rôle"; --'


@pytest.fixture
def damage():
    """Run commands on the host, and those that undo them afterwards."""
    undo = []

    def damage(command, repair):
        undo.append(repair)
        done = shell(HOST, command)
        assert done.returncode == 0, done.stderr

    yield damage
    for repair in undo:
        done = shell(HOST, repair)
        assert done.returncode == 0, done.stderr
    assert audit(INVENTORY, [HOST]) == {HOST: []}


def test_twenty_drifts_at_once_are_mended_by_one_run():
    case = cases.many(DRIFTS)
    assert len(case) >= 20
    [outcome] = outcomes.run(INVENTORY, [HOST], [case])
    assert outcome.made == ""
    assert outcome.changed == []
    assert outcome.site == ""
    assert outcome.left == []
    assert outcome.answer.split()[1:2] == ["200"]


def test_who_runs_the_site_too_early_brings_nothing_foreign_into_effect():
    # One on each host; all in make soak-drift.
    tried = cases.waits(DRIFTS)[: None if os.environ.get("DRIFTS") == "all" else len(HOSTS)]
    for case, outcome in zip(tried, outcomes.run(INVENTORY, HOSTS, tried, too_early=True)):
        assert outcome.made == "", case
        assert any(each.waits for each in outcome.found), case
        assert outcome.foreign == [], case
        assert outcome.left == [], case


def found():
    return {(each.id, each.direction) for each in audit(INVENTORY, [HOST])[HOST]}


def test_a_large_pg_hba(damage):
    file = f"{CONFIGURATION}/pg_hba.conf"
    damage(
        f"cp -p {file} /root/h && yes 'host all all 10.1.2.3/32 scram-sha-256'"
        f" | head -n 260000 >> {file}",
        f"cp -p /root/h {file} && rm /root/h && " + sql("SELECT pg_reload_conf()"),
    )
    # No single line's remedy may load the others.
    assert found() == {("pg_hba.line", "unexpected"), ("pg_hba.loaded", "different")}


def test_a_catalogue_full_of_odd_names(damage):
    quoted = ODD.replace('"', '""')
    create = [
        f'CREATE ROLE "{quoted}"',
        "SET ROLE guestbook_owner",
        'CREATE TABLE "tä ""ble"" %s {} \'" (id serial)',
        f'GRANT SELECT ON "tä ""ble"" %s {{}} \'" TO "{quoted}"',
        'CREATE FUNCTION "f("("a," int DEFAULT 1) RETURNS int LANGUAGE sql AS \'SELECT 1\'',
    ]
    drop = ['DROP TABLE "tä ""ble"" %s {} \'"', 'DROP FUNCTION "f("', f'DROP ROLE "{quoted}"']
    damage(
        " && ".join([inside("; ".join(create))]),
        inside("; ".join(drop)),
    )
    assert found() == {("privileges.grant", "unexpected"), ("structure.object", "unexpected")}


def test_a_version_table_that_is_gone(damage):
    damage(
        inside("ALTER TABLE alembic_version RENAME TO gone"),
        inside("ALTER TABLE gone RENAME TO alembic_version"),
    )
    assert found() == {("migrations.lost", "missing")}


def test_check_mode_completes_with_postgresql_stopped(damage):
    damage("systemctl stop postgresql@$V-main", "systemctl start postgresql@$V-main")
    done = play(INVENTORY, "site", "--check", f"--limit={HOST}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unit postgresql@15-main.service: active" in done.stdout.replace("\n        ", " ")


def test_an_interrupted_run_is_finished_by_the_next():
    # Something of every role, so that each is interrupted in one of the runs.
    # The first needs an application that runs.
    several = [
        "a migration was taken back",
        "a package was removed",
        "the application may create databases",
        "the block was removed",
        "a requirement was removed",
        "a secret was changed",
        "a unit was edited",
        "the site was edited",
    ]
    drifts = {drift.name: drift for drift in DRIFTS}
    for name in several:
        assert shell(HOST, drifts[name].command).returncode == 0, name
    command = ["ansible-playbook", f"--inventory={INVENTORY}", f"--limit={HOST}"]
    for seconds in (5, 7, 9, 11, 13, 16, 19):
        running = subprocess.Popen(
            [*command, "flaskops.stack.site"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    shell(
        HOST, sql("ALTER SYSTEM RESET password_encryption") + ";" + sql("SELECT pg_reload_conf()")
    )
    done = play(INVENTORY, "site", f"--limit={HOST}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert audit(INVENTORY, [HOST]) == {HOST: []}


def test_a_host_that_is_down_is_a_finding_and_the_others_are_audited(tmp_path):
    ghost = tmp_path / "ghost.yml"
    variables = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    group = {"hosts": {"ghost": variables}}
    ghost.write_text(json.dumps({"database": group, "app": group}))
    done = play(
        INVENTORY,
        "audit",
        f"--inventory={ghost}",
        f"--extra-vars=audit_report_dir={tmp_path}",
        f"--limit=ghost,{HOST}",
    )
    report = json.loads((tmp_path / "audit.json").read_text())
    assert report["hosts"]["ghost"]["status"] == "unreachable"
    assert report["hosts"][HOST]["status"] == "ok"
    assert done.returncode == 2


def test_fifty_applications_on_one_server():
    done = subprocess.run(
        ["ansible-playbook", f"--inventory={INVENTORY}", "molecule/drift/scale.yml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
