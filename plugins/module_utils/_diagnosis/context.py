# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One application whose way to its database is diagnosed, and what the layers have learned."""

from __future__ import annotations

import contextlib
import math
import os
import pwd
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    as_user,
    failures,
    gunicorn_workers,
    migration_methods,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    connection,
    revisions,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import recognition
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Outcome,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.options import Asked
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking, peers
from ansible_collections.flaskops.stack.plugins.module_utils._host.readings import Host
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
    session,
    url,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import login
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import journal, service, units

# Seconds for the driver to be imported; for the application to load and to ask Alembic.
DRIVER_TIMEOUT = 10
APPLICATION_TIMEOUT = 30
# Seconds in which a server that is well has answered.
PATIENCE = 1


ADMINISTRATOR = {name: option["default"] for name, option in session.login_options().items()}
LOOPBACK = ("127.0.0.1", "::1")

# What a login by hand shows; see wire/login.py.
Attempt = dict[str, Any]


class Case:
    """What was asked for, and what the layers have learned of it.

    A layer may use what the layers that it needs have learned: config the variables and the
    application, url the target, dns the addresses, tcp the reachable ones of them.
    """

    def __init__(
        self, asked: Asked, overrides: Mapping[str, str] | None = None, settings_text: str = ""
    ) -> None:
        """overrides are environment variables in the place of the environment file's, and
        settings_text is that of another settings file. Raises url.TargetError for a database_url
        of which no parts can be made."""
        self.asked = asked
        # Whole seconds, because libpq takes no others.
        self.timeout = math.ceil(pace.stretched(asked.timeout))
        self.host = Host()
        self.overrides = {
            **database_variables.values(self.asked.database_variables, asked.database_url),
            **(overrides or {}),
        }
        self.settings_text = settings_text
        self.service: dict[str, Any] = service.read(asked.unit) if asked.unit else {}
        declared = asked.environment_file
        self.environment_files: list[str] = (
            [declared] if declared else self.service.get("environment_files", [])
        )
        self.directory: str = asked.directory or self.service.get("directory", "")
        self.variables: dict[str, str] = {}
        # Any, because whoever reads these comes after the layer that has set them.
        self.application: runner.Application | Any = None
        self.target: url.Target | Any = None
        self.addresses: list[tuple[url.Endpoint, str]] = []
        self.reachable: list[tuple[url.Endpoint, str]] = []
        self.session: dict[str, Any] | Any = None
        self.session_error = ""
        # What the driver answered, or that it did not answer in time (pace.Slow).
        self.driver_error = ""
        self.driver_slow: pace.Slow | None = None
        self._driver: dict[str, Any] | None = None
        self._attempts: list[Attempt | None] | None = None
        self._alembic: dict[str, Any] | None = None

    def unloaded_file(self) -> str:
        """The environment file that was named and that the unit does not load; or ""."""
        declared = self.asked.environment_file
        loaded = self.service.get("environment_files", [])
        in_unit = {*database_variables.needed(self.asked.database_variables)} <= {
            *self.service.get("environment", {})
        }
        if not self.service or not declared or in_unit:
            return ""
        return "" if declared in loaded else declared

    def load_application(self) -> str:
        """Find the application's user and virtual environment; returns what is wrong, or ""."""
        user = self.asked.user or self.service.get("user", "")
        if not user:
            return "neither user nor unit was given"
        try:
            pwd.getpwnam(user)
        except KeyError:
            return f"there is no system user {user}"
        virtualenv = self.asked.virtualenv or os.path.dirname(
            os.path.dirname(self.service.get("program", ""))
        )
        if not virtualenv:
            return "neither virtualenv nor a unit with ExecStart= was given"
        text = self.settings_text or runner.read_settings(self.asked.settings_file)
        self.application = runner.make(
            user, self.directory or "/", virtualenv, self.variables,
            runner.Settings(self.asked.database_variables, text),
        )  # fmt: skip
        return ""

    def ask_driver(self) -> dict[str, Any]:
        """What programs/connection.py says without connecting."""
        self._driver = runner.ask(self.application, connection, self.question([]), DRIVER_TIMEOUT)
        return self._driver

    def login(self) -> Attempt | None:
        """None where the driver has opened a session; else what a login by hand shows."""
        if self._attempts is None:
            self._attempts = [self._log_in()]
        return self._attempts[0]

    def _log_in(self) -> Attempt | None:
        by_hand = None
        if self._driver and "driver" in self._driver and self._driver["driver"]["libpq"]:
            asked = runner.Asked(
                self.application, connection, self.question(self.endpoints()),
                3 * self.timeout + DRIVER_TIMEOUT,
            )  # fmt: skip
            by_hand = self._log_in_meanwhile(asked)
            try:
                found = asked.answer()
                if found.get("session"):
                    self.session, self.session_error = found["session"], found.get("error", "")
                    return None
                self.driver_error = found.get("error", "")
            except pace.Slow as exc:
                self.driver_slow = exc
        return by_hand or self._log_in_by_hand()

    def _log_in_meanwhile(self, asked: runner.Asked) -> Attempt | None:
        """The login by hand, where the driver waits for a silent server, as it may do for all of
        its time; else None."""
        try:
            return self._log_in_by_hand() if asked.waits(PATIENCE) else None
        except BaseException:
            asked.abandon()
            raise

    def _log_in_by_hand(self) -> Attempt:
        attempt: Attempt = as_user.call(
            self.application.user, login.attempt, self.target.parameters, self.reachable,
            self.timeout, environment=self._libpq_environment(),
            timeout=(self.timeout + 1) * 3 * len(self.reachable),
        )  # fmt: skip
        return attempt

    def _libpq_environment(self) -> dict[str, str]:
        return {key: value for key, value in self.variables.items() if key.startswith("PG")}

    def locked_out(self) -> str:
        """Why this host's own server does not let its administrator in; "" where it does, or where
        the server is none of this host's."""
        for endpoint, address in self.reachable:
            is_own = endpoint.host.startswith("/") or address in LOOPBACK
            if is_own and os.geteuid() == 0:
                with contextlib.suppress(session.ServerError):
                    why: str = session.locked_out({**ADMINISTRATOR, "login_port": endpoint.port})
                    return why
        return ""

    def endpoints(self) -> list[dict[str, Any]]:
        """The addresses that take a connection, for programs/connection.py."""
        return [
            {"host": e.host, "port": e.port, "hostaddr": "" if e.host.startswith("/") else address}
            for e, address in self.reachable
        ]

    def question(self, endpoints: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The question of programs/connection.py; no endpoints, no connection."""
        target = self.target
        return {
            "driver": target.driver,
            "parameters": target.parameters,
            "endpoints": endpoints,
            "schema": self.asked.schema,
            "tables": self.asked.table_privileges,
            "timeout": self.timeout,
        }

    def of_migrations(self) -> dict[str, Any]:
        """What programs need to find the migrations."""
        asked = self.asked
        return migration_methods.question(
            asked.migrations_method, asked.alembic_config, asked.migrations_directory,
            asked.database_variables, self.application.environment,
        )  # fmt: skip

    def ask_alembic(self) -> dict[str, Any]:
        """What programs/revisions.py says."""
        if self._alembic is None:
            question = {
                **self.of_migrations(),
                "url": self.asked.url,
                "url_host": self.asked.url_host,
            }
            self._alembic = runner.ask(self.application, revisions, question, APPLICATION_TIMEOUT)
        return self._alembic

    def databases(self) -> set[str]:
        """The names of the databases in which the service's processes have sessions."""
        pid = self.service.get("pid")
        if not pid or not self.session:
            return set()
        found: set[str] = peers.databases(self.session, peers.processes(pid, units.children))
        return found

    def has_session(self) -> bool:
        """Whether a process of the service is at the other end of a session in the database."""
        return bool(self.session) and self.session.get("database") in self.databases()

    def engines(self) -> list[str]:
        """The URLs of the application's engines, as far as it was asked."""
        return (self._alembic or {}).get("engines") or []

    @property
    def workers(self) -> int:
        """The number of worker processes: declared, or the children of the service's process."""
        declared: int = self.asked.workers
        if declared or not self.service.get("pid"):
            return declared
        return len(units.children(self.service["pid"]))

    def pool(self) -> tuple[int, int] | None:
        """(pool_size, max_overflow): declared, or those of the application's engine."""
        size, overflow = self.asked.pool_size, self.asked.max_overflow
        if size is not None and overflow is not None:
            return size, overflow
        found = (self._alembic or {}).get("pool")
        return tuple(found) if found else None

    def refused(self, code: str) -> dict[str, Any]:
        """Who was refused, for postgresql_login_info; {} where nobody was."""
        found = self._attempts and self._attempts[0]
        # What a pooler refuses, the server has never seen.
        if code == "ok" or not found or not (found["error"] or {}).get("routine"):
            return {}
        return {
            "user": self.target.parameters.get("user", ""),
            "database": self.target.parameters["dbname"],
            "address": found["client_address"],
            "tls": found["tls"]["used"],
            "port": found["port"],
            "code": code,
        }

    def explained(self, outcome: Outcome, **limits: Any) -> Outcome:
        """The outcome with what the service's journal says of it, which is another one where that
        is a known mistake of the application.

        limits are those of journal.written().
        """
        if not self.asked.unit:
            return outcome
        text = masking.mask(journal.written(self.asked.unit, **limits), self._secrets())
        shown = [each for each in failures.parse(text) if not failures.is_only_the_end(each)]
        if shown:
            return recognition.told(outcome, shown[-1], "its journal")
        said = journal.exception_of(text)
        return (
            outcome._replace(message=f"{outcome.message}; its journal: {said}") if said else outcome
        )

    def failures(self, since: float) -> list[failures.Failure]:
        """Those in the journal of the service's run that is there now, since a moment in seconds
        since the epoch; the oldest first."""
        pid = self.service.get("pid")
        if not pid:
            return []
        with contextlib.suppress(OSError):
            since = max(since, units.started(pid))
        text = masking.mask(journal.written(self.asked.unit, since), self._secrets())
        return failures.parse(text)

    def loaded(self) -> dict[str, Any]:
        """settings and view of what programs/revisions.py has said; {} where it was not asked."""
        return self._alembic or {}

    def preloads(self) -> bool:
        """Whether the running Gunicorn loads the application before it forks."""
        pid = self.service.get("pid")
        found = units.process(pid) if pid else None
        return found is not None and gunicorn_workers.preloads(
            found["command"], found["environment"], found["working_directory"]
        )

    def _secrets(self) -> Collection[str]:
        known: Collection[str] = self.application and self.application.secrets
        return known or masking.secrets_of(self.variables)

    def workers_end(self) -> gunicorn_workers.End | None:
        """How Gunicorn's workers end one after the other, by the journal; None if they do not."""
        return gunicorn_workers.last_end(journal.current(self.asked.unit), time.time())

    def end_of_request(
        self, since: float, moments: int, pause: float = 0.2
    ) -> gunicorn_workers.End | None:
        """How the worker ended that had a request, made so many seconds after the epoch; None if it
        did not. The journal is asked so many times."""
        for moment in range(moments if self.asked.unit else 0):
            time.sleep(pause if moment else 0)
            end = gunicorn_workers.end_of_request(journal.current(self.asked.unit, since))
            if end:
                return end
        return None

    def process(self) -> dict[str, Any]:
        """The options of _resources/process.py for the service."""
        program = os.path.basename(self.service["program"])
        return {
            "unit": self.asked.unit,
            "user": self.application.user.pw_name if self.application else None,
            "working_directory": self.directory or None,
            "environment_file": self.environment_files[0] if self.environment_files else None,
            "program": f"{self.application.virtualenv}/bin/{program}"
            if self.application and program else None,
            "newer_than": self.asked.newer_than,
            "workers_newer_than": [],
            "nginx": False,
            "declared": [],
        }  # fmt: skip
