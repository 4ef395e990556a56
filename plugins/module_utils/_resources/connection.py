# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's connection to its database, as its service makes it.

The same user and environment file, and libpq either by the driver that the service imports, or
by the psycopg2 that this module has imported already, which takes a tenth of the time; then the
driver's files are there, and the kind virtualenv sees whether they are those that were
installed. Where the connection fails, the diagnosis of connection_info, which imports the driver
itself, names the layer.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    migration_methods,
    proofs,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import connection
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
    session,
    url,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    needs,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "user": {"type": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "virtualenv": {"type": "path", "required": True},
    "environment_file": {"type": "path", "required": True},
    "database_variables": {"type": "dict", "default": database_variables.DEFAULT},
    "settings_file": {"type": "path", "default": ""},
}

CHECKS = {
    "config": Check("error", "The environment file has no database URL."),
    "url": Check("error", "The database URL is malformed."),
    "driver": Check("error", "The virtual environment has no driver for PostgreSQL."),
    "dns": Check("error", "The database host's name has no address."),
    "tcp": Check("error", "The database is down, or out of reach."),
    "tls": Check("error", "The two sides do not agree on TLS, or a certificate is not trusted."),
    "auth": Check("error", "The server refuses the role or its password."),
    "database": Check("error", "The database is missing, closed or read-only."),
    "privileges": Check("error", "The table of revisions may not be read, or is locked."),
    "capacity": Check("error", "The server has no connection left."),
}

# Of a session in the database, as programs/connection.py has them; or layer and error.
Facts = dict[str, Any]

# Seconds for each step over the network, as in connection_info.
TIMEOUT = 5

# By a URL's driver, what the import loads of it; a URL that names none is SQLAlchemy's to choose.
PSYCOPG2, PSYCOPG = "psycopg2/_psycopg*.so", "psycopg_binary/_psycopg*.so"
LOADED = {
    url.ANY_DRIVER: [PSYCOPG2, PSYCOPG],
    "psycopg2": [PSYCOPG2],
    "psycopg": [PSYCOPG],
    "psycopg_async": [PSYCOPG],
    "": [PSYCOPG2, PSYCOPG],
}

REMEDY = "Run flaskops.stack.site; where it stays, flaskops.stack.diagnose."

# Nothing on the host is declared by this: it shows whether all the rest works.
LIVE = True

# What a kind needs besides that asks the application's Alembic; see ask_application().
OF_MIGRATIONS = {
    "scripts": {"type": "str", "default": ""},
    "method": migration_methods.METHOD,
    "alembic_config": migration_methods.ALEMBIC_CONFIG,
}


def identity(resource: Options) -> str:
    return f"{resource['user']} to its database"


def begin(resource: Options, host: Host) -> Any:
    """Start to connect, which takes as long as all other reading together."""
    return host.once(("asked", *_key(resource)), lambda: _ask(resource))


def load(resource: Options, host: Host) -> tuple[Any, Facts]:
    """(application, answer): answer is a session's facts, or error and the layer that fails.

    Raises pace.Slow where nothing fails for certain and no session could be had in time.
    """
    asked = begin(resource, host)
    found: tuple[Any, Any] = host.once(
        ("connection", *_key(resource)), lambda: _load(resource, host, asked)
    )
    if isinstance(found[1], pace.Slow):
        raise found[1]
    return found


def ask_application(resource: Options, host: Host, installed: runner.Application) -> dict[str, Any]:
    """What programs/revisions.py says of the application, which is loaded once for all kinds.

    Raises ApplicationError, and pace.Slow.
    """
    overrides = {}
    if resource["method"] == "application":
        raise runner.ApplicationError(migration_methods.NOT_LOADED)
    if resource.get("wsgi") and not installed.environment.get("FLASK_APP"):
        overrides["FLASK_APP"] = resource["wsgi"]
    asked = installed._replace(environment={**installed.environment, **overrides})
    question = {
        **migration_methods.question(
            resource["method"], resource["alembic_config"], resource["scripts"],
            resource["database_variables"], asked.environment,
        ),
        "models": resource.get("models", False),
    }  # fmt: skip
    key = ("application", *_key(resource), *question.values())
    answer = host.once(key, lambda: _answer(asked, question))
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(asked: runner.Application, question: dict[str, Any]) -> dict[str, Any] | Exception:
    # Here, because what it takes to keep an application from writing takes long to load.
    from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (  # noqa: PLC0415
        revisions,
    )

    try:
        return runner.ask(asked, revisions, question)
    except (runner.ApplicationError, pace.Slow) as exc:
        return exc


def proof(resource: Options, host: Host, name: str, pid: int = 0) -> Any:
    """What is proven under a name (proofs.py); None where nothing is, or it is to be asked anew."""
    _installed, facts = load(resource, host)
    if host.anew or "error" in facts:
        return None
    return proofs.read(_file(resource, name), _bound_to(resource, facts, pid))


