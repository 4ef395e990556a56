# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What psycopg2 and psycopg have in common: the library that they connect with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only

OPTION = f"-c {read_only.READ_ONLY}=on"


def parameters(values: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return (values, read-only; the options before).

    given is what the values say of options and target_session_attrs.
    """
    options = given.get("options") or os.environ.get("PGOPTIONS") or ""
    found = {**values, "options": with_option(options)}
    wanted = given.get("target_session_attrs") or os.environ.get("PGTARGETSESSIONATTRS")
    if wanted == "read-write":
        # libpq would look for a session that may write; a primary is what is meant.
        found["target_session_attrs"] = "primary"
    return found, options.replace(OPTION, "").strip()


def with_option(options: str | None) -> str:
    """options of libpq with the one that is read-only, last, because the last one wins."""
    return f"{options or ''} {OPTION}".strip()


def is_startup(error: BaseException) -> bool:
    """Whether a pooler has refused what the session was to start with."""
    return "startup parameter" in str(error)
