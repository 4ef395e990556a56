# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an application's database is migrated, as it is declared."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import database_variables

# What Alembic can be asked about.
WITH_ALEMBIC = ("flask_migrate", "alembic")
# What says nothing of what is pending, and is run once for each release.
ONCE = ("command", "application")
METHODS = (*WITH_ALEMBIC, *ONCE, "none")

NOT_LOADED = "not asked, because it migrates when it is loaded (migrations_method)"

METHOD = {"type": "str", "choices": list(METHODS), "default": "flask_migrate"}
ALEMBIC_CONFIG = {"type": "str", "default": "alembic.ini"}


def question(
    method: str,
    alembic_config: str,
    scripts: str,
    names: Mapping[str, str],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """What programs/revisions.py and programs/upgrade.py need to find the migrations.

    alembic_config and scripts are paths as declared, "" for the default; names are those of
    database_variables.py, in the environment that the program gets.
    """
    return {
        "method": method,
        "config": alembic_config,
        "directory": scripts,
        "database_url": database_variables.as_url(names, environment),
    }


def record(user: str) -> str:
    """The name of the proof (proofs.py) that the database was migrated for a release, of an
    application by its system user."""
    return f"{user}.migrated"


def record_key(directory: str, command: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What that is bound to; directory is in the release, and facts are of a session in the
    database, whichever role's."""
    return {
        "release": os.path.realpath(directory),
        "command": list(command),
        "database": [facts.get(n) for n in ("database_number", "database", "address", "port")],
    }
