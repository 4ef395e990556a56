import pytest


def sql(host, query):
    return host.check_output("su - postgres -c %s", f'psql -XAtc "{query}"')


@pytest.fixture
def version(host):
    return {"bookworm": "15", "trixie": "17"}[host.system_info.codename]


def test_the_distributions_version_runs(host, version):
    assert sql(host, "show server_version_num").startswith(version)


def test_the_server_is_enabled_and_running(host, version):
    unit = host.service(f"postgresql@{version}-main")
    assert unit.is_running
    assert unit.is_enabled


def test_it_listens_on_this_machine_only(host):
    assert host.socket("tcp://127.0.0.1:5432").is_listening
    assert not host.socket("tcp://0.0.0.0:5432").is_listening
    address = host.check_output("hostname -I").split()[0]
    assert not host.socket(f"tcp://{address}:5432").is_listening


def test_the_distributions_file_is_untouched(host, version):
    assert host.check_output("dpkg --verify postgresql-%s", version) == ""
    settings = host.file(f"/etc/postgresql/{version}/main/postgresql.conf").content_string
    assert "flaskops" not in settings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("password_encryption", "scram-sha-256"),
        # Set in side_effect.yml: by a restart, and by the reload of a file of somebody else's.
        ("max_connections", "57"),
        ("work_mem", "7MB"),
    ],
)
def test_settings_are_in_effect(host, setting, value):
    assert sql(host, f"show {setting}") == value


def test_nothing_waits_for_a_restart(host):
    assert sql(host, "select count(*) from pg_settings where pending_restart") == "0"


def test_contributed_extensions_are_there(host):
    query = "select count(*) from pg_available_extensions where name in ('pgcrypto', 'pg_trgm')"
    assert sql(host, query) == "2"


def test_the_settings_file_is_the_servers_alone_to_write(host, version):
    file = host.file(f"/etc/postgresql/{version}/main/conf.d/flaskops.conf")
    assert (file.user, file.group, file.mode) == ("postgres", "postgres", 0o644)
