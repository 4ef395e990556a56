# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be asked of a diagnosis: the options of connection_info, of which a Case is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import migration_methods
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import database_variables

# As an argument_spec.
OPTIONS: dict[str, dict[str, Any]] = {
    "unit": {"type": "str", "default": ""},
    "user": {"type": "str", "default": ""},
    "directory": {"type": "path", "default": ""},
    "virtualenv": {"type": "path", "default": ""},
    "environment_file": {"type": "path", "default": ""},
    "database_url": {"type": "str", "default": "", "no_log": True},
    "database_variables": {"type": "dict", "default": database_variables.DEFAULT},
    "settings_file": {"type": "path", "default": ""},
    "migrations_directory": {"type": "str", "default": ""},
    "migrations_method": migration_methods.METHOD,
    "alembic_config": migration_methods.ALEMBIC_CONFIG,
    "schema": {"type": "str", "default": "public"},
    "table_privileges": {
        "type": "list",
        "elements": "str",
        "choices": [
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "TRUNCATE",
            "REFERENCES",
            "TRIGGER",
        ],
        "default": ["SELECT", "INSERT", "UPDATE", "DELETE"],
    },
    "migrates": {"type": "bool", "default": False},
    "workers": {"type": "int", "default": 0},
    "pool_size": {"type": "int"},
    "max_overflow": {"type": "int"},
    "instances": {"type": "int", "default": 1},
    "newer_than": {"type": "list", "elements": "path", "default": []},
    "url": {"type": "str", "default": ""},
    "url_host": {"type": "str", "default": ""},
    "url_site": {"type": "str", "default": ""},
    "url_socket": {"type": "path", "default": ""},
    "status": {"type": "list", "elements": "int", "default": [200]},
    "timeout": {"type": "int", "default": 5},
}


class Asked(NamedTuple):
    """What was asked of one diagnosis: the options, as the module's documentation has them.

    timeout is in seconds; workers 0 is for those that run, pool_size and max_overflow None for the
    application's own.
    """

    unit: str
    user: str
    directory: str
    virtualenv: str
    environment_file: str
    database_url: str
    database_variables: dict[str, str]
    settings_file: str
    migrations_directory: str
    migrations_method: str
    alembic_config: str
    schema: str
    table_privileges: list[str]
    migrates: bool
    workers: int
    pool_size: int | None
    max_overflow: int | None
    instances: int
    newer_than: list[str]
    url: str
    url_host: str
    url_site: str
    url_socket: str
    status: list[int]
    timeout: int


def asked(given: Mapping[str, Any]) -> Asked:
    """Make the question of some of the options; what else is given is none, and left out."""
    return Asked(**{name: given.get(name, spec.get("default")) for name, spec in OPTIONS.items()})
