# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Alembic itself says of an application's migrations.

This file runs in the application's virtual environment, as a program of its own (see
migrations.py), so it may import nothing of Ansible or of this collection. It writes one
JSON object to the file descriptor that its first argument names.
"""

from __future__ import annotations

import json
import os
import sys


def revisions(directory, target):
    """The current and head revisions, and those that are pending, oldest first."""
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from flask.cli import ScriptInfo

    app = ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
    if "migrate" not in app.extensions:
        raise RuntimeError("the application does not initialise Flask-Migrate: Migrate(app, db)")
    with app.app_context():
        config = app.extensions["migrate"].migrate.get_config(directory or None)
        script = ScriptDirectory.from_config(config)
        current = []

        def capture(revision, _context):
            current.extend(revision if isinstance(revision, (tuple, list)) else [revision])
            return []

        # The application's own env.py opens the connection, as it does for an upgrade.
        with EnvironmentContext(config, script, fn=capture, dont_mutate=True):
            script.run_env()
        current = sorted({revision for revision in current if revision})
        pending = script.iterate_revisions(target, tuple(current) or "base")
        return {
            "current": current,
            "heads": sorted(script.get_heads()),
            "pending": [
                {"revision": step.revision, "message": step.doc, "file": step.path}
                for step in reversed(list(pending))
            ],
        }


def main():
    answer, directory, target = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    sys.path.insert(0, os.getcwd())
    try:
        found = revisions(directory, target)
    except Exception as exc:
        found = {"error": f"{type(exc).__module__}.{type(exc).__qualname__}: {exc}"}
    with os.fdopen(answer, "w", encoding="utf-8") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main()
