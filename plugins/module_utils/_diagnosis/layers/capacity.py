# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Are there as many connections as the workers may open?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    skipped,
    warning,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

# A server without a slot left says so before the database is reached.
NEEDS = ("config", "url", "dns", "tcp", "tls")

CODES = {
    "max_connections": Code(
        "All of the server's connections are in use: leaked sessions, or pools that are too big.",
        "See pg_stat_activity for who has them; use smaller pools or a pooler.",
    ),
    "role_limit": Code(
        "The role has as many sessions as its CONNECTION LIMIT allows.",
        "Use smaller pools, or ALTER ROLE ... CONNECTION LIMIT ...",
    ),
    "database_limit": Code(
        "The database has as many sessions as its CONNECTION LIMIT allows.",
        "Use smaller pools, or ALTER DATABASE ... CONNECTION LIMIT ...",
    ),
    "pool_exceeds": Code(
        "Workers x (pool_size + max_overflow) is more than the server can give: it fails under"
        " load, not before.",
        "Use fewer workers or a smaller pool, a pooler, or more max_connections.",
    ),
    "resources": Code(
        "The server has no memory, disk or other resource left for a session.",
        "See the message and the server's log.",
    ),
}

# The server's routines; their names are not translated.
ROUTINES = {
    "InitializeSessionUserId": "role_limit",
    "CheckMyDatabase": "database_limit",
}


def check(case: Case) -> Outcome:
    """Judge a login that found no slot; or count what the workers may take."""
    attempt = case.login()
    if attempt is not None:
        return _of_login(attempt)
    if case.session is None or case.session_error:
        return skipped("the limits could not be read")
    pool = case.pool()
    if not case.workers or not pool:
        return skipped("the number of workers or the size of the pool is not known")
    return judge(case.session, case.workers, case.asked.instances, *pool)


def _of_login(attempt: Mapping[str, Any]) -> Outcome:
    error = attempt["error"]
    if error and error["sqlstate"] == "53300":
        code = ROUTINES.get(error["routine"], "max_connections")
        return failed(code, error["message"], sqlstate=error["sqlstate"])
    if error and error["sqlstate"].startswith("53"):
        return failed("resources", error["message"], sqlstate=error["sqlstate"])
    # PgBouncer's texts are never translated.
    if error and not error["routine"] and "no more connections allowed" in error["message"]:
        return failed("max_connections", error["message"])
    return skipped("not reached")


def judge(
    session: Mapping[str, Any], workers: int, instances: int, pool_size: int, max_overflow: int
) -> Outcome:
    """The outcome for the limits that the session has read."""
    limits: dict[str, int] = {"max_connections": session["max_connections"]}
    if not session["superuser"]:
        limits["max_connections"] -= session["reserved_connections"]
    for name in ("role_limit", "database_limit"):
        if session[name] >= 0:
            limits[name] = session[name]
    # Each name has a limit, which mypy cannot know of get().
    narrowest = min(limits, key=limits.get)  # type: ignore[arg-type]
    most = workers * (pool_size + max_overflow) * instances
    evidence = {
        "workers": workers, "pool_size": pool_size, "max_overflow": max_overflow,
        "instances": instances, "limits": limits, "in_use": session["connections"],
    }  # fmt: skip
    hosts = f"{instances} hosts x " if instances > 1 else ""
    text = (
        f"{hosts}{workers} workers x ({pool_size} + {max_overflow}) may open {most} connections,"
        f" and {narrowest} leaves {limits[narrowest]}"
    )
    if most > limits[narrowest]:
        return warning("pool_exceeds", text, **evidence)
    return ok(text, **evidence)
