#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: connection_info
short_description: Find the first layer that keeps a Flask application from its PostgreSQL database
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Goes the way from an application to its database layer by layer, on the application's host, as
    its user, with the environment file that is installed (read by systemd's rules) and the driver
    in the virtual environment that Gunicorn uses; and names the first layer that fails, with a
    stable code, the usual cause and the remedy.
  - Layers that do not depend on the one that failed are looked at all the same.
  - SQLSTATEs, the names of the server's routines and the numbers of OpenSSL and of the resolver
    decide, and no message's text, so a server that speaks another language gives the same codes.
  - Where the driver does not get in, the login is tried once more by hand to learn why. So a wrong
    password is seen twice in the server's log.
  - Changes nothing. Its one transaction in the database is read-only.
  - >-
    The layers: V(config), the service gets a database URL; V(url), SQLAlchemy and libpq understand
    it; V(driver), the driver can be imported; V(dns), the host's name has an address; V(tcp), a
    server that takes sessions listens there; V(tls), both sides agree on encryption, and the
    certificate is trusted; V(auth), the role and its password are accepted; V(database), the
    database exists, takes connections, and can be written; V(privileges), schema, tables,
    sequences and
    default privileges; V(schema), the database is at the newest revision of the migrations;
    V(capacity), the workers' pools fit into the server's limits; V(service), the running service
    uses what is installed; V(request), a live request is answered.
  - Every code is listed in L(the collection's documentation,
    https://github.com/flaskops/flaskops.stack/blob/main/docs/verdicts.md).
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: none
    description: There is nothing to change.
  platform:
    support: full
    platforms: posix
    description: Hosts on which the application is installed.
requirements:
  - Python 3.9 or newer on the host
  - root on the host, to become the application's user and to read its environment file
options:
  unit:
    description:
      - The application's systemd service. Its C(User=), C(WorkingDirectory=), C(Environment=),
        C(EnvironmentFile=) and C(ExecStart=) say what the other options leave out.
      - Without it, O(user), O(virtualenv) and O(environment_file) are needed, and the layer
        V(service) is skipped.
    type: str
    default: ""
  user:
    description: The system user to run as. By default, the unit's.
    type: str
    default: ""
  directory:
    description: The application's working directory. By default, the unit's.
    type: path
    default: ""
  virtualenv:
    description: The application's virtual environment. By default, that of the unit's program.
    type: path
    default: ""
  environment_file:
    description:
      - The environment file, read by the rules of systemd's C(EnvironmentFile=). By default, those
        that the unit loads.
      - Where it is given and the unit does not load it, that is the finding.
    type: path
    default: ""
  database_url:
    description: The database URL to use in place of the one in the environment file.
    type: str
    default: ""
  database_variables:
    description:
      - The environment variables from which the application reads its database, by what they have,
        which is C(url); or C(host), C(port), C(name), C(user), C(password), and where it is used
        C(sslmode) and C(sslrootcert), of an application that builds its own URL. With both, the URL
        is asked.
    type: dict
    default: {url: DATABASE_URL}
  settings_file:
    description: The settings file that the application reads, whose secrets are masked.
    type: path
    default: ""
  migrations_directory:
    description: The directory of the migrations. The application's own setting by default.
    type: str
    default: ""
  migrations_method:
    description:
      - How the database is migrated. V(flask_migrate) and V(alembic) are asked, the latter by its
        O(alembic_config) alone, whether or not the application can be loaded. With the others, the
        layer V(schema) is skipped; and with V(application), which migrates when it is loaded, it is
        not loaded.
    type: str
    choices: [flask_migrate, alembic, command, application, none]
    default: flask_migrate
    version_added: 1.0.0
  alembic_config:
    description: The C(alembic.ini) of plain Alembic, in O(directory).
    type: str
    default: alembic.ini
    version_added: 1.0.0
  schema:
    description: The schema that the application uses.
    type: str
    default: public
  table_privileges:
    description:
      - What the role needs on every table of the schema, those of later migrations included; on
        C(alembic_version), no more than C(SELECT) is needed.
      - With C(INSERT) among them, it needs C(USAGE) on the sequences too.
    type: list
    elements: str
    choices: [SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER]
    default: [SELECT, INSERT, UPDATE, DELETE]
  migrates:
    description: Whether the role is the one that migrates, and so needs C(CREATE) on the schema.
    type: bool
    default: false
  workers:
    description: The number of worker processes. By default (0), the running service's are counted.
    type: int
    default: 0
  pool_size:
    description: The C(pool_size) of each worker's engine. By default, the application is asked.
    type: int
  max_overflow:
    description: The C(max_overflow) of each worker's engine. By default, the application is asked.
    type: int
  instances:
    description: On how many hosts the application runs with the same role and database.
    type: int
    default: 1
  newer_than:
    description: Files that the service reads at its start, and must not be older than.
    type: list
    elements: path
    default: []
  url:
    description: The URL of a page that reads and writes the database. Without it, the layer
      V(request) is skipped.
    type: str
    default: ""
  url_host:
    description: The C(Host) header of that request. By default, the URL's host.
    type: str
    default: ""
  url_site:
    description: The site of the role nginx that has to answer. By default, any may.
    type: str
    default: ""
  url_socket:
    description: The unix socket that the site passes requests to, on which nobody but the service
      O(unit) may listen.
    type: path
    default: ""
  status:
    description: The statuses that the page may answer with.
    type: list
    elements: int
    default: [200]
  last_layer:
    description: The last layer to look at.
    type: str
    choices:
      [config, url, driver, dns, tcp, tls, auth, database, privileges, schema, capacity, service,
      request, application]
    default: application
  timeout:
    description:
      - The seconds that each step over the network may take. An address that swallows everything
        costs this much, once.
      - It is stretched where the host itself is slow at the moment, as bare starts of Python show.
    type: int
    default: 5
  fail_on_failure:
    description: Whether the task fails where a layer fails. What is merely a warning fails nothing.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Find out why the application has no database
  flaskops.stack.connection_info:
    unit: guestbook.service
    url: http://127.0.0.1/health/database
  become: true

- name: Check the credentials of the owner before a maintenance
  flaskops.stack.connection_info:
    user: guestbook
    virtualenv: /srv/guestbook/current/.venv
    environment_file: /etc/flask/guestbook.env
    database_url: "{{ guestbook_owner_url }}"
    migrates: true
    last_layer: privileges
  become: true
"""

RETURN = r"""
verdict:
  description: What is to blame.
  returned: always
  type: dict
  contains:
    ok:
      description: Whether every layer that was looked at is well.
      type: bool
    status:
      description: V(ok), V(failed), V(warning) for what works and should not stay so, or
        V(not_checked) where nothing is to blame and something could not be looked at.
      type: str
    layer:
      description: The first layer that fails, else the first that warns, else the first that could
        not be looked at; empty where all is well.
      type: str
    code:
      description: The stable code, such as V(auth.wrong_password); V(ok) where all is well.
      type: str
      sample: tcp.refused
    message:
      description: What was found, with passwords masked.
      type: str
      sample: "10.0.0.5:5432: connection refused"
    cause:
      description: How this usually comes about.
      type: str
    remedy:
      description: What to do.
      type: str
layers:
  description: All layers, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    layer:
      description: The layer.
      type: str
    status:
      description: V(ok), V(failed), V(warning), V(skipped) where it needs one that failed, or
        V(not_checked) where it could not be looked at; the message says why.
      type: str
    code:
      description: The code; empty where all is well.
      type: str
    message:
      description: What was found.
      type: str
    milliseconds:
      description: How long it took.
      type: int
    evidence:
      description: Facts such as addresses, versions, the certificate, the roles and limits.
      type: dict
report:
  description: The layers and the verdict as lines for people.
  returned: always
  type: list
  elements: str
attempt:
  description:
    - Who was refused, for M(flaskops.stack.postgresql_login_info) to explain on the database's
      host. The server does not tell a client whether the role, the password or a line of
      pg_hba.conf is
      to blame.
  returned: where the server refused the login
  type: dict
  contains:
    user:
      description: The role.
      type: str
    database:
      description: The database.
      type: str
    address:
      description: The client's address as this host sees it; empty for a unix socket.
      type: str
    tls:
      description: Whether the connection was encrypted.
      type: bool
    port:
      description: The server's port.
      type: int
    code:
      description: The code of the verdict.
      type: str
timeout:
  description: The seconds that each step over the network had, stretched where the host is slow.
  returned: always
  type: int
"""

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import ladder, options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.OPTIONS,
            "last_layer": {
                "type": "str",
                "choices": list(ladder.LAYERS),
                "default": "application",
            },
            "fail_on_failure": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if not 1 <= params["timeout"] <= 300:
        module.fail_json(msg=f"timeout is {params['timeout']}; it is from 1 to 300 seconds")
    try:
        case = Case(options.asked(params))
    except units.SystemdError as exc:
        module.fail_json(msg=str(exc))
    except url.TargetError as exc:
        module.fail_json(msg=f"database_url: {exc}")
    verdict, layers = ladder.diagnose(case, params["last_layer"])
    result = {
        "verdict": verdict,
        "layers": layers,
        "report": [*ladder.ladder(layers), *ladder.explanation(verdict)],
        "attempt": case.refused(verdict["code"]),
        "timeout": case.timeout,
    }
    if verdict["status"] == "failed" and params["fail_on_failure"]:
        text = "{code}: {message}. Cause: {cause} Remedy: {remedy}".format(**verdict)
        module.fail_json(msg=text, **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
