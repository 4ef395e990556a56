# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that cannot write, for an application that is only asked something.

Loading an application runs its code, and some migrate or write when they are loaded. PostgreSQL's
default_transaction_read_only alone does not keep them from it: an application may set READ WRITE
itself, asyncpg does not read PGOPTIONS, and a pooler drops or refuses what a session starts with.
So every driver is wrapped when it is imported, which is before the application has it:

- a session begins read-only (options of libpq, server_settings of asyncpg, mode=ro of SQLite), and
  is asked whether it is;
- psycopg2 and psycopg begin each transaction with READ ONLY, also where a pooler swallowed the
  option; there, an own COMMIT or autocommit is refused, since it would lead out of it;
- a statement that would make anything READ WRITE again is refused;
- a driver with which none of this is possible opens no connection, and neither does a program
  that the application starts.
"""

from __future__ import annotations

import functools
import importlib.abc
import inspect
import os
import re
import sys
from urllib.parse import parse_qsl, quote, urlencode

READ_ONLY = "default_transaction_read_only"
OPTION = f"-c {READ_ONLY}=on"
# read_only_sql_transaction; "25001" is what SET TRANSACTION READ WRITE in one that is ends with.
STATES = ("25006", "25001")

COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)
WRITABLE = re.compile(r"\bread\s+write\b|transaction_read_only", re.I)
# A procedure or a block may end the transaction that it runs in.
OWN_TRANSACTIONS = re.compile(r"(?:call|do)\b", re.I)
ENDS = re.compile(
    r"(?:commit|end|abort|begin|start|prepare\s+transaction|rollback(?!\s+to))\b", re.I
)
# Programs that would have a driver of their own.
PROGRAM = re.compile(r"(?:python[\d.]*|flask|alembic|gunicorn|psql|pg_\w+|uv|poetry)\Z")

# Drivers without a way to make a session read-only.
OTHERS = (
    "pg8000", "pg8000.dbapi", "pg8000.legacy", "pg8000.native", "psycopg2cffi", "pgdb", "pymysql",
    "MySQLdb", "mysql.connector", "mariadb", "aiomysql", "asyncmy", "oracledb", "cx_Oracle",
    "pyodbc", "pymssql",
)  # fmt: skip


class Refused(Exception):
    """A session or a statement that might write."""


# What the application tried, in a few words each: attempts are statements that write, and
# unguarded are sessions of which nothing guarantees that they do not.
attempts = []
unguarded = []


def install():
    """Wrap every driver that is imported from now on, or was already."""
    sys.meta_path.insert(0, _Finder(WRAPPERS))
    # For what reaches libpq in another way.
    os.environ["PGOPTIONS"] = _with_option(os.environ.get("PGOPTIONS"))
    for name, wrap in WRAPPERS.items():
        if name in sys.modules:
            wrap(sys.modules[name])
    sys.addaudithook(_refuse_programs)


def start_with(settings):
    """Begin every session with these settings, of an application that may write."""
    words = " ".join(f"-c {name}={value}" for name, value in settings.items())
    os.environ["PGOPTIONS"] = f"{os.environ.get('PGOPTIONS') or ''} {words}".strip()

    def wrap(module):
        original = module._connect

        async def connect(*arguments, **options):
            given = {**settings, **(options.get("server_settings") or {})}
            return await original(*arguments, **{**options, "server_settings": given})

        module._connect = connect

    sys.meta_path.insert(0, _Finder({"asyncpg.connect_utils": wrap}))


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps a driver at the end of its import; the other finders find it."""

    def __init__(self, wrappers):
        self._wrappers = wrappers
        self.is_read_only = wrappers is WRAPPERS

    def find_spec(self, name, path, target=None):
        if name not in self._wrappers:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec and spec.loader:
                _after_import(spec.loader, self._wrappers[name])
                return spec
        return None


def _after_import(loader, wrap):
    execute = loader.exec_module

    def exec_module(module):
        execute(module)
        wrap(module)

    loader.exec_module = exec_module


def judge(text, values=None, is_pooled=False):
    """Raise Refused for a statement that would lead out of what is read-only."""
    words = COMMENT.sub(" ", text)
    parts = [part.strip() for part in words.split(";")]
    asks = all(part[:5].lower() == "show " or not part for part in parts)
    writable = WRITABLE.search(words) or WRITABLE.search(" ".join(_texts(values)))
    ends = [p for p in parts if OWN_TRANSACTIONS.match(p) or (is_pooled and ENDS.match(p))]
    if (writable and not asks) or ends:
        _refuse(attempts, f"the statement {' '.join(words.split())[:80]}")


