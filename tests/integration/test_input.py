"""Mistakes in the input: refused, by the variable's name, before anything changes."""

import importlib
import json
import os
import subprocess
from pathlib import Path

import hosts
import pytest

CHECKOUT = Path(__file__).parents[2]
HOST = "flaskops-input"
GOOD = {
    "app_name": "guestbook",
    "app_source": str(CHECKOUT / "examples" / "guestbook"),
    "app_secret_key": "0123456789abcdef",
    "database_password": "hunter2/hunter2",
}
PARTS = {"host": "DB_HOST", "name": "DB_NAME", "user": "DB_USER", "password": "DB_PASSWORD"}
TEMPLATE = str(CHECKOUT / "tests" / "integration" / "applications" / "ledger.cfg.j2")
SETTINGS = {"app_settings_template": TEMPLATE, "app_settings_variable": "SHOP_CFG"}


@pytest.fixture(scope="module")
def host():
    try:
        line = hosts.start(HOST, "bookworm")
        # Ansible leaves its own directory behind at the first connection.
        inside("mkdir -p /root/.ansible/tmp")
        yield line
    finally:
        hosts.destroy(HOST)


def inside(command):
    done = subprocess.run(
        ["docker", "exec", HOST, "sh", "-c", command], capture_output=True, text=True, check=True
    )
    return done.stdout


