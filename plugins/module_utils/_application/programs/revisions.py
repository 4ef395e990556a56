# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Alembic itself says of an application's migrations and of its databases."""

from __future__ import annotations

import argparse
import contextlib
import gc
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    exchange,
    guard,
    lock,
    raised,
    read_only,
    settings,
)

READ_OWN = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c, pg_namespace n
    WHERE n.oid = c.relnamespace AND c.oid = to_regclass(:name)
"""
# What takes the right to write a table away from all but its owner; the table as SQL names it.
READ_WRITERS = """
    SELECT 'REVOKE ' || string_agg(a.privilege_type, ', ') || ' ON TABLE {0} FROM '
           || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = to_regclass('{0}') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    GROUP BY a.grantee
"""
# Alembic's tables, whatever their names: one column of that name and nothing else. Their rows are
# read by a statement that this makes, because a table's name cannot be a parameter.
READ_TABLES = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnatts = 1 AND n.nspname !~ '^pg_'
      AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
    ORDER BY 1
"""


# What runs a query and returns its rows.
Ask = Callable[[str], Sequence[Sequence[Any]]]


class Refusal(Exception):
    """Alembic cannot be asked; code says why, in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def load() -> Any:
    """The application that FLASK_APP names, or that Flask finds by itself."""
    try:
        from flask.cli import NoAppException, ScriptInfo
        from werkzeug import serving
    except ModuleNotFoundError as exc:
        raise Refusal("no_flask_migrate", f"the virtual environment has no {exc.name}") from exc
    # What app.run() calls: it would serve, as this user, instead of coming to an end.
    serving.run_simple = _refuse_to_serve
    try:
        return ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
    except NoAppException as exc:
        # Flask puts the traceback of an import within the application into a text of its own.
        within = str(exc).startswith("While importing") and exc.__context__
        failed = within or exc
    raise failed


def _refuse_to_serve(*_arguments: Any, **_options: Any) -> NoReturn:
    frames = [frame for frame in traceback.extract_stack() if "site-packages" not in frame.filename]
    place = f"{frames[-2].filename}:{frames[-2].lineno}"
    raise Refusal("serves_when_loaded", f"the application calls run() when it is loaded: {place}")


def engines(app: Any) -> list[str]:
    """The URLs of the application's engines, without passwords and what else may be a secret."""
    extension = app.extensions.get("sqlalchemy")
    found: list[Any] = []
    with contextlib.suppress(Exception), app.app_context():
        found = list(extension.engines.values())
    if not found and "sqlalchemy" in sys.modules:
        from sqlalchemy.engine import Engine

        found = [each for each in gc.get_objects() if isinstance(each, Engine)]
    return sorted({_place(engine.url) for engine in found})


def _place(url: Any) -> str:
    kept = {key: url.query[key] for key in ("host", "port", "hostaddr") if key in url.query}
    text: str = url._replace(password=None, query=kept).render_as_string(hide_password=True)
    return text


@contextlib.contextmanager
def opened(question: Mapping[str, Any], loaded: Any = None) -> Iterator[tuple[Any, Any]]:
    """Yield (config, script) of the migrations, within the context that their env.py needs.

    The question is one of migration_methods.question(), and may have x_arguments (what env.py reads
    as -x). loaded is the application, where it is.
    """
    method = question.get("method") or "flask_migrate"
    try:
        from alembic.script import ScriptDirectory
        from alembic.util.exc import CommandError
    except ModuleNotFoundError as exc:
        code = "no_flask_migrate" if method == "flask_migrate" else "application"
        raise Refusal(code, f"the virtual environment has no {exc.name}") from exc
    with CONFIGURATIONS[method](question, loaded) as config:
        try:
            script = ScriptDirectory.from_config(config)
            script.get_heads()
        except CommandError as exc:
            raise Refusal("no_migrations", str(exc)) from exc
        yield config, script


@contextlib.contextmanager
def _of_flask_migrate(question: Mapping[str, Any], loaded: Any) -> Iterator[Any]:
    """Alembic's Config as Flask-Migrate makes it, in the context of the application."""
    app = loaded or load()
    if "migrate" not in app.extensions:
        message = "the application does not initialise Flask-Migrate: Migrate(app, db)"
        raise Refusal("no_flask_migrate", message)
    with app.app_context():
        migrate = app.extensions["migrate"].migrate
        directory = question.get("directory") or migrate.directory
        if not os.path.isfile(os.path.join(directory, "env.py")):
            raise Refusal(
                "no_migrations", f"{os.path.abspath(directory)} has no env.py of migrations"
            )
        yield migrate.get_config(directory, x_arg=question.get("x_arguments") or None)