def _texts(values):
    """The texts among a statement's parameters, however they are nested."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        yield from _texts(list(values.values()))
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _texts(value)


def has_refused():
    """Whether the application tried what it must not."""
    return bool(attempts or unguarded)


def _refuse(kept, what):
    kept.append(what)
    raise Refused(f"refused, because only what reads may run: {what}")


def note(error):
    """Keep in mind that the server has refused to write."""
    if _state(error) in STATES or "readonly database" in str(error):
        attempts.append(str(error).strip().splitlines()[0])


def has_written(error):
    """Whether the server has refused to write somewhere in the chain of an exception, because of
    what install() did."""
    if not any(isinstance(f, _Finder) and f.is_read_only for f in sys.meta_path):
        return False
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        original = getattr(error, "orig", None)
        if any(_state(each) in STATES for each in (error, original)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _state(error):
    return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)


def _refuse_programs(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"):
        for word in _words(arguments[:2]):
            name = os.path.basename(word)
            if PROGRAM.match(name):
                _refuse(unguarded, f"the program {name}")


def _words(found):
    """The words of a command line, however it is given."""
    if isinstance(found, (list, tuple)):
        for part in found:
            yield from _words(part)
    elif isinstance(found, (str, bytes, os.PathLike)):
        yield from os.fsdecode(found).split()


# libpq: psycopg2 and psycopg


def _libpq(parameters, given):
    """parameters, read-only: given is what they say of options and target_session_attrs."""
    options = given.get("options") or os.environ.get("PGOPTIONS") or ""
    found = {**parameters, "options": _with_option(options)}
    wanted = given.get("target_session_attrs") or os.environ.get("PGTARGETSESSIONATTRS")
    if wanted == "read-write":
        # libpq would look for a session that may write; a primary is what is meant.
        found["target_session_attrs"] = "primary"
    return found, options.replace(OPTION, "").strip()


def _with_option(options):
    # The last one wins.
    return f"{options or ''} {OPTION}".strip()


def _is_startup(error):
    """Whether a pooler has refused what the session was to start with."""
    return "startup parameter" in str(error)


def _wrap_psycopg2(module):
    original = module.connect

    @functools.wraps(original)
    def connect(dsn=None, connection_factory=None, cursor_factory=None, **parameters):
        if parameters.get("async") or parameters.get("async_"):
            _refuse(unguarded, "an asynchronous session of psycopg2")
        values = module.extensions.parse_dsn(dsn) if dsn else {}
        values.update({key: value for key, value in parameters.items() if value is not None})
        values, before = _libpq(values, values)
        factory = _psycopg2_connection(module, connection_factory or module.extensions.connection)
        own = {"connection_factory": factory, "cursor_factory": cursor_factory}
        try:
            connection = original(**own, **values)
        except module.OperationalError as exc:
            if not _is_startup(exc):
                raise
            connection = original(**own, **{**values, "options": before})
        connection.readonly = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            server = cursor.fetchone()[0]
            cursor.execute(f"SHOW {READ_ONLY}")
            is_read_only = cursor.fetchone()[0] == "on"
        connection.rollback()
        connection.is_pooled = not is_read_only or server != connection.info.backend_pid
        return connection

    module.connect = connect


@functools.cache
def _psycopg2_connection(module, base):
    """A class of connections that stay read-only."""

    class Connection(base):
        is_pooled = False

        def cursor(self, *arguments, **options):
            plain = super().cursor(*arguments, **options)
            if hasattr(plain, "is_guarded"):
                return plain
            plain.close()
            arguments = [*arguments]
            if len(arguments) > 1:
                del arguments[1]
                names = ("withhold", "scrollable")
                options.update(zip(names, arguments[1:]))
                del arguments[1:]
            options["cursor_factory"] = _psycopg2_cursor(module, type(plain))
            return super().cursor(*arguments, **options)

        def set_session(self, *arguments, **options):
            names = ("isolation_level", "readonly", "deferrable", "autocommit")
            values = {**dict(zip(names, arguments)), **options}
            _keep(self.is_pooled, values.get("readonly"), values.get("autocommit"))
            return super().set_session(**values)

        def set_isolation_level(self, level):
            _keep(self.is_pooled, None, level == 0)
            super().set_isolation_level(level)

        @property
        def readonly(self):
            return base.readonly.__get__(self)

        @readonly.setter
        def readonly(self, value):
            _keep(self.is_pooled, value, None)
            base.readonly.__set__(self, value)

        @property
        def autocommit(self):
            return base.autocommit.__get__(self)

        @autocommit.setter
        def autocommit(self, value):
            _keep(self.is_pooled, None, value)
            base.autocommit.__set__(self, value)

    return Connection


def _keep(is_pooled, is_read_only, is_autocommit):
    """Raise Refused for what would make a session's transactions READ WRITE."""
    if is_read_only is not None and str(is_read_only).lower() in ("false", "0", "off"):
        _refuse(attempts, "a session that is set READ WRITE")
    if is_autocommit and is_pooled:
        _refuse(unguarded, "autocommit through a pooler")


