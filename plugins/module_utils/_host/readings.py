# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one execution has read of a host, so that no question is asked twice."""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units


class Host:
    """The host on which this runs.

    declared are the options of all that will be compared, so that systemd is asked once for
    all units. diagnose(options of connection_info) returns (Case, verdict) of a connection that
    fails.
    """

    def __init__(self, declared=(), anew=False, diagnose=None):
        self.diagnose = diagnose
        self._unit_names = {options["unit"] for options in declared if options.get("unit")}
        self._unit_names.update(unit for options in declared for unit in options.get("units") or ())
        # Whether what is kept of an earlier time (proofs.py) is to be asked anew; and what was
        # found out now and may be kept: {name: (key, proven)}.
        self.anew = anew
        self.learned = {}
        self._packages = None
        self._units = None
        self._servers = {}
        self._databases = {}
        self._answers = {}

    def package(self, name):
        """The installed version of a Debian package or of what provides it, or None."""
        if self._packages is None:
            self._packages = _installed()
        return self._packages.get(name)

    def unit(self, name):
        """The properties of a systemd unit; {} where systemd knows no such unit."""
        if self._units is None:
            self._units = units.show(sorted(self._unit_names | {name}))
        return self._units.get(name, {})

    def once(self, key, read):
        """The answer to any other question, from its first asking."""
        if key not in self._answers:
            self._answers[key] = read()
        return self._answers[key]

    def server(self, login):
        """The catalogue.Server behind a login; raises session.ServerError."""
        key = (login["login_user"], login["login_unix_socket"], login["login_port"])
        return _once(self._servers, key, lambda: catalogue.read_server(login))

    def database(self, login, name, schema, owner):
        """The catalogue.Database of that name; raises session.ServerError."""
        server = (login.get("login_host"), login["login_unix_socket"], login["login_port"])
        key = (*server, name, schema, owner)
        return _once(
            self._databases, key, lambda: catalogue.read_database(login, name, schema, owner)
        )


def _once(cache, key, read):
    """The answer to a question, or the error that it ended with, from its first asking."""
    if key not in cache:
        try:
            cache[key] = read()
        except session.ServerError as exc:
            cache[key] = exc
    if isinstance(cache[key], Exception):
        raise cache[key]
    return cache[key]


def _installed():
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
