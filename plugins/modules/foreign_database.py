#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: foreign_database
short_description: Put right what its owner may in a database on a server that somebody else runs
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Logs in over the network as O(login_user), usually the database's owner, and makes of the
    application's role, the owner's settings, the schema and the extensions what was declared, as
    far as this role may. What it may not is left as it is; M(flaskops.stack.drift_info) reports it,
    with the SQL that an administrator of the server has to run.
  - With an owner that has C(CREATEROLE), the application's role is created and altered too.
attributes:
  check_mode:
    support: full
    description: Returns the statements without running them.
  diff_mode:
    support: full
    description: Shows the statements.
  platform:
    support: full
    platforms: posix
    description: Hosts that reach the server.
requirements:
  - psycopg2 on the host
options:
  database:
    description: The database.
    type: str
    required: true
  schema:
    description: The schema of the application's tables.
    type: str
    required: true
  owner:
    description: The role that owns the database and all that is in it.
    type: str
    required: true
  role:
    description: The role that the application works as.
    type: str
    required: true
  password:
    description: The password with which O(role) is created, where it is not there.
    type: str
    default: ""
  extensions:
    description: Extensions to create. An owner may create those that are trusted.
    type: list
    elements: str
    default: []
  settings:
    description: Settings that every session of both roles starts with.
    type: dict
    default: {}
  connection_limit:
    description: The number of connections that O(role) may have; V(-1) is no limit.
    type: int
    default: -1
  login_host:
    description: The server's host.
    type: str
    default: ""
  login_password:
    description: The password of O(login_user).
    type: str
    default: ""
  login_sslmode:
    description: The sslmode of libpq.
    type: str
    default: ""
  login_sslrootcert:
    description: The file with the authorities to trust.
    type: str
    default: ""
extends_documentation_fragment:
  - flaskops.stack.login
seealso:
  - module: flaskops.stack.database_privileges
"""

EXAMPLES = r"""
- name: Prepare what the owner may
  flaskops.stack.foreign_database:
    database: shop
    schema: shop
    owner: shop_owner
    role: shop
    password: "{{ shop_password }}"
    extensions: [citext]
    login_user: shop_owner
    login_host: db.example.com
    login_password: "{{ shop_owner_password }}"
"""

RETURN = r"""
statements:
  description: The SQL that was run, or would be in check mode, in its order, without passwords.
  returned: success
  type: list
  elements: str
  sample:
    - CREATE EXTENSION "citext"
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    foreign_database,
    password_verifier,
    session,
)


def apply(cursor: Any, params: Mapping[str, Any]) -> list[str]:
    """Run what may be run, step by step, and return its SQL: each may make others possible."""
    texts: list[str] = []
    while True:
        actual = foreign_database.read(cursor, params)
        found = [step for step in foreign_database.steps(params, actual) if step.may]
        found = [step for step in found if foreign_database.text(step.statement) not in texts]
        if not found:
            return texts
        for step in found:
            cursor.execute(complete(step, params))
            texts.append(foreign_database.text(step.statement))


def complete(step: foreign_database.Step, params: Mapping[str, Any]) -> Any:
    """The statement; a role that is created gets its password, as a verifier."""
    if (step.check, step.subject) != ("role", params["role"]) or not params["password"]:
        return step.statement
    verifier = password_verifier.make(params["password"])
    return step.statement + session.sql.SQL(" PASSWORD {}").format(session.sql.Literal(verifier))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "database": {"type": "str", "required": True},
            "schema": {"type": "str", "required": True},
            "owner": {"type": "str", "required": True},
            "role": {"type": "str", "required": True},
            "password": {"type": "str", "default": "", "no_log": True},
            "extensions": {"type": "list", "elements": "str", "default": []},
            "settings": {"type": "dict", "default": {}},
            "connection_limit": {"type": "int", "default": -1},
            **session.login_options(),
            **session.network_options(),
        },
        supports_check_mode=True,
    )
    if session.PSYCOPG2_IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("psycopg2"), exception=session.PSYCOPG2_IMPORT_ERROR
        )
    params = module.params
    try:
        with session.session(params, params["database"]) as cursor:
            texts = apply(cursor, params)
            if module.check_mode:
                cursor.connection.rollback()
    except session.PoolerError:
        # What the pooler does not let through is reported by the comparison.
        texts = []
    except session.ServerError as exc:
        module.fail_json(msg=f"database {params['database']}: {exc}")
    diff = {"before": "", "after": "".join(f"{text};\n" for text in texts)}
    module.exit_json(changed=bool(texts), statements=texts, diff=diff)


if __name__ == "__main__":
    main()