@functools.cache
def _psycopg2_cursor(module, base):
    """A class of cursors that judge each statement."""

    class Cursor(base):
        is_guarded = True

        def _judged(self, query, values):
            text = query
            if hasattr(query, "as_string"):
                text = query.as_string(self)
            if isinstance(text, (bytes, bytearray)):
                text = bytes(text).decode("utf-8", "replace")
            judge(text, values, getattr(self.connection, "is_pooled", False))

        def execute(self, query, vars=None):
            self._judged(query, vars)
            try:
                return super().execute(query, vars)
            except module.Error as exc:
                note(exc)
                raise

        def executemany(self, query, vars_list):
            vars_list = list(vars_list)
            self._judged(query, vars_list)
            try:
                return super().executemany(query, vars_list)
            except module.Error as exc:
                note(exc)
                raise

        def callproc(self, procname, *arguments):
            self._judged("call " + procname, arguments)

    return Cursor


def _wrap_psycopg(module):
    for cls in (module.Connection, module.AsyncConnection):
        _wrap_psycopg_connection(module, cls)
    # Bound to the class before it was wrapped.
    module.connect = module.Connection.connect
    cursors = [module.Cursor, module.AsyncCursor, module.ServerCursor, module.AsyncServerCursor]
    for cls in cursors:
        for name in ("execute", "executemany", "stream", "copy"):
            if name in vars(cls):
                setattr(cls, name, _judged(module, vars(cls)[name]))


def _wrap_psycopg_connection(module, cls):
    original = cls.connect.__func__
    is_async = inspect.iscoroutinefunction(original)

    def prepared(conninfo, parameters):
        given = {**module.conninfo.conninfo_to_dict(conninfo), **parameters}
        return _libpq(parameters, given)

    def connect(kind, conninfo="", **parameters):
        wanted, before = prepared(conninfo, parameters)
        try:
            connection = original(kind, conninfo, **wanted)
        except module.OperationalError as exc:
            if not _is_startup(exc):
                raise
            connection = original(kind, conninfo, **{**wanted, "options": before})
        connection.read_only = True
        with connection.transaction():
            rows = [connection.execute(text).fetchone() for text in _LOOKS]
        connection.is_pooled = _is_pooled(connection, rows)
        _keep(connection.is_pooled, None, connection.autocommit)
        return connection

    async def connect_async(kind, conninfo="", **parameters):
        wanted, before = prepared(conninfo, parameters)
        try:
            connection = await original(kind, conninfo, **wanted)
        except module.OperationalError as exc:
            if not _is_startup(exc):
                raise
            connection = await original(kind, conninfo, **{**wanted, "options": before})
        await connection.set_read_only(True)
        async with connection.transaction():
            rows = [await (await connection.execute(text)).fetchone() for text in _LOOKS]
        connection.is_pooled = _is_pooled(connection, rows)
        _keep(connection.is_pooled, None, connection.autocommit)
        return connection

    cls.connect = classmethod(connect_async if is_async else connect)
    cls.is_pooled = False
    for name in ("read_only", "autocommit"):
        _wrap_setting(cls, name)


_LOOKS = (f"SHOW {READ_ONLY}", "SELECT pg_backend_pid()")


def _is_pooled(connection, rows):
    # Whatever the application's row factory makes of them.
    found = [next(iter(row.values())) if isinstance(row, dict) else row[0] for row in rows]
    return found[0] != "on" or found[1] != connection.info.backend_pid


