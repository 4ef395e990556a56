# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's migrations: is its database at the newest revision of the code?

Usually the scripts and the database's version table answer that; Alembic itself, which
takes a second to start, is asked where the two differ or cannot tell.
"""

from __future__ import annotations

import os

from ansible_collections.flaskops.stack.plugins.module_utils import alembic_scripts, application
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference
from ansible_collections.flaskops.stack.plugins.module_utils.programs import revisions
from ansible_collections.flaskops.stack.plugins.module_utils.resources import connection

OPTIONS = {
    "release": {"type": "path", "required": True},
    "scripts": {"type": "str", "default": ""},
    "models": {"type": "bool", "default": False},
    **connection.OPTIONS,
}

CHECKS = {
    "asked": Check("error", "The code and the database do not know each other's revisions."),
    "revision": Check(
        "error", "The code was deployed, or the database restored, without migrating."
    ),
    "models": Check("warning", "A model changed without a migration, or the database by hand."),
}


MAKE_MIGRATION = "Run flask db migrate in the application's source, and deploy the migration."


def identity(resource):
    return f"{resource['user']} in {resource['directory']}"


def depends(resource):
    return [
        f"release {resource['release']}",
        f"connection {connection.identity(resource)}",
    ]


def read(resource, host):
    """current, heads and pending as programs/revisions.py returns them; or error."""
    try:
        installed, found = connection.load(resource, host)
        if "error" in found:
            return found
        scripts = os.path.join(resource["directory"], resource["scripts"] or "migrations")
        heads = alembic_scripts.heads(scripts)
        if not resource["models"] and heads is not None and heads == found["revisions"]:
            return {"current": heads, "heads": heads, "pending": []}
        return _ask(installed, resource)
    except application.ApplicationError as exc:
        return {"error": str(exc)}


def _ask(installed, resource):
    question = {"directory": resource["scripts"], "models": resource["models"]}
    found = application.ask(installed, revisions, question)
    if found.get("unknown"):
        unknown = ", ".join(found["unknown"])
        return {"error": f"the database is at {unknown}, which this code does not have"}
    return found


def compare(resource, actual):
    if "error" in actual:
        because = [*depends(resource), "any error"]
        return [difference("asked", "answers", actual["error"], because=because)]
    if not actual["pending"]:
        remedy = MAKE_MIGRATION
        return [
            difference("models", "as in the database", words, remedy=remedy)
            for words in [", ".join(actual.get("models") or [])]
            if words
        ]
    pending = ", ".join(f"{step['revision']} ({step['message']})" for step in actual["pending"])
    return [
        difference(
            "revision",
            ", ".join(actual["heads"]),
            f"{', '.join(actual['current']) or 'no revision'}; pending: {pending}",
            because=[f"release {resource['release']}"],
        )
    ]
