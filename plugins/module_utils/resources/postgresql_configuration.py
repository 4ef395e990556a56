# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration files of a PostgreSQL server: has the running server taken them over?

pg_settings and pg_hba_file_rules show the files; only pg_conf_load_time() tells whether
the server has read them since they were written.
"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils import postgresql
from ansible_collections.flaskops.stack.plugins.module_utils.difference import difference

OPTIONS = postgresql.login_options()


def identity(resource):
    return f"port {resource['login_port']}"


def read(resource):
    """What was not loaded, what was rejected, and what waits for a restart."""
    try:
        with postgresql.session(resource) as cursor:
            return {
                "unloaded": postgresql.unloaded_files(cursor),
                "rejected": postgresql.rejected_lines(cursor),
                "pending_restart": postgresql.settings_pending_restart(cursor),
            }
    except postgresql.ServerError as exc:
        return {"error": str(exc)}


def compare(resource, actual):
    """The differences between a server that runs on its files and what read() returned.

    Attributes: "reachable", "loaded" (a reload brings it), "restarted" (a restart brings
    it), "accepted" (a line has to be mended).
    """
    if "error" in actual:
        return [difference("reachable", "the server answers", actual["error"], "missing")]
    found = [
        difference("loaded", f"{path} read since its last change", f"changed {age} s later")
        for path, age in sorted(actual["unloaded"].items())
    ]
    if not found:
        # Lines are judged as the server has them; what is not loaded yet is not judged.
        found += [
            difference("accepted", f"{row['file']}:{row['line']} is valid", row["error"])
            for row in actual["rejected"]
        ]
    found += [
        difference("restarted", f"{name} in effect", "waits for a restart")
        for name in actual["pending_restart"]
    ]
    return found