def _wrap_setting(cls, name):
    """Refuse to set read_only to False, and autocommit where that leads out of it."""

    def keep(self, value):
        pair = (value, None) if name == "read_only" else (None, value)
        _keep(self.is_pooled, *pair)

    setting, method = getattr(cls, name), getattr(cls, f"set_{name}")

    def assign(self, value):
        keep(self, value)
        setting.fset(self, value)

    def assign_by_call(self, value):
        keep(self, value)
        return method(self, value)

    setattr(cls, name, property(setting.fget, assign))
    setattr(cls, f"set_{name}", assign_by_call)


def _judged(module, original):
    """A method of psycopg's cursors that judges its statement first."""

    def check(cursor, query, arguments):
        text = query.as_string(None) if hasattr(query, "as_string") else query
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        judge(text, arguments, cursor.connection.is_pooled)

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def run_async(self, query, *arguments, **options):
            check(self, query, [arguments, options])
            try:
                return await original(self, query, *arguments, **options)
            except module.Error as exc:
                note(exc)
                raise

        return run_async

    @functools.wraps(original)
    def run(self, query, *arguments, **options):
        check(self, query, [arguments, options])
        try:
            return original(self, query, *arguments, **options)
        except module.Error as exc:
            note(exc)
            raise

    return run


# asyncpg


def _wrap_asyncpg_connect(module):
    original = module._connect

    @functools.wraps(original)
    async def connect(*arguments, **options):
        settings = {**(options.get("server_settings") or {}), READ_ONLY: "on"}
        wanted = options.get("target_session_attrs")
        if getattr(wanted, "value", wanted) == "read-write":
            # It would look for a session that may write; a primary is what is meant.
            options["target_session_attrs"] = type(wanted)("primary")
        try:
            connection = await original(*arguments, **{**options, "server_settings": settings})
        except Exception as exc:
            if _is_startup(exc):
                _refuse(unguarded, "a session of asyncpg through a pooler")
            raise
        # A look by itself: the statement's own transaction says what the session starts with.
        is_read_only = await connection.fetchval(f"SHOW {READ_ONLY}")
        server = await connection.fetchval("SELECT pg_backend_pid()")
        if is_read_only != "on" or server != connection.get_server_pid():
            await connection.close()
            _refuse(unguarded, "a session of asyncpg through a pooler")
        return connection

    module._connect = connect


def _wrap_asyncpg_connection(module):
    names = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "prepare",
             "cursor", "copy_from_query")  # fmt: skip
    for name in names:
        original = getattr(module.Connection, name, None)
        if original:
            setattr(module.Connection, name, _judged_asyncpg(original))


def _judged_asyncpg(original):
    if not inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        def run(self, query, *arguments, **options):
            judge(query, [arguments, options])
            return original(self, query, *arguments, **options)

        return run

    @functools.wraps(original)
    async def run_async(self, query, *arguments, **options):
        judge(query, [arguments, options])
        try:
            return await original(self, query, *arguments, **options)
        except Exception as exc:
            note(exc)
            raise

    return run_async


# SQLite and all others


def _wrap_sqlite(module):
    original = module.connect

    @functools.wraps(original)
    def connect(database, *arguments, **options):
        place, options = _sqlite(database, options)
        connection = original(place, *arguments, **options)
        connection.execute("PRAGMA query_only = ON")
        return connection

    module.connect = connect


def _sqlite(database, options):
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


def _wrap_sqlite_package(module):
    module.connect = sys.modules["sqlite3.dbapi2"].connect


def _wrap_other(module):
    def connect(*_arguments, **_options):
        _refuse(unguarded, f"a session of the driver {module.__name__}")

    names = ["connect", "create_pool"]
    if module.__name__ == "pg8000.native":
        names.append("Connection")
    for name in names:
        if name in vars(module):
            setattr(module, name, connect)


WRAPPERS = {
    "psycopg2": _wrap_psycopg2,
    "psycopg": _wrap_psycopg,
    "asyncpg.connect_utils": _wrap_asyncpg_connect,
    "asyncpg.connection": _wrap_asyncpg_connection,
    "sqlite3.dbapi2": _wrap_sqlite,
    "sqlite3": _wrap_sqlite_package,
    **dict.fromkeys(OTHERS, _wrap_other),
}