def state():
    """All that is on the host, except what a running system writes by itself."""
    changed = subprocess.run(
        ["docker", "diff", HOST], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    own = ("/var/log", "/var/lib/systemd", "/root/.ansible", "/var/tmp", "/tmp", "/run")
    parents = ("/var", "/var/lib", "/root")
    paths = {line[2:]: line for line in changed}
    return {
        path: line
        for path, line in paths.items()
        if not path.startswith(own) and path not in parents
    }


def site(line, tmp_path, variables, groups=("database", "app"), arguments=()):
    return play(tmp_path, "".join(f"[{group}]\n{line}\n" for group in groups), variables, arguments)


def play(tmp_path, text, variables, arguments=()):
    """Run site.yml with an inventory."""
    inventory = tmp_path / "hosts"
    inventory.write_text(text)
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.json").write_text(json.dumps(variables))
    return subprocess.run(
        ["ansible-playbook", "-i", inventory, "playbooks/site.yml", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )


MISTAKES = [
    (
        dict.fromkeys(GOOD),
        "Declare app_name, app_source, app_secret_key, database_password for all hosts",
    ),
    ({"database_password": None}, "Declare database_password for all hosts"),
    ({"app_secret_key": None, "app_name": None}, "Declare app_name, app_secret_key for all hosts"),
    ({"app_source": None}, "Declare app_source for all hosts"),
    # It is the variable that names what is not there, not those that follow from it.
    (
        {"database_password": "{{ vault_password }}"},
        "database_password cannot be worked out: 'vault_password' is undefined.",
    ),
    ({"app_name": "{{ nobody }}"}, "app_name cannot be worked out: 'nobody' is undefined."),
    (
        {"app_environment": {"KEY": "{{ nobody.key }}"}},
        "app_environment cannot be worked out: 'nobody' is undefined.",
    ),
    ({"nginx_port": "{{ nobody }}"}, "nginx_port cannot be worked out: 'nobody' is undefined."),
    (
        {"site_request_path": "{{ nobody }}"},
        "site_request_path cannot be worked out: 'nobody' is undefined.",
    ),
    ({"database_password": ""}, "database_password is empty"),
    ({"database_password": "{{ none }}"}, "database_password has no value (null)"),
    ({"database_owner_password": "{{ none }}"}, "database_owner_password has no value (null)"),
    ({"app_name": "guest/book"}, 'app_name is "guest/book"'),
    ({"app_name": "../guestbook"}, 'app_name is "../guestbook"'),
    # What YAML makes a number is a text all the same: it is the last of these that is refused.
    ({"postgresql_version": 15, "app_name": "1"}, 'app_name is "1"'),
    # But a secret may have become another one: 0123 is 83, and yes is true.
    ({"database_password": 12345678}, "database_password is a number to YAML"),
    ({"app_secret_key": True}, "app_secret_key is a truth value to YAML"),
    (
        {"database_password": "md5" + 32 * "0"},
        "database_password has the form of a stored verifier",
    ),
    ({"app_secret_key": "0123456789abcdef\0"}, "app_secret_key has NUL in it"),
    ({"app_name": "postgres"}, 'app_name is "postgres"'),
    # Somebody else's: a group, users, units, by looking and not by a list.
    ({"app_name": "users"}, "has the group users, which this collection did not make"),
    ({"app_name": "shadow"}, "has the group shadow"),
    ({"app_name": "mail"}, "has the user mail, whose home is /var/mail"),
    ({"app_name": "dbus"}, "the unit /lib/systemd/system/dbus.service"),
    ({"app_enviroment": {"A": "x"}}, "no variable app_enviroment; did you mean app_environment?"),
    ({"gunicorn_socket": "/run/x.sock\nUser=root"}, "gunicorn_socket has a line end in it"),
    (
        {"nginx_directives": "return 200; } server {"},
        "nginx_directives: it has a } too many.",
    ),
    (
        {"nginx_locations": [{"path": "/x", "directives": "deny all"}]},
        "nginx_locations, /x: deny has no ; at its end.",
    ),
    ({"nginx_locations": [{"path": "x"}]}, "nginx_locations has the path x;"),
    ({"nginx_locations": [{"path": "/x"}, {"path": "/x"}]}, "one path has one entry"),
    (
        {"nginx_locations": [{"path": "/x", "redirect": "/y; z"}]},
        "nginx_locations has /y; z; a size",
    ),
    (
        {"nginx_redirect_names": ["www.shop.example"]},
        "its first has to be a whole host name to send to.",
    ),
    ({"nginx_static_root": "/srv; include /etc/shadow"}, "nginx_static_root: a path in nginx's"),
    ({"app_environment": {"KEY": "a\ufffeb"}}, "the value of KEY has the character U+FFFE"),
    ({"app_name": "guestbook\n[Service]"}, "app_name has a line end in it"),
    ({"postgresql_port": "five"}, "postgresql_port"),
    (
        {"postgresql_settings": {"port": 5433, "work_mem": "8MB"}},
        "postgresql_settings has port; the port and the addresses are postgresql_port",
    ),
    ({"postgresql_port": 70000}, 'postgresql_port is "70000"'),
    ({"nginx_port": "eighty"}, "nginx_port"),
    ({"app_source": "/no/such/place"}, 'app_source is "/no/such/place"'),
    ({"app_source": str(CHECKOUT / "docs")}, "neither requirements.txt (app_requirements) nor"),
    ({"app_source": str(CHECKOUT / "README.md")}, "neither a directory, nor an archive"),
    (
        {"app_system_packages": ["libpq-dev=15"]},
        "app_system_packages or app_build_packages has libpq-dev=15; ",
    ),
    (
        {"app_shared_paths": ["/srv/uploads"]},
        "app_shared_paths has '/srv/uploads', which is not a path",
    ),
    (
        {"app_shared_paths": ["static", "static/x"]},
        "app_shared_paths has static/x, which is inside",
    ),
    ({"app_build": ["npm ci && x"]}, "app_build has 'npm ci && x', in which '&&'"),
    ({"app_build": [[]]}, "app_build has [], which names no program"),
    ({"app_build_environment": {"NODE-ENV": "x"}}, "app_build_environment has the names NODE-ENV"),
    (
        {"app_commands": [{"name": "a", "command": "b", "once": "ever"}] * 2},
        "app_commands has the name a twice",
    ),
    (
        {"app_commands": [{"name": "a", "command": "b"}]},
        "Missing required arguments: once found in app_commands.",
    ),
    (
        {"app_commands": [{"name": "a", "command": "b", "once": "never"}]},
        "Value of once must be one of: release, ever, got: never",
    ),
    ({"app_name": "flaskops"}, 'app_name is "flaskops", which is the name of'),
    ({"gunicorn_state_directory": "a/b"}, 'gunicorn_state_directory is "a/b"'),
    ({"app_requirements": "prod.txt"}, "app_requirements is prod.txt, and there is no "),
    ({"app_source": "https://git.example/shop.git"}, "app_version is empty"),
    (
        {"app_source": "https://git.example/shop.git", "app_version": ".."},
        'app_version is ".."; it must be a tag or a commit',
    ),
    ({"app_secret_key": "short"}, "app_secret_key has fewer than 16 characters"),
    ({"database_name": "template1"}, 'database_name is "template1", which is the server'),
    ({"database_name": "all"}, 'database_name is "all"'),
    ({"database_schema": "pg_catalog"}, 'database_schema is "pg_catalog", which is the server'),
    ({"database_schema": "information_schema"}, 'database_schema is "information_schema"'),
    ({"database_user": "pg_app"}, 'database_user is "pg_app"'),
    ({"database_owner": "public"}, 'database_owner "public"'),
    ({"database_connection_limit": 0}, 'database_connection_limit is "0"'),
    ({"database_extensions": ["pg_trgm; drop"]}, "database_extensions has pg_trgm; drop"),
    ({"postgresql_listen_addresses": ["999.1.1.1"]}, "postgresql_listen_addresses is 999.1.1.1"),
    (
        {"database_port": 5433, "postgresql_port": 5434},
        "postgresql_port is 5434 and database_port is 5433",
    ),
    ({"nginx_port": 5432}, "nginx_port or nginx_tls_port is 5432"),
    ({"app_environment": {"MY-KEY": "x"}}, "app_environment has the names MY-KEY; "),
    ({"app_environment": {"GUNICORN_CMD_ARGS": "-D"}}, "app_environment has GUNICORN_CMD_ARGS"),
    (
        {"app_environment": {"DATABASE_URL": "postgres://u:p@h/d"}},
        "app_environment has a DATABASE_URL that does not begin with postgresql://",
    ),
    (
        {"app_database_url_variable": "SHOP_DB", "app_environment": {"SHOP_DB": "postgres://h/d"}},
        "app_environment has a SHOP_DB that does not begin with postgresql://",
    ),
    # How the application gets its database.
    ({"app_database_url_variable": "SHOP-DB"}, "SHOP-DB in app_database_url_variable, "),
    ({"app_database_url_variable": "A\nB=1"}, "app_database_url_variable has a line end in it"),
    ({"app_database_url_variable": ""}, "app_database_variables are both empty"),
    ({"app_database_url_variable": "SECRET_KEY"}, "SECRET_KEY is the name of more than one"),
    (
        {"app_database_variables": {**PARTS, "user": "DB_HOST"}},
        "DB_HOST is the name of more than one environment variable",
    ),
    ({"app_database_variables": {**PARTS, "user": "1"}}, "1 in app_database_url_variable, "),
    ({"app_database_variables": {**PARTS, "pass": "P"}}, "app_database_variables has pass; the"),
    ({"app_database_variables": {"host": "H"}}, "names no variable for name, user, password;"),
    (
        {"app_database_variables": PARTS, "database_port": 5433},
        "app_database_variables names no variable for port, and the database's is 5433",
    ),
    ({"app_database_variables": "DB_HOST"}, "app_database_variables"),
    ({"app_settings_template": TEMPLATE}, "an application that reads a settings file needs both"),
    ({"app_settings_variable": "SHOP_CFG"}, "an application that reads a settings file needs both"),
    (
        {**SETTINGS, "app_settings_template": "/none.j2"},
        "there is no file /none.j2 on the controller",
    ),
    (SETTINGS, f"{TEMPLATE} cannot be rendered: 'ledger_mail_password' is undefined."),
    ({**SETTINGS, "app_settings_file": "../x"}, 'app_settings_file is "../x"'),
    ({**SETTINGS, "app_settings_file": "guestbook.env"}, 'app_settings_file is "guestbook.env"'),
    ({**SETTINGS, "app_settings_variable": "FLASK_APP"}, "FLASK_APP is the name of more than one"),
    (
        {**SETTINGS, "app_environment": {"SHOP_CFG": "/x"}},
        'app_settings_variable is "SHOP_CFG", and app_environment has it too',
    ),
    ({"app_environment": {"KEY": ["x"]}}, "the value of KEY: expected text"),
    ({"pg_hba_entries": [{"database": ["x"], "user": ["x"]}]}, "pg_hba_entries[0]"),
    ({"gunicorn_workers": 0}, "gunicorn_workers"),
    ({"gunicorn_options": ["--daemon"]}, "gunicorn_options has --daemon; the unit runs in the"),
    ({"gunicorn_options": ["--daem"]}, "gunicorn_options has --daem; the unit runs in the"),
    ({"gunicorn_service_options": {"Nice": "5 \\ "}}, "a value that ends with a backslash"),
    ({"gunicorn_service_options": {"Exec Start": "x"}}, "gunicorn_service_options has the names"),
    (
        {"redis_variables": ["REDIS_URL"], "redis_port": 6380},
        "redis_password is empty; everybody on",
    ),
    (
        {"redis_variables": ["DATABASE_URL"]},
        "redis_variables has DATABASE_URL, which has another value",
    ),
    ({"redis_variables": ["RE DIS"]}, "redis_variables has RE DIS; the name"),
    (
        {"redis_variables": ["REDIS_URL"], "redis_settings": {"port": 1}},
        "redis_settings has port, which the role decides",
    ),
    (
        {"redis_variables": ["REDIS_URL"], "redis_settings": {"save": "1 1\nport 1"}},
        "redis_settings has a value with a control character or a line end",
    ),
    ({"database_owner": "guestbook"}, 'database_owner and database_user are both "guestbook"'),
    ({"migrations_method": "alembik"}, "Value of migrations_method must be one of"),
    (
        {"migrations_method": "alembic", "migrations_alembic_config": ""},
        "migrations_alembic_config",
    ),
    ({"migrations_method": "command"}, "migrations_command is []"),
    ({"migrations_command": ["flask", "init-db"]}, 'migrations_method is "flask_migrate"'),
    ({"migrations_method": "command", "migrations_command": ["flask", ""]}, "a list of words"),
    ({"migrations_method": "none", "migrations_stamp": "0001"}, "which has no revisions"),
    ({"migrations_method": "application"}, "database_owner must be database_user"),
    (
        {"migrations_method": "application", "database_owner": "guestbook"},
        "database_owner_password must be database_password",
    ),
    ({"app_database_driver": "asyncpg"}, "app_database_driver"),
    (
        {"nginx_tls_certificate": "/etc/ssl/x.pem"},
        "nginx_tls_certificate and nginx_tls_private_key",
    ),
]


@pytest.mark.rows(8)
@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_a_mistake_is_named_and_nothing_changes(host, tmp_path, change, message):
    variables = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    before = state()
    done = site(host, tmp_path, variables)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert message in output
    # Alone, without the way to it through all templates.
    assert "caused by" not in output
    assert output.count("[ERROR]") == 1
    assert "hunter2" not in output
    assert state() == before


def test_a_release_that_is_not_supported(host, tmp_path):
    inside("cp /etc/os-release /root/os-release")
    inside("sed 's/bookworm/sid/; s/^VERSION_ID.*//' /root/os-release > /etc/os-release")
    try:
        done = site(host, tmp_path, GOOD)
    finally:
        inside("cat /root/os-release > /etc/os-release")
    output = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert 'runs the release "sid" (postgresql_release)' in output
    assert "bookworm and trixie" in output


def test_a_cluster_of_another_version(host, tmp_path):
    inside("mkdir -p /etc/postgresql/13/main && touch /etc/postgresql/13/main/postgresql.conf")
    before = state()
    try:
        done = site(host, tmp_path, GOOD)
        assert state() == before
    finally:
        inside("rm -r /etc/postgresql")
    output = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert 'postgresql_version is "15"' in output
    assert "has version 13" in output


def test_an_application_without_a_database(host, tmp_path):
    done = site(host, tmp_path, GOOD, groups=["app"])
    output = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "declare app_database_host and database_owner_password" in output


def test_without_the_collection_that_it_needs(host, tmp_path, monkeypatch):
    """Nobody but this one and the one that connects is there."""
    found = importlib.import_module("ansible_collections.community.docker")
    for name, folder in (("flaskops/stack", CHECKOUT), ("community/docker", *found.__path__)):
        place = tmp_path / "ansible_collections" / name
        place.parent.mkdir(parents=True)
        place.symlink_to(folder)
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path))
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_SCAN_SYS_PATH", "false")
    before = state()
    done = site(host, tmp_path, GOOD)
    output = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "The collection community.postgresql is not installed here." in output
    assert 'ansible-galaxy collection install "community.postgresql:>=4.1.0"' in output
    assert state() == before


