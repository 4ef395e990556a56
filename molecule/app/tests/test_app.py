import json
from urllib.parse import unquote, urlsplit

import pytest
from postgres import PASSWORD

PYTHON = "/srv/guestbook/current/.venv/bin/python"
AS_SYSTEMD = (
    "systemd-run --quiet --wait --pipe --property=EnvironmentFile=%s"
    " python3 -c 'import json, os; print(json.dumps(dict(os.environ)))'"
)


@pytest.fixture
def environment(host):
    return json.loads(host.check_output(AS_SYSTEMD, "/etc/flask/guestbook.env"))


def test_the_user_cannot_log_in(host):
    user = host.user("guestbook")
    assert user.shell == "/usr/sbin/nologin"
    assert user.uid < 1000
    assert host.check_output("passwd --status guestbook").split()[1] == "L"


def test_the_environment_file_is_root_to_write_and_the_applications_to_read(host):
    file = host.file("/etc/flask/guestbook.env")
    assert (file.user, file.group, file.mode) == ("root", "guestbook", 0o640)
    assert host.run("su -s /bin/sh nobody -c 'cat /etc/flask/guestbook.env'").rc != 0


def test_systemd_reads_the_secret_key_as_it_was_declared(environment):
    assert environment["SECRET_KEY"] == 'a `key` with $dollars, "quotes", \'#;=\\ and ünïcode '


def test_systemd_reads_the_users_variables_as_they_were_declared(environment):
    assert environment["GREETING"] == "two\nlines % and \\backslashes\\"
    assert environment["FORCE_HTTPS"] == "false"
    assert environment["FLASK_APP"] == "wsgi:app"


def test_the_database_url_has_the_password_encoded(environment):
    url = urlsplit(environment["DATABASE_URL"])
    assert (url.scheme, url.hostname, url.port) == ("postgresql", "127.0.0.1", 5432)
    assert (url.username, unquote(url.password), url.path) == ("guestbook", PASSWORD, "/guestbook")


def test_sqlalchemy_reads_the_same_password(host):
    code = (
        "import os, sqlalchemy as s; print(s.make_url(os.environ['DATABASE_URL']).password, end='')"
    )
    read = host.check_output(
        "systemd-run --quiet --wait --pipe --property=EnvironmentFile=%s %s -c %s",
        "/etc/flask/guestbook.env",
        PYTHON,
        code,
    )
    assert read == PASSWORD


def test_code_and_packages_are_nobodys_to_change_but_roots(host):
    writable = host.check_output(
        "find /srv/guestbook/ -not -type l '(' -not -user root -o -perm /022 ')' | head -n 3"
    )
    assert writable == ""


@pytest.mark.parametrize("module", ["flask", "gunicorn", "psycopg2", "psycopg", "flask_migrate"])
def test_the_virtual_environment_has(host, module):
    assert host.run(f"su -s /bin/sh guestbook -c '{PYTHON} -c \"import {module}\"'").rc == 0


def test_current_is_a_link_to_a_complete_release(host):
    current = host.file("/srv/guestbook/current")
    assert current.is_symlink
    assert host.file("/srv/guestbook/current/.complete").exists


def test_the_programs_of_each_release_are_its_own(host):
    releases = host.check_output("ls -d /srv/guestbook/releases/*").split()
    for release in releases:
        programs = f"{release}/.venv/bin"
        assert host.run(f"{programs}/flask --version").rc == 0
        first = host.check_output(f"head -n 1 {programs}/flask")
        assert first.startswith(f"#!{programs}/python")
        [other] = set(releases) - {release}
        assert host.run(f"grep -rlFI {other} {programs} {programs}/../pyvenv.cfg").stdout == ""


def test_both_releases_are_kept(host):
    assert host.check_output("ls -d /srv/guestbook/releases/*/ | wc -l") == "2"


def test_local_files_of_the_source_stay_behind(host):
    found = host.check_output(
        "find /srv/guestbook/current/ -name .venv -prune -o -name __pycache__ -print"
    )
    assert found == ""


def test_an_application_with_pyproject_is_installed(host):
    folder = "/srv/packaged/current/packaged-1.0"
    python = "/srv/packaged/current/.venv/bin/python"
    assert host.file(f"{folder}/pyproject.toml").exists
    assert host.run(f"cd / && {python} -c 'import packaged, gunicorn, psycopg'").rc == 0
    assert host.run(f"{python} -c 'import psycopg2'").rc != 0
    url = json.loads(host.check_output(AS_SYSTEMD, "/etc/flask/packaged.env"))["DATABASE_URL"]
    assert url.startswith("postgresql+psycopg://packaged:")
