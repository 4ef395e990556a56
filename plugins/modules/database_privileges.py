#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database_privileges
short_description: Make the ownership and the privileges of a schema what was declared
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Compares the owner and the grants of a PostgreSQL database, of one schema in it, of the
    tables, views, columns, sequences and functions in that schema, and the default privileges for
    later ones, with what was declared, and mends every difference in one transaction.
  - Works in both directions. What was declared and is missing is granted; what is there and was
    not declared is revoked, also what PostgreSQL grants to C(PUBLIC) by itself.
  - Objects in the schema that belong to another role are handed to the owner.
  - Members of extensions keep the owner and the grants that their extension gave them.
  - Privileges on types and large objects are not looked at.
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
    description: Hosts with a PostgreSQL server on a unix socket.
requirements:
  - psycopg2 on the host
options:
  database:
    description: The database.
    type: str
    required: true
  schema:
    description: The schema whose objects are looked at.
    type: str
    default: public
  owner:
    description: The role that owns the database, the schema and all that is in it.
    type: str
    required: true
  grants:
    description: What other roles may do. A role that is not in this list may do nothing.
    type: list
    elements: dict
    default: []
    suboptions:
      role:
        description: The role.
        type: str
        required: true
      database:
        description: Privileges on the database.
        type: list
        elements: str
        choices: [CONNECT, CREATE, TEMPORARY]
        default: []
      schema:
        description: Privileges on the schema.
        type: list
        elements: str
        choices: [CREATE, USAGE]
        default: []
      tables:
        description: Privileges on every table and view, those of later migrations included.
        type: list
        elements: str
        choices: [DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE]
        default: []
      sequences:
        description: Privileges on every sequence, those of later migrations included.
        type: list
        elements: str
        choices: [SELECT, UPDATE, USAGE]
        default: []
      functions:
        description: Privileges on every function and procedure, later ones included.
        type: list
        elements: str
        choices: [EXECUTE]
        default: []
  adopt:
    description:
      - Names of objects that belong to other roles than O(owner) and those of O(grants), and that
        become the owner's, such as V(entry), V(public.entry) or V(f(integer)).
      - All other objects of other roles are left as they are; M(flaskops.stack.drift_info) reports
        them.
    type: list
    elements: str
    default: []
  login_host:
    description:
      - The server's host, to log in over the network as O(login_user) with O(login_password)
        rather than over the socket as the administrator.
      - What this role may not change is left as it is; M(flaskops.stack.drift_info) reports it.
    type: str
    default: ""
  login_password:
    description: The password of O(login_user), with O(login_host).
    type: str
    default: ""
  login_sslmode:
    description: The sslmode of libpq, with O(login_host).
    type: str
    default: ""
  login_sslrootcert:
    description: The file with the authorities to trust, with O(login_host).
    type: str
    default: ""
extends_documentation_fragment:
  - flaskops.stack.login
seealso:
  - module: community.postgresql.postgresql_privs
"""

EXAMPLES = r"""
- name: Let the application read and write, and nobody else do anything
  flaskops.stack.database_privileges:
    database: guestbook
    owner: guestbook_owner
    grants:
      - role: guestbook
        database: [CONNECT]
        schema: [USAGE]
        tables: [SELECT, INSERT, UPDATE, DELETE]
        sequences: [USAGE, SELECT]
        functions: [EXECUTE]
  become: true
"""

RETURN = r"""
statements:
  description: The SQL that was run, or would be in check mode, in its order.
  returned: success
  type: list
  elements: str
  sample:
    - REVOKE CONNECT, TEMPORARY ON DATABASE guestbook FROM PUBLIC
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    acl,
    grant_statements,
    privileges,
    session,
)


def plan(cursor: Any, params: Mapping[str, Any]) -> list[Any]:
    """The statements that are still needed."""
    found = acl.read(cursor, params["schema"], params["owner"])
    wanted = privileges.desired(found[0], params["schema"], params["grants"])
    ours = privileges.roles_of(params["owner"], params["grants"])
    strangers = privileges.strangers(found[0], found[1], ours, params["adopt"])
    found, wanted = privileges.without(found, wanted, strangers)
    if params["login_host"]:
        cursor.execute("SELECT rolname::text AS name FROM pg_roles WHERE pg_has_role(oid, 'USAGE')")
        mine = {row["name"] for row in cursor.fetchall()}
        found, wanted = privileges.only_of(mine, found, wanted, params["owner"])
    owners, following, grants = found
    return grant_statements.statements(
        owners, following, grants, wanted, params["schema"], params["owner"]
    )


def apply(cursor: Any, params: Mapping[str, Any], needed: Sequence[Any]) -> None:
    """Run the statements and make sure that nothing is left to do."""
    left = needed
    # Who loses the right to grant takes along what he has granted, also what is declared.
    for _round in range(2):
        for statement in left:
            cursor.execute(statement)
        left = plan(cursor, params) if left else []
    if left:
        raise acl.PrivilegesError(
            "PostgreSQL accepted every statement, and these are needed still (privileges that "
            "another role granted?): " + "; ".join(s.as_string(cursor) for s in left)
        )


def argument_spec() -> dict[str, dict[str, Any]]:
    """The options of this module."""
    return {
        "database": {"type": "str", "required": True},
        "schema": {"type": "str", "default": "public"},
        "owner": {"type": "str", "required": True},
        "grants": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": acl.grant_options(),
        },
        "adopt": {"type": "list", "elements": "str", "default": []},
        **session.login_options(),
        **session.network_options(),
    }


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if session.PSYCOPG2_IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("psycopg2"), exception=session.PSYCOPG2_IMPORT_ERROR
        )
    try:
        with session.session(module.params, module.params["database"]) as cursor:
            needed = plan(cursor, module.params)
            texts = [statement.as_string(cursor) for statement in needed]
            if not module.check_mode:
                apply(cursor, module.params, needed)
    except session.PoolerError:
        # What the pooler does not let through is reported by the comparison.
        needed = texts = []
    except (session.ServerError, acl.PrivilegesError) as exc:
        module.fail_json(msg=f"database {module.params['database']}: {exc}")
    diff = {"before": "", "after": "".join(f"{text};\n" for text in texts)}
    module.exit_json(changed=bool(needed), statements=texts, diff=diff)


if __name__ == "__main__":
    main()
