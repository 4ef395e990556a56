# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""psycopg, with and without asyncio."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs.drivers import (
    libpq,
)


def _wrap(module: Any) -> None:
    for cls in (module.Connection, module.AsyncConnection):
        _wrap_connection(module, cls)
    # Bound to the class before it was wrapped.
    module.connect = module.Connection.connect
    cursors = [module.Cursor, module.AsyncCursor, module.ServerCursor, module.AsyncServerCursor]
    for cls in cursors:
        for name in ("execute", "executemany", "stream", "copy"):
            if name in vars(cls):
                setattr(cls, name, _judged(module, vars(cls)[name]))


def _wrap_connection(module: Any, cls: Any) -> None:
    original = cls.connect.__func__
    is_async = inspect.iscoroutinefunction(original)

    def prepared(conninfo: str, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        given = {**module.conninfo.conninfo_to_dict(conninfo), **parameters}
        return libpq.parameters(parameters, given)

    def connect(kind: Any, conninfo: str = "", **parameters: Any) -> Any:
        wanted, before = prepared(conninfo, parameters)
        try:
            connection = original(kind, conninfo, **wanted)
        except module.OperationalError as exc:
            if not libpq.is_startup(exc):
                raise
            connection = original(kind, conninfo, **{**wanted, "options": before})
        connection.read_only = True
        with connection.transaction():
            rows = [connection.execute(text).fetchone() for text in _LOOKS]
        connection.is_pooled = _is_pooled(connection, rows)
        read_only.keep(connection.is_pooled, None, connection.autocommit)
        return connection

    async def connect_async(kind: Any, conninfo: str = "", **parameters: Any) -> Any:
        wanted, before = prepared(conninfo, parameters)
        try:
            connection = await original(kind, conninfo, **wanted)
        except module.OperationalError as exc:
            if not libpq.is_startup(exc):
                raise
            connection = await original(kind, conninfo, **{**wanted, "options": before})
        await connection.set_read_only(True)
        async with connection.transaction():
            rows = [await (await connection.execute(text)).fetchone() for text in _LOOKS]
        connection.is_pooled = _is_pooled(connection, rows)
        read_only.keep(connection.is_pooled, None, connection.autocommit)
        return connection

    cls.connect = classmethod(connect_async if is_async else connect)
    cls.is_pooled = False
    for name in ("read_only", "autocommit"):
        _wrap_setting(cls, name)


_LOOKS = (f"SHOW {read_only.READ_ONLY}", "SELECT pg_backend_pid()")


def _is_pooled(connection: Any, rows: Sequence[Any]) -> bool:
    # Whatever the application's row factory makes of them.
    found = [next(iter(row.values())) if isinstance(row, dict) else row[0] for row in rows]
    return bool(found[0] != "on" or found[1] != connection.info.backend_pid)


def _wrap_setting(cls: Any, name: str) -> None:
    """Refuse to set read_only to False, and autocommit where that leads out of it."""

    def keep(self: Any, value: Any) -> None:
        pair = (value, None) if name == "read_only" else (None, value)
        read_only.keep(self.is_pooled, *pair)

    setting, method = getattr(cls, name), getattr(cls, f"set_{name}")

    def assign(self: Any, value: Any) -> None:
        keep(self, value)
        setting.fset(self, value)

    def assign_by_call(self: Any, value: Any) -> Any:
        keep(self, value)
        return method(self, value)

    setattr(cls, name, property(setting.fget, assign))
    setattr(cls, f"set_{name}", assign_by_call)


def _judged(module: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    """A method of psycopg's cursors that judges its statement first."""

    def check(cursor: Any, query: Any, arguments: object) -> None:
        text = query.as_string(None) if hasattr(query, "as_string") else query
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        read_only.judge(text, arguments, cursor.connection.is_pooled)

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def run_async(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            check(self, query, [arguments, options])
            try:
                return await original(self, query, *arguments, **options)
            except module.Error as exc:
                read_only.note(exc)
                raise

        return run_async

    @functools.wraps(original)
    def run(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        check(self, query, [arguments, options])
        try:
            return original(self, query, *arguments, **options)
        except module.Error as exc:
            read_only.note(exc)
            raise

    return run


WRAPPERS: dict[str, Callable[[Any], None]] = {"psycopg": _wrap}