@contextlib.contextmanager
def _of_alembic(question: Mapping[str, Any], _loaded: Any) -> Iterator[Any]:
    """Alembic's Config as its own command makes it, with the database's URL in it: an env.py may
    take that from there, or from the environment as the application does."""
    from alembic.config import Config

    path = os.path.abspath(question["config"])
    if not os.path.isfile(path):
        raise Refusal("no_migrations", f"there is no {path} (migrations_alembic_config)")
    files = {"toml_file" if path.endswith(".toml") else "file_": path}
    # What alembic.ini leaves out, Alembic 1.16 and newer take from there.
    project = os.path.join(os.path.dirname(path), "pyproject.toml")
    if "toml_file" in inspect.signature(Config).parameters and os.path.isfile(project):
        files.setdefault("toml_file", project)
    config = Config(**files, cmd_opts=argparse.Namespace(x=question.get("x_arguments") or None))
    location, url = question.get("directory"), question["database_url"]
    for name, value in (("script_location", location), ("sqlalchemy.url", url)):
        if value:
            # It is read by configparser, to which a percent sign means something.
            config.set_main_option(name, value.replace("%", "%%"))
    yield config


CONFIGURATIONS = {"flask_migrate": _of_flask_migrate, "alembic": _of_alembic}


def read(config: Any, script: Any, target: str) -> dict[str, Any]:
    """The answer that answer() describes, for an application that is loaded."""
    binds: list[dict[str, Any]] = []

    def capture(current: Any, context: Any) -> list[Any]:
        binds.append(_bind(current, context))
        return []

    run_env(config, script, capture)
    heads = sorted(script.get_heads())
    for bind in binds:
        bind["unknown"] = [name for name in bind["current"] if not _knows(script, name)]
        bind["pending"] = [] if bind["unknown"] else pending(script, bind["current"], target)
    return {**_together(binds), "heads": heads, "binds": binds}


def run_env(config: Any, script: Any, function: Callable[[Any, Any], list[Any]]) -> None:
    """Let the application's own env.py open its connections, as it does for an upgrade."""
    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(config, script, fn=function, dont_mutate=True):
        script.run_env()


def _bind(current: Any, context: Any) -> dict[str, Any]:
    """What one database says: an env.py of several binds asks once for each."""
    from sqlalchemy import inspect

    current = current if isinstance(current, (tuple, list)) else [current]
    inspector = inspect(context.connection)
    schema, table = context.version_table_schema, context.version_table
    tables = []
    names = [name for name in current if name]
    emptied: list[str] = []
    if not inspector.has_table(table, schema=schema):
        tables = sorted(name for name in inspector.get_table_names(schema=schema))
    elif not names:
        emptied = sorted(_of_models(context) & set(inspector.get_table_names(schema=schema)))
    return {
        "database": context.connection.engine.url.database,
        "url": _place(context.connection.engine.url),
        "current": sorted(names),
        "version_table": table,
        "version_table_schema": schema or "",
        **shown(context.connection, schema, table),
        "tables_without_version": tables,
        # The table of revisions is there and empty, and so is what would come first.
        "tables_at_base": emptied,
    }


def _of_models(context: Any) -> set[str]:
    """The names of the tables that the application's models have, by Flask-Migrate or env.py."""
    metadatas: Any = context.opts.get("target_metadata") or ()
    with contextlib.suppress(ImportError, RuntimeError, KeyError):
        from flask import current_app

        found = current_app.extensions["migrate"].db
        metadatas = (getattr(found, "metadatas", None) or {None: found.metadata}).values()
    metadatas = metadatas if isinstance(metadatas, Iterable) else [metadatas]
    return {table.name for each in metadatas for table in each.tables.values()}


def shown(connection: Any, schema: str | None, table: str) -> dict[str, Any]:
    """place (which database it is), versions (what its tables of revisions have) and own (which of
    these is Alembic's here; "" where there is none yet)."""
    from sqlalchemy import text

    if connection.dialect.name != "postgresql":
        return {"place": "", "versions": {}, "own": ""}

    def ask(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(query).fetchall()]

    quote = connection.dialect.identifier_preparer.quote
    name = ".".join(quote(part) for part in (schema, table) if part)
    own = connection.execute(text(READ_OWN), {"name": name}).scalar()
    return {"place": ask(lock.READ_PLACE)[0][0], "versions": versions(ask), "own": own or ""}


def versions(ask: Ask) -> dict[str, list[str]]:
    """{table: its revisions} of a database; ask takes a query and returns rows."""
    tables = [row[0] for row in ask(READ_TABLES)]
    return {
        table: sorted(row[0] for row in ask(f"SELECT version_num FROM {table}")) for table in tables
    }


def _knows(script: Any, name: str) -> bool:
    from alembic.util.exc import CommandError

    try:
        return script.get_revision(name) is not None
    except CommandError:
        return False


def pending(script: Any, current: Iterable[str], target: str) -> list[dict[str, str]]:
    steps = script.iterate_revisions(target, tuple(current) or "base")
    return [
        {"revision": step.revision, "message": step.doc, "file": step.path}
        for step in reversed(list(steps))
    ]


