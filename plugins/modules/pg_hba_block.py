#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pg_hba_block
short_description: Keep one block of pg_hba.conf, checked by the server before it takes effect
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes the entries as one marked block before every other record of C(pg_hba.conf), except
    those that let the administrator C(postgres) in over the local socket. The rest of the file
    stays as it is, byte for byte.
  - Asks the running server (C(pg_hba_file_rules)) whether it accepts the file, and puts the
    former file back where it does not.
  - Makes the file of a cluster anew that has lost it, with the records that Debian puts there.
  - Reloads the server if it has not read the file since its last change, whoever made it.
attributes:
  check_mode:
    support: full
    description: Writes and reloads nothing.
  diff_mode:
    support: full
    description: Shows the file before and after.
  platform:
    support: full
    platforms: posix
    description: Hosts with a PostgreSQL server on a unix socket.
requirements:
  - psycopg2 on the host
options:
  path:
    description: The server's C(pg_hba.conf).
    type: path
    required: true
  marker:
    description: The name of the block, in the comments around it. Blocks of other names are kept.
    type: str
    default: flaskops.stack
  entries:
    description: The records, in their order. An empty list removes the block.
    type: list
    elements: dict
    required: true
    suboptions:
      type:
        description: The kind of connection.
        type: str
        choices: [local, host, hostssl, hostnossl, hostgssenc, hostnogssenc]
        default: host
      database:
        description: The databases, or a keyword such as V(all).
        type: list
        elements: str
        required: true
      user:
        description: The roles, V(+role) for the members of one, or V(all).
        type: list
        elements: str
        required: true
      address:
        description:
          - Networks in CIDR notation, addresses, host names, V(samehost), V(samenet) or V(all).
            Each makes a record of its own; an empty list makes none.
          - Required for every type but V(local).
        type: list
        elements: str
      method:
        description: The authentication method.
        type: str
        default: scram-sha-256
      options:
        description: Options of the method, such as C(map).
        type: dict
extends_documentation_fragment:
  - flaskops.stack.login
seealso:
  - module: community.postgresql.postgresql_pg_hba
"""

EXAMPLES = r"""
- name: Let the application in from its host, over TLS only
  flaskops.stack.pg_hba_block:
    path: /etc/postgresql/15/main/pg_hba.conf
    entries:
      - type: hostssl
        database: [guestbook]
        user: [guestbook, guestbook_owner]
        address: 192.0.2.10/32
  become: true
"""

RETURN = r"""
reloaded:
  description: Whether the server was told to read its files again.
  returned: success
  type: bool
"""

import os
import tempfile
import time
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba, session

RELOAD_TIMEOUT = 10  # seconds


class RejectedError(Exception):
    """The server does not accept the file."""


def read(path: str) -> str | None:
    """The file's text, None without a file; bytes that are not UTF-8 survive the round trip.

    Raises FileNotFoundError where there is no cluster either.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        os.stat(os.path.join(os.path.dirname(path), "postgresql.conf"))
        return None


def write(module: AnsibleModule, path: str, text: str | None) -> None:
    """Put the text in the file's place in one step, with the file's owner and mode, and a new one
    with those of its folder; None takes it away."""
    if text is None:
        os.unlink(path)
        return
    handle, partial = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        stream.write(text)
    is_new = not os.path.exists(path)
    module.atomic_move(partial, path)
    if is_new:
        folder = os.stat(os.path.dirname(path))
        os.chown(path, folder.st_uid, folder.st_gid)
        os.chmod(path, 0o640)


def check_file(module: AnsibleModule, path: str) -> None:
    """Raise RejectedError unless the server reads this path, and accepts what is there."""
    with session.session(module.params) as cursor:
        cursor.execute("SELECT current_setting('hba_file') AS path")
        used = cursor.fetchone()["path"]
        if os.path.realpath(used) != os.path.realpath(path):
            raise RejectedError(f"the server reads {used}")
        cursor.execute(
            "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL ORDER BY 1"
        )
        errors = cursor.fetchall()
    if errors:
        lines = (read(path) or "").split("\n")
        raise RejectedError(
            "; ".join(
                f"line {row['line_number']} ({lines[row['line_number'] - 1]!r}): {row['error']}"
                for row in errors
            )
        )


def is_loaded(module: AnsibleModule, path: str) -> bool:
    """Whether the running server has read this file since it was written."""
    with session.session(module.params) as cursor:
        return os.path.realpath(path) not in {
            os.path.realpath(newer) for newer in session.read_files(cursor).unloaded
        }


def load_time(cursor: Any) -> str:
    """When the server last read its files, as a text."""
    cursor.execute("SELECT pg_conf_load_time()::text AS loaded")
    loaded: str = cursor.fetchone()["loaded"]
    return loaded


def reload(module: AnsibleModule, path: str) -> None:
    """Make the server read its files, and wait until it has: whatever the clock says."""
    with session.session(module.params) as cursor:
        before = load_time(cursor)
        cursor.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + RELOAD_TIMEOUT
    while True:
        with session.session(module.params) as cursor:
            if load_time(cursor) != before:
                return
        if time.monotonic() > deadline:
            raise session.ServerError(
                f"did not read {path} within {RELOAD_TIMEOUT} s of being told to; see its log"
            )
        time.sleep(0.05)


def converge(module: AnsibleModule, path: str, before: str | None, after: str) -> bool:
    """Write, check and load the file; returns whether a reload was needed."""
    if before != after:
        with session.session(module.params):
            pass  # What could not be checked afterwards is not written.
        write(module, path, after)
    try:
        check_file(module, path)
    except RejectedError:
        if before != after:
            write(module, path, before)
        raise
    if before == after and is_loaded(module, path):
        return False
    reload(module, path)
    return True


def main() -> None:
    entry = {
        "type": {"type": "str", "choices": list(pg_hba.TYPES), "default": "host"},
        "database": {"type": "list", "elements": "str", "required": True},
        "user": {"type": "list", "elements": "str", "required": True},
        "address": {"type": "list", "elements": "str"},
        "method": {"type": "str", "default": "scram-sha-256"},
        "options": {"type": "dict"},
    }
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "marker": {"type": "str", "default": "flaskops.stack"},
            "entries": {"type": "list", "elements": "dict", "options": entry, "required": True},
            **session.login_options(),
        },
        supports_check_mode=True,
    )
    if session.PSYCOPG2_IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("psycopg2"), exception=session.PSYCOPG2_IMPORT_ERROR
        )
    path = module.params["path"]
    try:
        before = read(path)
        others = "\n".join((*pg_hba.DISTRIBUTION, "")) if before is None else before
        after = pg_hba.place(others, module.params["entries"], module.params["marker"])
        if module.check_mode:
            reloaded = before != after or not is_loaded(module, path)
        else:
            reloaded = converge(module, path, before, after)
    except FileNotFoundError:
        module.fail_json(msg=f"{path} is not there; is the PostgreSQL cluster created?")
    except pg_hba.PgHbaError as exc:
        module.fail_json(msg=f"{path} was not changed: {exc}")
    except RejectedError as exc:
        module.fail_json(msg=f"{path} is as it was before, PostgreSQL rejects the change: {exc}")
    except (session.ServerError, pace.Slow) as exc:
        module.fail_json(msg=f"PostgreSQL on port {module.params['login_port']}: {exc}")
    module.exit_json(
        changed=before != after or reloaded,
        reloaded=reloaded,
        diff={
            "before": pg_hba.visible(before or ""),
            "after": pg_hba.visible(after),
            "before_header": path,
            "after_header": path,
        },
    )


if __name__ == "__main__":
    main()
