#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: flask_db_upgrade
short_description: Bring the database to the newest revision of an application's migrations
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - Runs C(flask db upgrade) as the application's user, in its virtual environment, with the
    environment file that its service uses.
  - Asks Alembic for the current and the pending revisions first, through the application's own
    C(env.py), and runs the upgrade only where a revision is pending.
  - Passwords are masked in all that it returns.
attributes:
  check_mode:
    support: full
    description: Returns the pending revisions without applying them.
  diff_mode:
    support: full
    description: Shows the revisions before and after.
  platform:
    support: full
    platforms: posix
    description: Hosts on which the application is installed.
requirements:
  - Flask-Migrate in the application's virtual environment
  - Python 3.9 or newer on the host
options:
  user:
    description: The system user to run as.
    type: str
    required: true
  directory:
    description: The application's working directory.
    type: path
    required: true
  virtualenv:
    description: The application's virtual environment.
    type: path
    required: true
  environment_file:
    description: The environment file, read by the rules of systemd's C(EnvironmentFile=).
    type: path
    required: true
  database_url:
    description:
      - The database URL to migrate with, in place of the one in the environment file.
      - Use it to migrate as the role that owns the tables, which the service should not be.
    type: str
  database_url_variable:
    description: The environment variable from which the application reads its database URL.
    type: str
    default: DATABASE_URL
  migrations_directory:
    description: The directory of the migrations. The application's own setting by default.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Migrate as the owner of the tables
  flaskops.stack.flask_db_upgrade:
    user: guestbook
    directory: /srv/guestbook/current
    virtualenv: /srv/guestbook/current/.venv
    environment_file: /etc/flask/guestbook.env
    database_url: "{{ guestbook_owner_url }}"
  become: true
"""

RETURN = r"""
before:
  description: The revisions of the database before.
  returned: success
  type: list
  elements: str
after:
  description: The revisions of the database after; the same as RV(before) in check mode.
  returned: success
  type: list
  elements: str
heads:
  description: The newest revisions that the code has.
  returned: success
  type: list
  elements: str
pending:
  description: The revisions that were not applied before, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    revision:
      description: The revision's identifier.
      type: str
    message:
      description: The revision's message.
      type: str
    file:
      description: The revision's script.
      type: str
output:
  description: The last lines that C(flask db upgrade) printed.
  returned: when it ran
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils import migrations


def converge(application, directory, check_mode):
    """Upgrade where a revision is pending; returns what the module returns."""
    state = migrations.revisions(application, directory)
    result = {
        "before": state["current"],
        "after": state["current"],
        "heads": state["heads"],
        "pending": state["pending"],
    }
    if state["pending"] and not check_mode:
        result["output"] = migrations.upgrade(application, directory)
        result["after"] = migrations.revisions(application, directory)["current"]
        if result["after"] != state["heads"]:
            raise migrations.MigrationError(
                "flask db upgrade reported success, and the database is at "
                f"{_text(result['after'])}, not at {_text(state['heads'])}: {result['output']}"
            )
    return result


def _text(found):
    return ", ".join(found) or "no revision"


def main():
    module = AnsibleModule(
        argument_spec={
            "user": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "virtualenv": {"type": "path", "required": True},
            "environment_file": {"type": "path", "required": True},
            "database_url": {"type": "str", "no_log": True},
            "database_url_variable": {"type": "str", "default": "DATABASE_URL"},
            "migrations_directory": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    params = module.params
    overrides = {}
    if params["database_url"]:
        overrides[params["database_url_variable"]] = params["database_url"]
    try:
        application = migrations.load(
            params["user"],
            params["directory"],
            params["virtualenv"],
            params["environment_file"],
            overrides,
        )
        result = converge(application, params["migrations_directory"], module.check_mode)
    except migrations.MigrationError as exc:
        module.fail_json(msg=str(exc))
    target = result["heads"] if result["pending"] else result["after"]
    module.exit_json(
        changed=bool(result["pending"]),
        diff={"before": _text(result["before"]) + "\n", "after": _text(target) + "\n"},
        **result,
    )


if __name__ == "__main__":
    main()