def prove(resource: Options, host: Host, name: str, proven: object, pid: int = 0) -> None:
    """Keep for the next time what was found out; the module writes it."""
    _installed, facts = load(resource, host)
    host.learned[_file(resource, name)] = (_bound_to(resource, facts, pid), proven)


def _file(resource: Options, name: str) -> str:
    return f"{resource['user']}.{name}"


def _start_ticks(pid: int) -> int:
    """As of units; of a process that has just ended, what no process has."""
    try:
        ticks: int = units.start_ticks(pid)
        return ticks
    except (OSError, ValueError, IndexError):
        return -1


def _bound_to(resource: Options, facts: Facts, pid: int) -> Any:
    process = (pid, _start_ticks(pid)) if pid else None
    return proofs.key(
        resource["directory"], resource["virtualenv"],
        [path for path in (resource["environment_file"], resource["settings_file"]) if path],
        facts, process,
    )  # fmt: skip


def look_again(resource: Options, host: Host, installed: object) -> Facts:
    """The facts of another session, later than load()'s."""

    def ask() -> Facts:
        _found, program = _ask(resource)
        try:
            facts: Facts = program.answer().get("session", {}) if program else {}
            return facts
        except (runner.ApplicationError, pace.Slow):
            return {}

    return host.once(("again", *_key(resource)), ask)


def _key(resource: Options) -> tuple[str, ...]:
    names = resource["database_variables"]
    return resource["user"], resource["virtualenv"], *sorted(names.values())


def _ask(resource: Options) -> tuple[runner.Application | None, runner.Asked | None]:
    """(application, program that connects); (None, None) where it cannot be started."""
    try:
        found = runner.load(
            resource["user"], resource["directory"], resource["virtualenv"],
            resource["environment_file"],
            runner.Settings(
                resource["database_variables"], runner.read_settings(resource["settings_file"])
            ),
        )  # fmt: skip
        target = database_variables.target(resource["database_variables"], found.environment)
        question, ask = _question(target), runner.Asked
        if _can_stand_in(found, target):
            question, ask = {**question, "driver": "psycopg2"}, runner.Forked
        return found, ask(found, connection, question, 30)
    except (runner.ApplicationError, url.TargetError, OSError):
        return None, None


def _can_stand_in(found: runner.Application, target: url.Target) -> bool:
    """Whether the psycopg2 of this process may connect in the place of the driver."""
    if session.psycopg2 is None or os.geteuid() != 0 or target.driver not in LOADED:
        return False
    folder = os.path.join(found.virtualenv, "lib", "python3*", "site-packages")
    return all(glob.glob(os.path.join(folder, files)) for files in LOADED[target.driver])


def _load(
    resource: Options, host: Host, asked: tuple[Any, runner.Asked | None]
) -> tuple[Any, Facts | pace.Slow]:
    found, program = asked
    if program is None:
        return None, _diagnose(resource, host)
    try:
        answer = program.answer()
    except runner.ApplicationError:
        return found, _diagnose(resource, host)
    except pace.Slow as exc:
        return found, _diagnose(resource, host, exc)
    if "error" in answer or "session" not in answer:
        return found, _diagnose(resource, host)
    return found, answer["session"]


def _question(target: url.Target) -> dict[str, Any]:
    return {
        "driver": target.driver,
        "parameters": target.parameters,
        # The addresses are libpq's to look up, here.
        "endpoints": [endpoint._asdict() for endpoint in target.endpoints],
        # Whether alembic_version may be read is all that is asked of the tables here.
        "schema": "public",
        "tables": ["SELECT"],
        "timeout": TIMEOUT,
    }


def _diagnose(resource: Options, host: Host, slow: pace.Slow | None = None) -> Facts | pace.Slow:
    """What fails; else what was slow, where nothing could be seen for that."""
    # Whoever compares this kind has given it.
    own = {key: resource[key] for key in OPTIONS}
    asked, verdict = host.experts.diagnose(own)  # type: ignore[union-attr]
    if verdict["status"] != "failed":
        return asked.session or asked.driver_slow or slow or {"revisions": None}
    return {"layer": verdict["layer"], "error": f"{verdict['code']}: {verdict['message']}"}


def read(resource: Options, host: Host) -> Any:
    """layer and error of what fails, or the facts of a session."""
    return load(resource, host)[1]


def compare(_resource: Options, actual: Any) -> Sequence[Found]:
    if "error" not in actual:
        return []
    return [
        difference(
            actual["layer"],
            "answers",
            actual["error"],
            remedy=REMEDY,
            because=needs.CONNECTION[actual["layer"]],
        )
    ]