OTHER = 'app_name is "guestbook" on db, a and "two" on b'
SHARED = [
    ("another application", [], "app_name=two", ["database"], OTHER),
    ("another one in check mode", ["--check"], "app_name=two", ["database"], OTHER),
    ("another database", ["--check"], "database_name=two", ["database"],
     'database_name is "guestbook" on db, a and "two" on b'),
    ("the same database", ["--check"], "app_name=two database_name=guestbook", ["database"], OTHER),
    ("the same role with another password", ["--check"],
     "database_user=guestbook database_password=another-1", ["database"],
     "database_password is not the same on db, b"),
    ("a server that somebody else runs", [], "app_name=two", [],
     'app_name is "guestbook" on a and "two" on b'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said", "groups", "message"),
    [s[1:] for s in SHARED],
    ids=[s[0] for s in SHARED],
)
def test_applications_that_would_share_a_database_host(
    host, tmp_path, arguments, said, groups, message
):
    rest = host.partition(" ")[2]
    text = f"[app]\na {rest}\nb {rest} {said}\n" + f"[database]\ndb {rest}\n" * len(groups)
    foreign = {"app_database_host": "192.0.2.1", "database_owner_password": "hunter2/hunter2"}
    values = {**GOOD, **({} if groups else foreign)}
    before = state()
    done = play(tmp_path, text, values, arguments)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert message in output
    assert "Give each application an inventory of its own" in output
    assert "another-1" not in output
    assert state() == before


@pytest.fixture(scope="module")
def converged():
    """A host with the guestbook, whose server can be asked."""
    name = f"{HOST}-converged"
    hosts.converged("site")
    try:
        yield hosts.start(name, "trixie", "site")
    finally:
        hosts.destroy(name)


# Each with all of what the run has to say.
BY_THE_SERVER = {
    "settings": (
        {
            "database_role_settings": {
                "statement_timeout": "soon",
                "statement_timout": "5s",
                "shared_buffers": "1GB",
                # It is in effect for no moment, or it would end the session.
                "idle_in_transaction_session_timeout": 1,
                "work_mem": "an apple",
            }
        },
        [
            'invalid value for parameter "statement_timeout": "soon"',
            'unrecognized configuration parameter "statement_timout"',
            'parameter "shared_buffers" cannot be changed without restarting the server',
            'invalid value for parameter "work_mem"',
        ],
    ),
    "settings of roles that are to be made": (
        {
            "database_name": "fresh",
            "database_user": "fresh",
            "database_owner": "fresh_owner",
            "database_role_settings": {"work_mem": "an apple"},
        },
        ["Correct work_mem in database_role_settings"],
    ),
    "what the database was made with": (
        {
            "database_extensions": ["pg_trgm", "pg_trigram"],
            "database_encoding": "LATIN1",
            "database_locale": "xx_YY.UTF-8",
        },
        ["unavailable pg_trigram", "UTF8, and not LATIN1.", "and not xx_YY.UTF-8."],
    ),
    "a database that is to be made": (
        {
            "database_name": "fresh",
            "database_extensions": ["pg_trigram"],
            "database_encoding": "UTF9",
            "database_locale": "xx_YY.UTF-8",
        },
        ["unavailable pg_trigram", "Correct database_encoding", "Correct database_locale"],
    ),
}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, way) for name in BY_THE_SERVER for way in ([], ["--check"])],
)
def test_what_the_server_does_not_take_is_refused_before_anything_changes(
    converged, tmp_path, name, arguments
):
    mistake, messages = BY_THE_SERVER[name]
    done = site(converged, tmp_path, {**GOOD, **mistake}, arguments=arguments)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0, output
    assert [message for message in messages if message not in output] == [], output
    # In check mode, what would change counts as changed.
    assert arguments or "changed=0" in output
    assert "Traceback" not in output


