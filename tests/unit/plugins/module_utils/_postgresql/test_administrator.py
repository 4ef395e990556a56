"""Whether a login by hand shows that the administrator is kept out, and what lets him in again."""

import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import administrator


def refused(sqlstate, routine):
    return {"failure": "", "error": {"sqlstate": sqlstate, "routine": routine, "message": "no"}}


ATTEMPTS = [
    (
        "a password is asked for",
        {"failure": "asked", "error": None},
        "asks postgres for a password",
    ),
    ("a ticket is asked for", {"failure": "method", "error": None}, "asks postgres for a password"),
    ("no line, or reject", refused("28000", "ClientAuthentication"), "no line of pg_hba.conf lets"),
    ("a map without him", refused("28000", "auth_failed"), "the server refuses postgres over the"),
    ("ident of PostgreSQL 9", refused("28P01", "auth_failed"), "the server refuses postgres"),
    ("the server starts", refused("57P03", "ProcessStartupPacket"), ""),
    ("no place", refused("53300", "InitProcess"), ""),
    ("no such database", refused("3D000", "InitPostgres"), ""),
    ("no answer", {"failure": "timeout", "error": None}, ""),
    ("he is let in", {"failure": "", "error": None}, ""),
]


@pytest.mark.parametrize(("attempt", "text"), [row[1:] for row in ATTEMPTS],
                         ids=[row[0] for row in ATTEMPTS])  # fmt: skip
def test_the_reason(attempt, text):
    found = administrator.reason(attempt, "postgres")
    assert bool(found) == bool(text)
    assert text in found


def test_the_cluster_of_a_port():
    output = "15 main 5432 online postgres /d /l\n17 shop 5433 down postgres /d /l\n"
    assert administrator.cluster_on(output, 5433) == ("17", "shop")
    assert administrator.cluster_on(output, 5434) is None


FILES = [
    ("its default", "# hba_file = '/x'\n", "{own}/pg_hba.conf"),
    ("another one", "hba_file = '/srv/it''s.conf'\n", "/srv/it's.conf"),
    ("the last counts", "hba_file='/a'\nHBA_FILE '/b'\n", "/b"),
    ("beside it", "hba_file = 'other.conf'", "{own}/other.conf"),
]


@pytest.mark.parametrize(
    ("text", "path"), [row[1:] for row in FILES], ids=[row[0] for row in FILES]
)
def test_the_file(tmp_path, text, path):
    own = tmp_path / "15" / "main"
    own.mkdir(parents=True)
    (own / "postgresql.conf").write_text(text)
    assert administrator.hba_file("15", "main", str(tmp_path)) == path.format(own=own)


@pytest.mark.parametrize("text", ["", "local all postgres md5\n", "# only\n"])
def test_the_command_puts_his_line_first(tmp_path, text):
    path = tmp_path / "pg hba.conf"
    path.write_text(text)
    command = administrator.command("postgres", str(path), bool(text), "postgresql@15-main")
    write, _and, reload = command.partition(" && ")
    subprocess.run(["sh", "-c", write], check=True)
    assert path.read_text() == f"local all postgres peer\n{text}"
    assert reload == "systemctl reload postgresql@15-main"
    path.write_text(text)
    without_reload = administrator.command("postgres", str(path), bool(text), "")
    assert without_reload == write


def rule(method, user="postgres", kind="local"):
    return {
        "type": kind, "database": ["all"], "user_name": [user], "address": None, "netmask": None,
        "auth_method": method,
    }  # fmt: skip


RULES = [
    ("his own line", [rule("peer")], False),
    ("trust", [rule("trust", "all")], False),
    ("no line", [], True),
    ("lines over the network only", [rule("peer", kind="host")], True),
    ("a password", [rule("scram-sha-256", "all"), rule("peer")], True),
    ("rejected", [rule("reject", "+admins"), rule("peer")], True),
    ("others are rejected", [rule("reject", "+others"), rule("peer")], False),
]


@pytest.mark.parametrize(("rules", "is_kept_out"), [row[1:] for row in RULES],
                         ids=[row[0] for row in RULES])  # fmt: skip
def test_what_the_next_reload_would_bring(rules, is_kept_out):
    roles = {"postgres", "admins"}
    found = administrator.would_be_kept_out(rules, "postgres", roles, is_read=False)
    assert found is is_kept_out


def test_what_the_server_kept_out_of_is_told_from_a_password_of_his():
    own = [rule("scram-sha-256", "all")]
    assert not administrator.would_be_kept_out(own, "postgres", {"postgres"}, is_read=True)
    assert administrator.would_be_kept_out([], "postgres", {"postgres"}, is_read=True)
