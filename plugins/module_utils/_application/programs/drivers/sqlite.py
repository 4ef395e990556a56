# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SQLite, of which a file that is there is opened read-only."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode


def _wrap(module: Any) -> None:
    original = module.connect

    @functools.wraps(original)
    def connect(database: Any, *arguments: Any, **options: Any) -> Any:
        place, options = _read_only(database, options)
        connection = original(place, *arguments, **options)
        connection.execute("PRAGMA query_only = ON")
        return connection

    module.connect = connect


def _read_only(database: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(database, options) of the same database, read-only; of one that is not there, in memory."""
    text = os.fsdecode(database)
    path, _mark, query = text.partition("?")
    if options.get("uri") and path.startswith("file:"):
        path = path[len("file:") :]
    elif text in ("", ":memory:"):
        return database, options
    else:
        path, query = quote(text), ""
    parameters = dict(parse_qsl(query))
    if path == ":memory:" or parameters.get("mode") == "memory":
        return database, options
    if not os.path.exists(os.path.abspath(text if not query else path)):
        return ":memory:", {**options, "uri": False}
    return f"file:{path}?{urlencode({**parameters, 'mode': 'ro'})}", {**options, "uri": True}


def _wrap_package(module: Any) -> None:
    module.connect = sys.modules["sqlite3.dbapi2"].connect


WRAPPERS: dict[str, Callable[[Any], None]] = {"sqlite3.dbapi2": _wrap, "sqlite3": _wrap_package}
