#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_login_info
short_description: Tell why a PostgreSQL server refused a login, which it does not tell the client
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - To a client, an unknown role, a wrong password and an expired one look the same, and so do a
    missing line of C(pg_hba.conf) and one that rejects. On the server's host, the catalogue tells.
  - Takes what M(flaskops.stack.connection_info) returned as
    RV(flaskops.stack.connection_info#module:attempt) on the application's host, and returns the
    verdict with the cause in place of the riddle.
  - Goes through C(pg_hba.conf) as the server does, and names the line that decides.
  - No password is needed. Changes nothing.
extends_documentation_fragment: [flaskops.stack.login]
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
    description: Hosts with a PostgreSQL server of Debian's packages.
requirements:
  - psycopg2 on the host
options:
  attempt:
    description: What M(flaskops.stack.connection_info) returned.
    type: dict
    required: true
    suboptions:
      user:
        description: The role.
        type: str
        required: true
      database:
        description: The database.
        type: str
        required: true
      address:
        description:
          - The client's address; empty for a unix socket.
          - Where the address is translated on the way, name the one that the server sees.
        type: str
        default: ""
      tls:
        description: Whether the connection was encrypted.
        type: bool
        default: false
      port:
        description: The port. O(login_port) is the one that counts.
        type: int
      code:
        description: The verdict's code.
        type: str
        required: true
"""

EXAMPLES = r"""
- name: Ask the application's host
  flaskops.stack.connection_info:
    unit: guestbook.service
    fail_on_failure: false
  become: true
  register: found

- name: Ask the database's host what it did not tell
  flaskops.stack.postgresql_login_info:
    attempt: "{{ found.attempt }}"
  become: true
  delegate_to: db1
  when: found.attempt
"""

RETURN = r"""
verdict:
  description: What is to blame, as M(flaskops.stack.connection_info) returns it.
  returned: always
  type: dict
  contains:
    ok:
      description: Always V(false).
      type: bool
    status:
      description: Always V(failed).
      type: str
    layer:
      description: The layer.
      type: str
    code:
      description: The code; the attempt's own where the catalogue knows no better.
      type: str
      sample: auth.wrong_password
    message:
      description: What was found.
      type: str
    cause:
      description: How this usually comes about.
      type: str
    remedy:
      description: What to do.
      type: str
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (
    ladder,
    server_facts,
    server_view,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session


def look(login: dict[str, Any], attempt: Mapping[str, Any]) -> tuple[str, str]:
    """(code, message) for an attempt, on the host of its server."""
    if attempt["code"] == server_view.NOT_ACCEPTING:
        return server_view.state(*server_facts.read_state(login["login_port"]))
    return server_view.explain(attempt, server_facts.read(login, attempt))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **session.login_options(),
            "attempt": {
                "type": "dict",
                "required": True,
                "options": {
                    "user": {"type": "str", "required": True},
                    "database": {"type": "str", "required": True},
                    "address": {"type": "str", "default": ""},
                    "tls": {"type": "bool", "default": False},
                    "port": {"type": "int"},
                    "code": {"type": "str", "required": True},
                },
            },
        },
        supports_check_mode=True,
    )
    known = ladder.codes()
    attempt = module.params["attempt"]
    if attempt["code"] not in known:
        module.fail_json(msg=f"attempt.code is {attempt['code']!r}, which is no code")
    try:
        code, message = look(module.params, attempt)
    except (session.ServerError, pace.Slow) as exc:
        module.fail_json(msg=str(exc))
    verdict = {
        "ok": False,
        "status": "failed",
        "layer": code.partition(".")[0],
        "code": code,
        "message": message,
        **known[code]._asdict(),
    }
    module.exit_json(changed=False, verdict=verdict)


if __name__ == "__main__":
    main()
