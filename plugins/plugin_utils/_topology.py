# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host has an application's database, which others connect to it, and which migrates it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Application(NamedTuple):
    """Where the inventory puts one application, hosts in the inventory's order."""

    # The hosts that serve it.
    hosts: Sequence[str]
    # The hosts with a PostgreSQL of this collection; none where somebody else runs the database.
    databases: Sequence[str]


class Place(NamedTuple):
    """What one host is to an application."""

    # The host whose database is this one's; "" where somebody else runs it.
    database: str
    # Whether the database is on this host.
    has_database: bool
    # Whether somebody else runs the database.
    is_managed: bool
    # The hosts that share a database which is not on their own.
    clients: list[str]
    # Whether it is this host of those in the run from which the database is migrated.
    migrates: bool


def place(host: str, application: Application, playing: Sequence[str]) -> Place:
    """Return what a host is to an application.

    A host that serves the application and has a PostgreSQL uses its own. All others share the
    first there is, or else the one that somebody else runs. playing are the hosts of this run.
    """
    has_database = host in application.databases
    database = host if has_database else next(iter(application.databases), "")
    # Lists and no sets, which have another order, and so another pg_hba.conf, in every run.
    clients = [each for each in application.hosts if each not in application.databases]
    both = [each for each in application.databases if each in application.hosts]
    migrators = [host] if host in both else both or clients
    return Place(
        database=database,
        has_database=has_database,
        is_managed=not database,
        clients=clients,
        migrates=host == next((each for each in migrators if each in playing), None),
    )
