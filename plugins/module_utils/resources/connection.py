# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's connection to its database, as its service makes it.

The same user, environment file and driver: what this finds, the service meets.
"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils import migrations
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference

OPTIONS = {
    "user": {"type": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "virtualenv": {"type": "path", "required": True},
    "environment_file": {"type": "path", "required": True},
    "variable": {"type": "str", "default": "DATABASE_URL"},
}

CHECKS = {
    "application": Check("error", "The application is not installed completely."),
    "config": Check("error", "The environment file has no database URL."),
    "driver": Check("error", "The virtual environment has no driver for PostgreSQL."),
    "connection": Check("error", "The database is down, out of reach, or refuses the application."),
    "privileges": Check("error", "The table of revisions may not be read, or is locked."),
}

REMEDY = "Run flaskops.stack.site; where it stays, see the message and the server's log."


def identity(resource):
    return f"{resource['user']} to its database"


def load(resource, host):
    """The application and what it says of its database."""
    application = migrations.load(
        resource["user"],
        resource["directory"],
        resource["virtualenv"],
        resource["environment_file"],
        {},
    )
    return application, host.probe(application, resource["variable"])


def read(resource, host):
    """layer and error of what fails, or the revisions of the database."""
    try:
        return load(resource, host)[1]
    except migrations.MigrationError as exc:
        return {"layer": "application", "error": str(exc)}


def compare(_resource, actual):
    if "error" not in actual:
        return []
    return [
        difference(
            actual["layer"], "answers", actual["error"], remedy=REMEDY, because=["any error"]
        )
    ]
