#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: flask_db_upgrade
short_description: Migrate the database of a Flask application, safely from any number of hosts
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Does what C(flask db upgrade) does, or C(alembic upgrade), as the application's user, in its
    virtual environment, with the environment file that its service uses.
  - Goes through the layers of M(flaskops.stack.connection_info) up to V(privileges) first, and
    fails with that verdict where one of them fails.
  - Asks Alembic for the current and the pending revisions, through the application's own C(env.py),
    and does nothing where none is pending.
  - In check mode it asks with sessions that cannot write. An application that writes when it is
    loaded fails with V(schema.writes_when_loaded), and changes nothing.
  - Otherwise it takes an advisory lock before it loads the application, and keeps it on a
    connection of its own, so that of several hosts that
    migrate at once one does it, and the others wait and find nothing left to do. PostgreSQL gives
    the lock back however the process ends.
  - Waits for a lock on a table no longer than O(lock_timeout), because all requests to that table
    queue up behind a migration that waits; and names the session that was in the way.
  - Lets a statement that PostgreSQL runs C(CONCURRENTLY) wait for older transactions as long as
    O(concurrent_timeout), because nobody queues up behind it.
  - Where it fails, says which revision and which statement failed, with which SQLSTATE, and what of
    it is committed, by what the database shows before and after. PostgreSQL has rolled back the
    rest.
  - Where a revision that failed, or was killed, is run again, the INVALID indexes that its
    statements have left are dropped first (C(DROP INDEX CONCURRENTLY)), and a partition that is
    being detached is finished. Until the revision has ended, the comment of the table of revisions
    notes what there was before it. An INVALID index of somebody else is refused.
  - Passwords are masked in all that it returns. The values of a failed statement's parameters, and
    the server's DETAIL, are left out, since they may be customers' data.
  - Every code is listed in L(the collection's documentation,
    https://github.com/flaskops/flaskops.stack/blob/main/docs/verdicts.md).
attributes:
  check_mode:
    support: full
    description: Returns the pending revisions without applying them, and takes no lock.
  diff_mode:
    support: full
    description: Shows the revisions before and after.
  platform:
    support: full
    platforms: posix
    description: Hosts on which the application is installed.
requirements:
  - Flask-Migrate or Alembic, with psycopg2 or psycopg 3, in the application's virtual environment
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
      - Use it to migrate as the role that owns the tables, which the service should not be; and to
        go round a pooler.
    type: str
  database_variables:
    description:
      - The environment variables from which the application reads its database, as
        M(flaskops.stack.connection_info) has them. Each gets its part of O(database_url).
    type: dict
    default: {url: DATABASE_URL}
  settings_file:
    description: The settings file that the application reads, whose secrets are masked.
    type: path
    default: ""
  settings_content:
    description:
      - The text to migrate with, in place of the one in O(settings_file), with the credentials of
        the role that owns the tables. Until the migration ends, O(user) alone can read it, in a
        file in C(/run).
    type: str
  settings_variable:
    description: The environment variable that names the settings file.
    type: str
    default: ""
  schema:
    description: The schema in which the role must be allowed to create.
    type: str
    default: public
  migrations_directory:
    description: The directory of the migrations. The application's own setting by default.
    type: str
    default: ""
  method:
    description:
      - How the application migrates. Of V(alembic), only its O(alembic_config) and C(env.py) are
        read, and C(sqlalchemy.url) is O(database_url).
      - V(command) runs O(command), and V(application) loads the application, which then migrates by
        itself; each once for a release in a database, under the lock and with the limits. It is run
        again where it failed, or where the table C(alembic_version) is not as it left it.
    type: str
    choices: [flask_migrate, alembic, command, application]
    default: flask_migrate
    version_added: 1.0.0
  alembic_config:
    description: The C(alembic.ini) of plain Alembic, in O(directory).
    type: str
    default: alembic.ini
    version_added: 1.0.0
  command:
    description:
      - The command that migrates, and its arguments. It runs in O(directory), with the environment
        of the application, and C(bin) of O(virtualenv) first in C(PATH); no shell reads it.
      - Its sessions have O(lock_timeout) and O(statement_timeout) by C(PGOPTIONS), where libpq
        connects and no pooler is in between.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
  command_timeout:
    description: The seconds that O(command), or the application's load, may take; it is ended
      then. V(0) is no limit.
    type: int
    default: 3600
    version_added: 1.0.0
  wsgi:
    description: What Gunicorn runs, such as C(wsgi:app), which is loaded by O(method=application)
      unless the environment file has C(FLASK_APP).
    type: str
    default: ""
    version_added: 1.0.0
  record:
    description: The application under whose name C(/var/lib/flaskops) keeps for which release
      O(command) has run. By default, O(user).
    type: str
    default: ""
    version_added: 1.0.0
  revision:
    description:
      - The revision to upgrade to. V(head) is the newest and refuses several; V(heads) upgrades to
        all of them.
    type: str
    default: head
  stamp:
    description:
      - Write O(revision) into the table of revisions without running any migration.
      - For tables that were made without Alembic. V(base) as O(revision) says that none has been
        applied.
    type: bool
    default: false
  x_arguments:
    description: What C(env.py) gets as C(-x), such as C(tenant=a).
    type: list
    elements: str
    default: []
  wait:
    description: The seconds to wait for another host that migrates, and for a server that starts or
      recovers from a crash.
    type: int
    default: 600
  lock_timeout:
    description:
      - The seconds that a statement may wait for a lock. V(0) waits for ever.
      - While it waits, everybody else who needs the table waits too.
    type: int
    default: 10
  statement_timeout:
    description: The seconds that one statement may take. V(0) is no limit.
    type: int
    default: 3600
  concurrent_timeout:
    description:
      - The seconds that a statement which works C(CONCURRENTLY) may wait for older transactions to
        end, in place of O(lock_timeout), and longer than O(statement_timeout). V(0) waits for ever.
      - These are C(CREATE INDEX), C(DROP INDEX), C(REINDEX) and C(DETACH PARTITION). Raise it where
        backups or reports take longer.
    type: int
    default: 3600
    version_added: 1.0.0
  sql:
    description: Whether to return the SQL of the pending revisions, as C(flask db upgrade --sql)
      prints it. For one database only.
    type: bool
    default: false
  check_models:
    description: Whether to compare the application's models with the database, as C(flask db check)
      does. Needs a database without pending revisions.
    type: bool
    default: false
  timeout:
    description: The seconds that each step of the check before may take over the network.
    type: int
    default: 5
notes:
  - Alembic runs all pending revisions in one transaction by default. With
    C(transaction_per_migration) in C(env.py), or in an C(autocommit_block), what was committed
    stays; RV(committed) says what that is.
  - The limits hold from the application's load on, for every session with libpq or asyncpg; an
    C(env.py) that sets them itself wins.
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

- name: Say that the tables, which a dump has brought, are at a revision
  flaskops.stack.flask_db_upgrade:
    user: guestbook
    directory: /srv/guestbook/current
    virtualenv: /srv/guestbook/current/.venv
    environment_file: /etc/flask/guestbook.env
    database_url: "{{ guestbook_owner_url }}"
    revision: "0002"
    stamp: true
  become: true
"""

RETURN = r"""
before:
  description: The revisions of the database before.
  returned: success
  type: list
  elements: str
after:
  description:
    - The revisions of the database after; the same as RV(before) in check mode, except for a
      stamp.
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
binds:
  description: The same for each database, where C(env.py) migrates several.
  returned: success
  type: list
  elements: dict
  contains:
    database:
      description: The database.
      type: str
    current:
      description: Its revisions.
      type: list
      elements: str
    pending:
      description: What was pending in it.
      type: list
      elements: dict
sql:
  description: The pending statements.
  returned: where O(sql) was asked for and a revision is pending
  type: str
models_differ:
  description: Whether the models differ from the database; V(null) where this Alembic cannot tell.
  returned: where O(check_models) was asked for and no revision is pending
  type: bool
model_differences:
  description: What would have to change in the database, in a few words each.
  returned: where O(check_models) was asked for and no revision is pending
  type: list
  elements: str
  sample: [add_column entry.place]
output:
  description: The last lines that the application and Alembic printed.
  returned: when something was done, or failed
  type: str
code:
  description: The stable code of what went wrong, such as V(upgrade.lock_timeout).
  returned: failure
  type: str
cause:
  description: How this usually comes about.
  returned: failure
  type: str
remedy:
  description: What to do.
  returned: failure
  type: str
failed_revision:
  description: The revision that failed, or empty.
  returned: failure of a migration
  type: str
statement:
  description: The statement that failed, without its parameters.
  returned: failure of a migration
  type: str
sqlstate:
  description: PostgreSQL's code for the failure.
  returned: failure of a migration
  type: str
committed:
  description:
    - What of the failed revision is committed, in a few words each. Rows are not compared.
    - V(null) where the database could not be read any more.
  returned: failure of a migration
  type: list
  elements: str
  sample: ["index public.ix_author on public.entry (INVALID)"]
committed_before:
  description: What a former run of the failed revision has committed.
  returned: failure of a migration
  type: list
  elements: str
sessions:
  description: Who held what the migration waited for.
  returned: failure
  type: list
  elements: dict
verdict:
  description: The verdict of M(flaskops.stack.connection_info).
  returned: where the database cannot be reached or used
  type: dict
"""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    failures,
    migration_methods,
    private_file,
    proofs,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    command,
    lock,
    upgrade,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (
    ladder,
    options,
    recognition,
    upgrade_codes,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url

# The codes of what another session was in the way of.
WAITED = ("upgrade.lock_timeout", "upgrade.concurrent_timeout", "upgrade.own_session")
LIMITS = ("wait", "lock_timeout", "concurrent_timeout", "statement_timeout", "command_timeout")


@contextlib.contextmanager
def own_settings(params: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The variable that names a settings file for the user that migrates alone; or none."""
    text, variable, path = (params[f"settings_{part}"] for part in ("content", "variable", "file"))
    account = runner.account_of(params["user"])
    # That there is no such user is the diagnosis's to say.
    if not (text and variable and account):
        yield {}
        return
    with private_file.private_file(account, os.path.basename(path), text) as own:
        yield {variable: own}


def check_database(
    params: Mapping[str, Any], overrides: Mapping[str, str]
) -> tuple[Case, ladder.Verdict]:
    """The verdict and the case of the layers up to privileges, as the role that migrates.

    overrides are environment variables in the place of the environment file's. A server that
    starts or recovers from a crash is waited for, as another migration is.
    """
    shared = {key: params[key] for key in options.OPTIONS if params.get(key) is not None}
    ends = time.monotonic() + params["wait"]
    while True:
        asked = options.asked({**shared, "migrates": True, "migrations_method": params["method"]})
        case = Case(asked, overrides, params["settings_content"] or "")
        verdict = ladder.diagnose(case, last="privileges")[0]
        if verdict["code"] != "tcp.not_accepting" or time.monotonic() > ends:
            return case, verdict
        time.sleep(1)


def run_once(params: Mapping[str, Any], case: Case, check_mode: bool) -> dict[str, Any]:
    """The answer of programs/command.py; or, where it has run for this release, that nothing
    changed."""
    if not case.session:
        return {"code": "slow", "error": case.session_error or "no session in time", "output": ""}
    words = params["command"] if params["method"] == "command" else []
    name = migration_methods.record(params["record"] or params["user"])
    key = migration_methods.record_key(params["directory"], words, case.session)
    known, current = proofs.read(name, key), case.session["revisions"]
    found = {
        "changed": known is None or known["revisions"] != current,
        "before": current or [], "after": current or [], "heads": [], "pending": [], "binds": [],
        "output": "",
    }  # fmt: skip
    if check_mode or not found["changed"]:
        return found
    limits = {limit: params[limit] for limit in LIMITS}
    question = {**case.question(case.endpoints()), **limits, "command": words}
    # A command is ended by the program; an application may have threads that never end.
    timeout = None if words else params["command_timeout"] or None
    found = runner.ask(with_wsgi(case.application, params["wsgi"]), command, question, timeout)
    if "error" not in found:
        proofs.write(name, key, {"revisions": found["revisions"]})
    return found


def with_wsgi(application: runner.Application, wsgi: str) -> runner.Application:
    """The application with FLASK_APP, which its environment file may have already."""
    environment = {"FLASK_APP": wsgi, **application.environment} if wsgi else {}
    return application._replace(environment=environment or application.environment)


def ask(params: Mapping[str, Any], case: Case, check_mode: bool) -> dict[str, Any]:
    """The answer of programs/upgrade.py."""
    if params["method"] in migration_methods.ONCE:
        return run_once(params, case, check_mode)
    question = {
        **case.question(case.endpoints()),
        **case.of_migrations(),
        "action": "stamp" if params["stamp"] else "upgrade",
        "check_mode": check_mode,
        "models": params["check_models"],
        "target": params["revision"],
        **{key: params[key] for key in (*LIMITS, "sql", "x_arguments")},
    }
    # An upgrade takes as long as its statements may; what only asks has no such limit set.
    timeout = runner.QUESTION_TIMEOUT if check_mode else None
    return runner.ask(case.application, upgrade, question, timeout)


def failure(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the module fails with, for an answer with an error."""
    code, error = upgrade_codes.full_name(found["code"]), found["error"]
    if found.get("raised"):
        raised = failures.of_answer(found["raised"])
        name, error = recognition.recognise(raised), failures.describe(raised)
        code = f"application.{name}" if name else code
    cause, remedy = {**ladder.codes(), **upgrade_codes.codes()}[code]
    text = f"{code}: {error}"
    if found.get("revision"):
        text = (
            f"{code}: revision {found['revision']} ({os.path.basename(found['file'])}) failed"
            f" with {found['sqlstate'] or 'an exception'}: {error}"
        )
    if found.get("statement"):
        text += f" Statement: {' '.join(found['statement'].split())}"
    if found.get("sessions") and code in WAITED:
        text += f" In the way: {'; '.join(map(lock.describe, found['sessions']))}."
    last = found["output"].strip().splitlines()[-1:] if code.startswith("upgrade.command") else []
    text += "".join(f" It printed last: {line}" for line in last)
    text += upgrade_codes.left(found)
    return {
        "msg": f"{text} Cause: {cause} Remedy: {remedy}",
        "code": code,
        "cause": cause,
        "remedy": remedy,
        "failed_revision": found.get("revision", ""),
        "statement": found.get("statement", ""),
        "sqlstate": found.get("sqlstate", ""),
        "committed": found.get("committed"),
        "committed_before": found.get("earlier", []),
        "sessions": found.get("sessions", []),
        "output": found["output"],
    }


def success(found: Mapping[str, Any], target: Iterable[str]) -> dict[str, Any]:
    """What the module returns."""
    kept = ("changed", "before", "after", "heads", "pending", "binds")
    result = {key: found[key] for key in kept}
    if "sql" in found:
        result["sql"] = found["sql"]
    if "models" in found:
        result["models_differ"] = None if found["models"] is None else bool(found["models"])
        result["model_differences"] = found["models"] or []
    if found["changed"]:
        result["output"] = found["output"]
    before, after = (", ".join(names) or "no revision" for names in (found["before"], target))
    return {**result, "diff": {"before": before + "\n", "after": after + "\n"}}


def expected(found: Mapping[str, Any], params: Mapping[str, Any], check_mode: bool) -> list[str]:
    """The revisions after; in check mode, those that an upgrade would lead to."""
    names: list[str] = found["after"]
    if check_mode and not params["stamp"] and found["pending"]:
        is_head = params["revision"] in ("head", "heads")
        names = found["heads"] if is_head else [found["pending"][-1]["revision"]]
    return names


def migrate(module: AnsibleModule, overrides: Mapping[str, str]) -> dict[str, Any]:
    """What the module returns, or fails with (failed and msg); overrides as in check_database()."""
    params = module.params
    case, verdict = check_database(params, overrides)
    # What was merely slow may be quicker now, except where no server was reached.
    if verdict["status"] == "failed" or not case.reachable:
        text = "{code}: {message}. Cause: {cause} Remedy: {remedy}".format(**verdict)
        shown = {key: verdict[key] for key in ("code", "cause", "remedy")}
        return {"failed": True, "msg": text, "verdict": verdict, **shown}
    try:
        found = ask(params, case, module.check_mode)
    except runner.ApplicationError as exc:
        found = {"code": "application", "error": str(exc), "output": ""}
    except pace.Slow as exc:
        found = {"code": "slow", "error": str(exc), "output": ""}
    if "error" in found:
        return {**failure(found), "failed": True}
    return success(found, expected(found, params, module.check_mode))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "user": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "virtualenv": {"type": "path", "required": True},
            "environment_file": {"type": "path", "required": True},
            "database_url": {"type": "str", "no_log": True},
            "database_variables": options.OPTIONS["database_variables"],
            "settings_file": {"type": "path", "default": ""},
            "settings_content": {"type": "str", "no_log": True},
            "settings_variable": {"type": "str", "default": ""},
            "schema": {"type": "str", "default": "public"},
            "migrations_directory": {"type": "str", "default": ""},
            "method": {**migration_methods.METHOD, "choices": list(migration_methods.METHODS[:-1])},
            "command": {"type": "list", "elements": "str", "default": []},
            "command_timeout": {"type": "int", "default": 3600},
            "wsgi": {"type": "str", "default": ""},
            "record": {"type": "str", "default": ""},
            "alembic_config": migration_methods.ALEMBIC_CONFIG,
            "revision": {"type": "str", "default": "head"},
            "stamp": {"type": "bool", "default": False},
            "x_arguments": {"type": "list", "elements": "str", "default": []},
            "wait": {"type": "int", "default": 600},
            "lock_timeout": {"type": "int", "default": 10},
            "concurrent_timeout": {"type": "int", "default": 3600},
            "statement_timeout": {"type": "int", "default": 3600},
            "sql": {"type": "bool", "default": False},
            "check_models": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    params = module.params
    for name in LIMITS:
        if params[name] < 0:
            module.fail_json(msg=f"{name} is {params[name]}; it is a number of seconds")
    try:
        with own_settings(params) as overrides:
            result = migrate(module, overrides)
    except url.TargetError as exc:
        module.fail_json(msg=f"database_url: {exc}")
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
