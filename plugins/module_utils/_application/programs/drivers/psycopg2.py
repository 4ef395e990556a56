# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""psycopg2: a session that is set read-only, and cursors that judge each statement."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs.drivers import (
    libpq,
)


def _wrap(module: Any) -> None:
    original = module.connect

    @functools.wraps(original)
    def connect(
        dsn: str | None = None,
        connection_factory: Any = None,
        cursor_factory: Any = None,
        **parameters: Any,
    ) -> Any:
        if parameters.get("async") or parameters.get("async_"):
            read_only.refuse(read_only.unguarded, "an asynchronous session of psycopg2")
        values = module.extensions.parse_dsn(dsn) if dsn else {}
        values.update({key: value for key, value in parameters.items() if value is not None})
        values, before = libpq.parameters(values, values)
        factory = _connection(module, connection_factory or module.extensions.connection)
        own = {"connection_factory": factory, "cursor_factory": cursor_factory}
        try:
            connection = original(**own, **values)
        except module.OperationalError as exc:
            if not libpq.is_startup(exc):
                raise
            connection = original(**own, **{**values, "options": before})
        connection.readonly = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            server = cursor.fetchone()[0]
            cursor.execute(f"SHOW {read_only.READ_ONLY}")
            is_read_only = cursor.fetchone()[0] == "on"
        connection.rollback()
        connection.is_pooled = not is_read_only or server != connection.info.backend_pid
        return connection

    module.connect = connect


@functools.cache
def _connection(module: Any, base: Any) -> Any:
    """A class of connections that stay read-only."""

    class Connection(base):
        is_pooled = False

        def cursor(self, *arguments: Any, **options: Any) -> Any:
            plain = super().cursor(*arguments, **options)
            if hasattr(plain, "is_guarded"):
                return plain
            plain.close()
            kind: Any = type(plain)
            # Behind the name is the factory, in whose place comes an own one.
            options.update(zip(("withhold", "scrollable"), arguments[2:]))
            options["cursor_factory"] = _cursor(module, kind)
            return super().cursor(*arguments[:1], **options)

        def set_session(self, *arguments: Any, **options: Any) -> Any:
            names = ("isolation_level", "readonly", "deferrable", "autocommit")
            values = {**dict(zip(names, arguments)), **options}
            read_only.keep(self.is_pooled, values.get("readonly"), values.get("autocommit"))
            return super().set_session(**values)

        def set_isolation_level(self, level: int | None) -> None:
            read_only.keep(self.is_pooled, None, level == 0)
            super().set_isolation_level(level)

        @property
        def readonly(self) -> Any:
            return base.readonly.__get__(self)

        @readonly.setter
        def readonly(self, value: Any) -> None:
            read_only.keep(self.is_pooled, value, None)
            base.readonly.__set__(self, value)

        @property
        def autocommit(self) -> Any:
            return base.autocommit.__get__(self)

        @autocommit.setter
        def autocommit(self, value: Any) -> None:
            read_only.keep(self.is_pooled, None, value)
            base.autocommit.__set__(self, value)

    return Connection


@functools.cache
def _cursor(module: Any, base: Any) -> Any:
    """A class of cursors that judge each statement."""

    class Cursor(base):
        is_guarded = True

        def _judged(self, query: Any, values: object) -> None:
            text = query
            if hasattr(query, "as_string"):
                text = query.as_string(self)
            if isinstance(text, (bytes, bytearray)):
                text = bytes(text).decode("utf-8", "replace")
            read_only.judge(text, values, getattr(self.connection, "is_pooled", False))

        def execute(self, query: Any, vars: Any = None) -> Any:
            self._judged(query, vars)
            try:
                return super().execute(query, vars)
            except module.Error as exc:
                read_only.note(exc)
                raise

        def executemany(self, query: Any, vars_list: Iterable[Any]) -> Any:
            vars_list = list(vars_list)
            self._judged(query, vars_list)
            try:
                return super().executemany(query, vars_list)
            except module.Error as exc:
                read_only.note(exc)
                raise

        def callproc(self, procname: str, *arguments: Any) -> None:
            self._judged("call " + procname, arguments)

    return Cursor


WRAPPERS: dict[str, Callable[[Any], None]] = {"psycopg2": _wrap}
