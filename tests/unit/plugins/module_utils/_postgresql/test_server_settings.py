import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    server_settings as settings,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, "error") for name in (
            "fsync", "full_page_writes", "synchronous_commit", "zero_damaged_pages", "ssl",
            "ssl_min_protocol_version", "listen_addresses", "password_encryption", "row_security",
            "shared_preload_libraries", "session_preload_libraries", "archive_command",
            "restore_command", "hba_file", "log_statement", "log_min_messages", "search_path",
            "plperl.on_init", "plv8.start_proc", "unix_socket_permissions", "SSL",
        )),
        *((name, "warning") for name in (
            "work_mem", "shared_buffers", "max_connections", "jit", "auto_explain.log_format",
            "log_line_prefix", "statement_timeout", "autovacuum",
        )),
    ],
)  # fmt: skip
def test_how_grave_another_value_is(name, expected):
    assert settings.severity(name) == expected


def test_a_cluster_is_known_by_the_folder_of_a_file():
    cluster = settings.cluster_of("/etc/postgresql/17/main/conf.d/flaskops.conf")
    assert cluster == ("/etc/postgresql/17/main", "17", "main")
    assert cluster.file == "/etc/postgresql/17/main/postgresql.conf"
    usual = settings.distribution(cluster, has_certificate=True)
    assert usual["hba_file"] == "/etc/postgresql/17/main/pg_hba.conf"
    assert usual["external_pid_file"] == "/var/run/postgresql/17-main.pid"
    assert usual["ssl"] == "on"
    assert "ssl" not in settings.distribution(cluster, has_certificate=False)
    other = settings.cluster_of("/srv/pg/conf.d/x.conf")
    assert other == ("/srv/pg", "", "")
    assert settings.distribution(other, has_certificate=True) == {}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["postgres", "-D", "/d", "-c", "config_file=/etc/c"], {}),
        (["postgres", "-c", "fsync=off", "--work-mem=1MB"], {"fsync": "off", "work_mem": "1MB"}),
        (["postgres", "-cJit=off", "-F"], {"jit": "off", "fsync": "off"}),
        ([], {}),
        (["postgres", "-c"], {}),
    ],
)
def test_what_a_command_line_sets(arguments, expected):
    assert settings.options("\0".join(arguments) + "\0") == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("work_mem", "4MB", "4MB"),
        ("x", "", "''"),
        ("primary_conninfo", "host=a password=b", "a value that is not shown"),
        ("archive_command", "put --token=abcd %p", "put --token=******** %p"),
        ("restore_command", "get https://me:pw1@host/%f", "get https://me:********@host/%f"),
    ],
)
def test_what_people_see(name, value, expected):
    assert settings.shown(name, value) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [("4096", "kB", "4096 kB"), ("16384", "8kB", "16384 x 8kB"), ("on", None, "on")],
)
def test_a_value_with_its_unit(value, unit, expected):
    assert settings.measured(value, unit) == expected