def _together(binds: list[dict[str, Any]]) -> dict[str, Any]:
    """The lists of all binds as one, each name once, in their order."""
    found: dict[str, list[str]] = {
        key: sorted({name for bind in binds for name in bind[key]})
        for key in ("current", "unknown", "tables_without_version", "tables_at_base")
    }
    steps = {step["revision"]: step for bind in binds for step in bind["pending"]}
    longest: list[dict[str, str]] = max((b["pending"] for b in binds), key=len, default=[])
    others = [step for name, step in steps.items() if step not in longest]
    table = binds[0]["version_table"] if binds else "alembic_version"
    return {**found, "pending": [*longest, *others], "version_table": table}


def _pool(app: Any) -> list[int] | None:
    """(pool_size, max_overflow) of the application's engine; None where it has no such pool."""
    with contextlib.suppress(Exception), app.app_context():
        pool = settings.extension(app).engine.pool
        return [pool.size(), pool._max_overflow]
    return None


def models(config: Any) -> list[str] | None:
    """How the models differ from the database, as flask db check finds it; in a few words each.

    None where this Alembic cannot tell, or its env.py names no models.
    """
    from alembic import command, util

    differs = getattr(util, "AutogenerateDiffsDetected", None)
    if differs is None:
        return None
    try:
        command.check(config)
    except differs as exc:
        return [_words(found) for found in _flat(getattr(exc, "diffs", None) or [(str(exc),)])]
    except util.CommandError as exc:
        if "MetaData" in str(exc):
            return None
        raise
    return []


def _flat(found: Iterable[Any]) -> Iterator[Any]:
    """Changes of one column are a list in the list."""
    for one in found:
        if isinstance(one, list):
            yield from one
        else:
            yield one


def _words(found: Sequence[Any]) -> str:
    """add_column entry.place: the operation and the names, without the types' representation."""
    names = []
    for part in found[1:]:
        name = getattr(part, "name", part if isinstance(part, str) else None)
        if isinstance(name, str):
            names.append(name)
    return " ".join([str(found[0]), ".".join(names)]).strip()


def failure(exc: BaseException) -> dict[str, Any]:
    """The answer for an exception; where the application tried what it must not when it is asked,
    whatever else failed may follow from that."""
    if isinstance(exc, Refusal):
        return {"code": exc.code, "error": str(exc)}
    if read_only.attempts or guard.has_written(exc):
        what = read_only.attempts[0] if read_only.attempts else str(exc).strip()
        return {"code": "writes_when_loaded", "error": what}
    if read_only.unguarded:
        return {"code": "no_read_only", "error": read_only.unguarded[0]}
    return {
        "code": "application",
        "error": f"{type(exc).__name__}: {exc}",
        "raised": raised.describe(exc),
    }


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """What the application shows when it is loaded: engines, pool, settings (settings.py), and view
    where the question has a url and url_host. And what its migrations are: current, heads, pending,
    unknown, binds, version_table, tables_without_version, tables_at_base, models where the question
    has that. Or error and its code, with what was learned before it, and raised (raised.py) where
    it was an exception.

    Flask-Migrate needs the application to be loaded. Of other methods, unloaded is the error with
    which that fails."""
    guard.install()
    answered: dict[str, Any] = {}
    method = question.get("method") or "flask_migrate"
    try:
        if method == "flask_migrate":
            app = load()
            answered.update(_shown(app, question))
            return {**answered, **_migrations(question, app)}
        if method == "alembic":
            # Before the application, which may fail halfway, and leave half of its models.
            answered.update(_migrations(question))
    except (Exception, SystemExit) as exc:
        answered.update(failure(exc))
    return answered if method == "flask_migrate" else {**answered, **_loaded(question)}


def _loaded(question: Mapping[str, Any]) -> dict[str, Any]:
    """What an application shows that need not be one for its migrations; or unloaded."""
    try:
        return _shown(load(), question)
    except (Exception, SystemExit) as exc:
        return {"unloaded": failure(exc)}


def _shown(app: Any, question: Mapping[str, Any]) -> dict[str, Any]:
    """What an application shows that is loaded; what cannot be told of it is no fault of it."""
    found: dict[str, Any] = {"engines": engines(app), "pool": _pool(app)}
    with contextlib.suppress(Exception), app.app_context():
        found["settings"] = settings.read(app)
    with contextlib.suppress(Exception):
        if question.get("url"):
            found["view"] = settings.view(app, question["url"], question["url_host"])
    return found


def _migrations(question: Mapping[str, Any], app: Any = None) -> dict[str, Any]:
    with opened(question, app) as (config, script):
        found = read(config, script, "heads")
        if question.get("models") and not found["pending"] and not found["unknown"]:
            found["models"] = models(config)
        return found


if __name__ == "__main__":
    exchange.answer(answer)