TAKEN = [
    ("nginx's port", "80", {}, "listens on port 80, and nginx could not"),
    ("another port of nginx", "8000", {"nginx_port": 8000}, "or declare another nginx_port"),
    ("PostgreSQL's port", "5432", {}, "listens on port 5432, and PostgreSQL could not"),
]


@pytest.mark.parametrize(
    ("address", "port", "variables", "message"),
    [(address, *t[1:]) for t in TAKEN for address in ("127.0.0.1", "::")],
)
def test_a_port_that_another_program_has(host, tmp_path, port, variables, message, address):
    program = (
        "import socket, time; f = socket.AF_INET6 if ':' in '{0}' else socket.AF_INET;"
        " s = socket.create_server(('{0}', {1}), family=f); time.sleep(600)"
    )
    inside(f'systemd-run --unit=thief python3 -c "{program.format(address, port)}"; sleep 0.5')
    before = state()
    try:
        done = site(host, tmp_path, {**GOOD, **variables})
        assert state() == before
    finally:
        inside("systemctl stop thief")
    output = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "python3 ... (process " in output
    assert message in output


def test_settings_that_nobody_can_try_in_a_session_are_taken(converged, tmp_path):
    settings = {"log_connections": "on", "statement_timeout": "1ms", "app.name": "guestbook"}
    variables = {**GOOD, "database_role_settings": settings}
    done = site(converged, tmp_path, variables, arguments=["--check"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "log_connections" in done.stdout


def test_check_mode_completes_on_a_bare_host_and_says_what_it_would_make(host, tmp_path):
    before = state()
    done = site(host, tmp_path, GOOD, arguments=["--check", "--diff"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    assert "changed=1" in done.stdout
    for made in (
        "missing     postgresql: package postgresql-15",
        "follows     database: database guestbook",
        "missing     pg_hba: pg_hba /etc/postgresql/15/main/pg_hba.conf",
        "missing     app: user guestbook",
        "follows     migrations: migrations guestbook",
        "missing     gunicorn: unit guestbook.socket",
        "missing     nginx: link /etc/nginx/sites-enabled/guestbook",
    ):
        assert made in done.stdout
    assert state() == before
