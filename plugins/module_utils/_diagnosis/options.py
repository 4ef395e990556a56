# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be asked of a diagnosis: the options of connection_info, of which a Case is made."""

from __future__ import annotations

from typing import Any

# As an argument_spec.
OPTIONS: dict[str, dict[str, Any]] = {
    "unit": {"type": "str", "default": ""},
    "user": {"type": "str", "default": ""},
    "directory": {"type": "path", "default": ""},
    "virtualenv": {"type": "path", "default": ""},
    "environment_file": {"type": "path", "default": ""},
    "database_url": {"type": "str", "default": "", "no_log": True},
    "database_url_variable": {"type": "str", "default": "DATABASE_URL"},
    "migrations_directory": {"type": "str", "default": ""},
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

# For what is not declared.
DEFAULTS = {name: option.get("default") for name, option in OPTIONS.items()}
