# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the application make a mistake that is known by name, in what it was asked or just now?

A mistake that keeps another layer from being well has its code there already.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (
    application_errors,
    recognition,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Outcome,
    ok,
    skipped,
    warning,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ()

CODES = application_errors.codes()

# Seconds for which a mistake in the journal is told.
RECENTLY = 900


def check(case: Case) -> Outcome:
    """What the journal has of the running service, and what the loaded application shows."""
    since = time.time() - RECENTLY
    for failure in reversed(case.failures(since)):
        name = recognition.recognise(failure)
        if name:
            outcome = warning(name, "lately, in the journal")
            return recognition.told(outcome, failure)
    shown = case.loaded().get("settings")
    if not shown:
        return ok("no known mistake") if case.asked.unit else skipped("it was not loaded")
    tables = case.session["schema"]["tables"] if case.session and case.session["schema"] else 0
    return judge(shown, tables, case.preloads(), case.asked.url) or ok("no known mistake")


def judge(shown: Mapping[str, Any], tables: int, preloads: bool, url: str) -> Outcome | None:
    """What will go wrong with an application, by what programs/settings.py says of it; tables is
    how many its database has."""
    if shown["other_tables"]:
        names = ", ".join(shown["other_tables"][:3])
        return warning("two_instances", f"a second SQLAlchemy() has the models of {names}")
    if tables and shown["tables"] == []:
        text = f"no models are imported with the application, and its database has {tables} tables"
        return warning("models_not_imported", text)
    if preloads and shown["connections"]:
        text = f"it is preloaded, and has {shown['connections']} connections open before the fork"
        return warning("shared_pool", text)
    if shown["pooled"] and not shown["pre_ping"] and shown["recycle"] < 0:
        return warning("stale_connection", "the pool has neither pool_pre_ping nor pool_recycle")
    if shown["csrf"] and shown["secure_cookie"] and url.startswith("http:"):
        text = "forms are checked, SESSION_COOKIE_SECURE is set, and the site has no TLS"
        return warning("csrf", text)
    return None
