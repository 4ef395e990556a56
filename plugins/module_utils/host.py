# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one execution has read of a host, so that no question is asked twice."""

from __future__ import annotations

import subprocess

from ansible_collections.flaskops.stack.plugins.module_utils import (
    catalogue,
    migrations,
    postgresql,
    systemd,
)

UNIT_PROPERTIES = (
    "ActiveState",
    "UnitFileState",
    "NeedDaemonReload",
    "FragmentPath",
    "DropInPaths",
    "MainPID",
)


class Host:
    """The host on which this runs.

    resources are all that will be compared, as (kind, options): packages and units are
    asked for in one call each.
    """

    def __init__(self, resources=()):
        self._package_names = {o["name"] for kind, o in resources if kind == "package"}
        self._unit_names = {o["unit"] for _kind, o in resources if o.get("unit")}
        self._packages = None
        self._units = None
        self._servers = {}
        self._databases = {}
        self._probes = {}

    def package(self, name):
        """The installed version of a Debian package, or None."""
        if self._packages is None:
            self._packages = _installed(self._package_names | {name})
        return self._packages.get(name)

    def unit(self, name):
        """The properties of a systemd unit; {} where systemd knows no such unit."""
        if self._units is None:
            self._units = systemd.show(sorted(self._unit_names | {name}), UNIT_PROPERTIES)
        return self._units.get(name, {})

    def server(self, login):
        """The catalogue.Server behind a login; raises postgresql.ServerError."""
        key = (login["login_user"], login["login_unix_socket"], login["login_port"])
        return _once(self._servers, key, lambda: catalogue.read_server(login))

    def database(self, login, name, schema, owner):
        """The catalogue.Database of that name; raises postgresql.ServerError."""
        key = (login["login_unix_socket"], login["login_port"], name, schema, owner)
        return _once(
            self._databases, key, lambda: catalogue.read_database(login, name, schema, owner)
        )

    def probe(self, application, variable):
        """What migrations.probe() returns for an application; raises MigrationError."""
        key = (application.user.pw_name, application.virtualenv, variable)
        return _once(self._probes, key, lambda: migrations.probe(application, variable))


def _once(cache, key, read):
    """The answer to a question, or the error that it ended with, from its first asking."""
    if key not in cache:
        try:
            cache[key] = read()
        except (postgresql.ServerError, migrations.MigrationError) as exc:
            cache[key] = exc
    if isinstance(cache[key], Exception):
        raise cache[key]
    return cache[key]


def _installed(names):
    """The versions of those packages that are completely installed."""
    query = [
        "dpkg-query",
        "--show",
        "--showformat=${Package}\\t${db:Status-Status}\\t${Version}\\n",
    ]
    try:
        # It ends with 1 where it does not know one of the names.
        done = subprocess.run(
            [*query, *sorted(names)], capture_output=True, text=True, check=False, timeout=30
        )
    except FileNotFoundError:
        return {}
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "installed"}
