"""The wiring between the roles is a default: what anybody says wins, in Ansible's own order."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils import _module

PLAYBOOK = """\
- name: Wire the roles
  hosts: all
  gather_facts: false
  vars: {said}
  tasks:
    - name: Know the roles
      ansible.builtin.import_role:
        name: flaskops.stack.site_common
        tasks_from: wiring

    - name: Show what they take
      ansible.builtin.debug:
        msg: "{{{{ inventory_hostname }}}}: {{{{ taken | to_json }}}};"
      vars:
        taken:
          port: "{{{{ [postgresql_port, database_port, app_database_port, pg_hba_port] }}}}"
          database: "{{{{ [database_name, app_database_name, pg_hba_block] }}}}"
          host: "{{{{ app_database_host }}}}"
          sslmode: "{{{{ app_database_sslmode }}}}"
          release: "{{{{ postgresql_release }}}}"
          directory: "{{{{ gunicorn_directory }}}}"
          wsgi: "{{{{ gunicorn_wsgi }}}}"
          asked: "{{{{ _site_live | selectattr('database_variables', 'defined')
            | map(attribute='database_variables') | list + [migrations_database_variables] }}}}"
          environment: "{{{{ _app_environment }}}}"
          pg_hba: "{{{{ _pg_hba_entries | map(attribute='address') | list }}}}"
"""
INVENTORY = """\
all:
  vars:
    app_name: shop
    app_source: /src
    app_version: "1"
    app_secret_key: x
    database_password: x
    _site_known: {stdout: "release=trixie;\\naddress=10.0.0.1;"}
  children:
    database: {hosts: {db1: HOST}}
    app: {hosts: {web1: {_site_known: {stdout: "address=10.0.0.2;"}}}}
"""


@pytest.fixture
def taken(tmp_path):
    """A function that returns what each host takes, where host db1, the play and the command line
    say something."""

    def run(host=(), play=(), command=()):
        said = json.dumps({**dict(host), "ansible_connection": "local"})
        (tmp_path / "hosts.yml").write_text(INVENTORY.replace("HOST", said))
        (tmp_path / "play.yml").write_text(PLAYBOOK.format(said=json.dumps(dict(play))))
        options = ["--inventory=hosts.yml", f"--extra-vars={json.dumps(dict(command))}"]
        # A checkout's configuration says neither where the collection is nor how results are shown.
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(Path(_module.__file__).parents[5]),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        }
        done = subprocess.run(
            ["ansible-playbook", *options, "play.yml"], cwd=tmp_path, env=environment,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.findall(r"(\w+): (\{.*\});", done.stdout.replace('\\"', '"'))
        return {name: json.loads(text) for name, text in found}

    return run


def test_what_nobody_says_is_wired(taken):
    found = taken()
    assert found["db1"]["port"] == found["web1"]["port"] == [5432] * 4
    assert found["db1"]["database"] == ["shop", "shop", "flaskops.stack shop"]
    assert (found["web1"]["host"], found["web1"]["sslmode"]) == ("10.0.0.1", "require")
    assert (found["db1"]["host"], found["db1"]["sslmode"]) == ("127.0.0.1", "")
    assert found["db1"]["release"] == "trixie"
    assert found["web1"]["directory"] == "/srv/shop/current"
    assert found["db1"]["pg_hba"] == [[], ["10.0.0.2"]]


def test_what_a_host_says_of_its_server_reaches_the_others(taken):
    found = taken(host={"postgresql_port": 5433})
    assert found["db1"]["port"] == found["web1"]["port"] == [5433] * 4


@pytest.mark.parametrize("level", ["play", "command"])
def test_what_a_play_or_the_command_line_says_counts(taken, level):
    said = {"database_port": 6000, "database_name": "orders", "app_wsgi": "shop:create_app()"}
    found = taken(**{level: said})
    for host in ("db1", "web1"):
        assert found[host]["port"] == [6000] * 4
        assert found[host]["database"] == ["orders", "orders", "flaskops.stack orders"]
        assert found[host]["wsgi"] == "shop:create_app()"


def test_of_several_the_last_wins(taken):
    host, play, command = ({"postgresql_port": port} for port in (6001, 6002, 6003))
    assert taken(host=host, play=play)["db1"]["port"][0] == 6002
    assert taken(host=host, play=play, command=command)["db1"]["port"][0] == 6003


def test_what_users_say_of_pg_hba_comes_behind_the_wiring(taken):
    entry = {"database": ["x"], "user": ["x"], "address": ["192.0.2.0/24"]}
    found = taken(host={"pg_hba_entries": [entry]})
    assert found["db1"]["pg_hba"] == [[], ["10.0.0.2"], ["192.0.2.0/24"]]


PARTS = {"host": "DB_HOST", "name": "DB_NAME", "user": "DB_USER", "password": "DB_PASSWORD"}
LIBPQ = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}


@pytest.mark.parametrize(
    ("said", "asked", "environment"),
    [
        ({}, {"url": "DATABASE_URL"}, {"DATABASE_URL"}),
        ({"app_database_url_variable": "SHOP_DB"}, {"url": "SHOP_DB"}, {"SHOP_DB"}),
        # The server is on another host, and wants TLS.
        ({"app_database_variables": PARTS}, {**LIBPQ, **PARTS}, {*PARTS.values(), "PGSSLMODE"}),
        (
            {"app_database_variables": {**PARTS, "sslmode": "DB_TLS"}},
            {**LIBPQ, **PARTS, "sslmode": "DB_TLS"},
            {*PARTS.values(), "DB_TLS"},
        ),
        (
            {"app_database_variables": PARTS, "app_database_url_variable": "SHOP_DB"},
            {"url": "SHOP_DB", **LIBPQ, **PARTS},
            {"SHOP_DB", *PARTS.values(), "PGSSLMODE"},
        ),
    ],
)
def test_all_questions_go_by_the_variables_that_the_application_reads(
    taken, said, asked, environment
):
    found = taken(play=said)["web1"]
    assert found["asked"] == [asked] * 3
    assert (
        found["environment"].keys() - {"SECRET_KEY", "FLASK_APP", "STATE_DIRECTORY"} == environment
    )
