# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""asyncpg, which reads no PGOPTIONS and has its settings sent at the start of a session."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs.drivers import (
    libpq,
)


def _wrap_connect(module: Any) -> None:
    original = module._connect

    @functools.wraps(original)
    async def connect(*arguments: Any, **options: Any) -> Any:
        settings = {**(options.get("server_settings") or {}), read_only.READ_ONLY: "on"}
        wanted: Any = options.get("target_session_attrs")
        if getattr(wanted, "value", wanted) == "read-write":
            # It would look for a session that may write; a primary is what is meant.
            options["target_session_attrs"] = type(wanted)("primary")
        try:
            connection = await original(*arguments, **{**options, "server_settings": settings})
        except Exception as exc:
            if libpq.is_startup(exc):
                read_only.refuse(read_only.unguarded, "a session of asyncpg through a pooler")
            raise
        # A look by itself: the statement's own transaction says what the session starts with.
        is_read_only = await connection.fetchval(f"SHOW {read_only.READ_ONLY}")
        server = await connection.fetchval("SELECT pg_backend_pid()")
        if is_read_only != "on" or server != connection.get_server_pid():
            await connection.close()
            read_only.refuse(read_only.unguarded, "a session of asyncpg through a pooler")
        return connection

    module._connect = connect


def _wrap_connection(module: Any) -> None:
    names = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "prepare",
             "cursor", "copy_from_query")  # fmt: skip
    for name in names:
        original = getattr(module.Connection, name, None)
        if original:
            setattr(module.Connection, name, _judged(original))


def _judged(original: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        def run(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
            read_only.judge(query, [arguments, options])
            return original(self, query, *arguments, **options)

        return run

    @functools.wraps(original)
    async def run_async(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        read_only.judge(query, [arguments, options])
        try:
            return await original(self, query, *arguments, **options)
        except Exception as exc:
            read_only.note(exc)
            raise

    return run_async


WRAPPERS: dict[str, Callable[[Any], None]] = {
    "asyncpg.connect_utils": _wrap_connect,
    "asyncpg.connection": _wrap_connection,
}
