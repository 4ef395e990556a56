# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one execution has read of a host, so that no question is asked twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, NamedTuple, TypeVar

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

Answer = TypeVar("Answer")


class Experts(NamedTuple):
    """What the diagnosis, which stands above the kinds, tells them of what fails.

    diagnose(options of connection_info) returns (Case, verdict) of a connection; explain(failure),
    of _application/failures.py, returns (what is wrong, remedy or "").
    """

    diagnose: Callable[[dict[str, Any]], tuple[Any, Any]]
    explain: Callable[[Any], tuple[str, str]]


class Host:
    """The host on which this runs.

    declared are the options of all that will be compared, so that systemd is asked once for
    all units.
    """

    def __init__(
        self,
        declared: Collection[Mapping[str, Any]] = (),
        anew: bool = False,
        experts: Experts | None = None,
    ) -> None:
        self.experts = experts
        self._unit_names = {options["unit"] for options in declared if options.get("unit")}
        self._unit_names.update(unit for options in declared for unit in options.get("units") or ())
        # The units of all that is compared.
        self.unit_names: list[str] = sorted(self._unit_names)
        # Whether what is kept of an earlier time (proofs.py) is to be asked anew; and what was
        # found out now and may be kept: {name: (key, proven)}.
        self.anew = anew
        self.learned: dict[str, tuple[Any, Any]] = {}
        self._packages: dict[str, str] | None = None
        self._units: dict[str, dict[str, str]] | None = None
        self._servers: dict[Hashable, Any] = {}
        self._databases: dict[Hashable, Any] = {}
        self._answers: dict[Hashable, Any] = {}

    def package(self, name: str) -> str | None:
        """The installed version of a Debian package or of what provides it, or None."""
        if self._packages is None:
            self._packages = _installed()
        return self._packages.get(name)

    def unit(self, name: str) -> dict[str, str]:
        """The properties of a systemd unit; {} where systemd knows no such unit."""
        if self._units is None:
            self._units = units.show(sorted(self._unit_names | {name}))
        return self._units.get(name, {})

    def once(self, key: Hashable, read: Callable[[], Answer]) -> Answer:
        """The answer to any other question, from its first asking."""
        if key not in self._answers:
            self._answers[key] = read()
        answer: Answer = self._answers[key]
        return answer

    def server(self, login: session.Login) -> catalogue.Server:
        """The catalogue.Server behind a login; raises session.ServerError."""
        key = (login["login_user"], login["login_unix_socket"], login["login_port"])
        return _once(self._servers, key, lambda: catalogue.read_server(login))

    def database(
        self, login: session.Login, name: str, schema: str, owner: str
    ) -> catalogue.Database:
        """The catalogue.Database of that name; raises session.ServerError."""
        # Not every kind has the option of a server on another host.
        place = login.get("login_host") or login["login_unix_socket"]
        key = (place, login["login_port"], name, schema, owner)
        return _once(
            self._databases, key, lambda: catalogue.read_database(login, name, schema, owner)
        )


def _once(cache: dict[Hashable, Any], key: Hashable, read: Callable[[], Answer]) -> Answer:
    """The answer to a question, or the error that it ended with, from its first asking."""
    if key not in cache:
        try:
            cache[key] = read()
        except session.ServerError as exc:
            cache[key] = exc
    if isinstance(cache[key], Exception):
        raise cache[key]
    answer: Answer = cache[key]
    return answer


def _installed() -> dict[str, str]:
    """The versions of all packages that are completely installed, by every name they provide."""
    fields = "${db:Status-Status}\\t${Version}\\t${Package}\\t${Provides}\\n"
    try:
        done = pace.run(["dpkg-query", "--show", f"--showformat={fields}"], 30, text=True)
    except FileNotFoundError:
        return {}
    versions = {}
    for line in done.stdout.splitlines():
        status, version, package, provides = line.split("\t")
        if status == "installed":
            # postgresql-17, postgresql-contrib (= 1:17.0), ...
            for name in [package, *provides.split(",")]:
                versions[name.strip().partition(" ")[0]] = version
    return versions
