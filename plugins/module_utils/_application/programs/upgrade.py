# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrades or stamps an application's database with Alembic, as flask db does, under a lock.

The question has, besides what programs/revisions.py and programs/connection.py want: action
(upgrade or stamp), check_mode, sql (whether to return the pending statements), models
(whether to compare the models), wait, lock_timeout, concurrent_timeout and statement_timeout
(seconds; 0 for no limit of the latter three).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    concurrently,
    connection,
    exchange,
    guard,
    lock,
    progress,
    revisions,
)

LENGTH = 2000
CODES = {
    "55P03": "lock_timeout",
    "57014": "statement_timeout",
    "40P01": "deadlock",
    "57P01": "connection_lost",
    "57P02": "connection_lost",
    "57P03": "connection_lost",
}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """changed, before, after, heads, pending, binds; sql, models where asked for; or error, code,
    and revision, file, statement, sqlstate, sessions (who was in the way) and what
    progress.Progress.report() says, as known."""
    if question["check_mode"]:
        guard.install()
        return load(question, None)
    held = None
    try:
        # Loading the application runs its code with the owner's rights, and some migrate then.
        held = lock.Lock(question, progress.Progress(question))
        held.acquire()
        limit(held, question)
        return load(question, held)
    except (Exception, SystemExit) as exc:
        return failure(exc, None, held)
    finally:
        if held:
            held.release()


def load(question: Mapping[str, Any], held: lock.Lock | None) -> dict[str, Any]:
    """The answer of the application that is loaded now."""
    script: Any = None
    try:
        with revisions.opened(question) as (config, script):
            return run(question, config, script, held)
    except (Exception, SystemExit) as exc:
        return failure(exc, script, held)


def run(
    question: Mapping[str, Any], config: Any, script: Any, held: lock.Lock | None
) -> dict[str, Any]:
    """The answer where nothing fails."""
    question = {**question, "stamped": stamped(question, script)}
    state = read(question, config, script)
    if held:
        require_declared(state["binds"], held)
    refuse(question, state)
    if "+" in question["target"] and state["pending"]:
        # Where that is changes with every step.
        question = {**question, "target": state["pending"][-1]["revision"]}
    before = first_seen(state, held)
    pending = state["pending"]
    if before != state["current"] and question["action"] == "upgrade":
        # The application has migrated when it was loaded.
        pending = revisions.pending(script, before, question["target"])
    found = {
        "changed": has_work(question, state) or before != state["current"],
        "before": before, "after": state["current"], "heads": state["heads"],
        "pending": pending, "binds": state["binds"],
    }  # fmt: skip
    if question["sql"] and state["pending"]:
        found["sql"] = statements(question, config, state)
    if held and has_work(question, state):
        write(question, config, script, state, held)
        after = read(question, config, script)
        found["after"] = after["current"]
        if any(is_new(bind["place"], bind["own"], held) for bind in after["binds"]):
            close_table(config, script, held)
        if has_work(question, after):
            raise revisions.Refusal(
                "incomplete", f"Alembic reported success, and the database is at {after['current']}"
            )
        found["changed"] = has_changed(state, after, held)
    elif question["action"] == "stamp" and has_work(question, state):
        found["after"] = question["stamped"]
    if question["models"] and not state["pending"]:
        found["models"] = revisions.models(config)
    return found


def require_declared(binds: Sequence[Mapping[str, Any]], held: lock.Lock) -> None:
    """Raise Refusal where the migrations go to other databases than the one that is declared."""
    declared = held.place()
    if binds and all(bind["place"] != declared for bind in binds):
        others = ", ".join(sorted({bind["url"] for bind in binds}))
        raise revisions.Refusal(
            "other_database", f"the migrations go to {others}, and not to the declared database"
        )


def read(question: Mapping[str, Any], config: Any, script: Any) -> dict[str, Any]:
    """What revisions.read() says of the target, which must be one."""
    from alembic.script.revision import RevisionError
    from alembic.util.exc import CommandError

    target = question["target"]
    try:
        # "head" is refused by name where there are several; see refuse().
        wanted = "heads" if target == "head" or question["action"] == "stamp" else target
        return revisions.read(config, script, wanted)
    except (CommandError, RevisionError) as exc:
        raise revisions.Refusal("no_such_revision", str(exc)) from exc


def stamped(question: Mapping[str, Any], script: Any) -> list[str] | None:
    """The revisions that a stamp is to write; None for an upgrade."""
    from alembic.util.exc import CommandError

    target = question["target"]
    if question["action"] != "stamp":
        return None
    if target in ("base", "head", "heads"):
        return [] if target == "base" else sorted(script.get_heads())
    try:
        # A part of its name is enough for Alembic.
        return [script.get_revision(target).revision]
    except CommandError as exc:
        raise revisions.Refusal("no_such_revision", str(exc)) from exc


def has_work(question: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    if question["action"] == "upgrade":
        return bool(state["pending"] or state["unknown"])
    return state["current"] != question["stamped"] or bool(state["tables_without_version"])


def refuse(question: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raise Refusal for what must not be upgraded from here."""
    if question["action"] == "stamp":
        return
    if state["unknown"]:
        raise revisions.Refusal(
            "unknown_revision",
            f"the database is at {', '.join(state['unknown'])}, which this code does not have",
        )
    if len(state["heads"]) > 1 and question["target"] == "head":
        raise revisions.Refusal(
            "several_heads", f"the code has the heads {', '.join(state['heads'])}"
        )
    if state["tables_without_version"]:
        tables = ", ".join(state["tables_without_version"][:5])
        raise revisions.Refusal(
            "no_version_table",
            f"there is no {state['version_table']}, and there are tables: {tables}",
        )


def write(
    question: Mapping[str, Any], config: Any, script: Any, state: Mapping[str, Any], held: lock.Lock
) -> None:
    from alembic import command

    if question["action"] == "stamp":
        # Alembic looks a revision up that it is to replace, unless it forgets it first.
        command.stamp(config, question["target"], purge=bool(state["unknown"]))
    else:
        upgrade(question["target"], config, script, held)


def upgrade(target: str, config: Any, script: Any, held: lock.Lock) -> None:
    """What alembic.command.upgrade() does, with the steps followed."""
    from alembic.runtime.environment import EnvironmentContext

    def steps(current: Any, context: Any) -> Iterable[Any]:
        return held.progress.follow(script._upgrade_revs(target, current), context)

    with EnvironmentContext(config, script, fn=steps, destination_rev=target):
        script.run_env()
    held.progress.end()


def is_new(place: str, own: str, held: lock.Lock) -> bool:
    """Whether a table of revisions was made by this run."""
    return bool(own) and own not in held.seen.get(place, {own: []})


def close_table(config: Any, script: Any, held: lock.Lock) -> None:
    """Let nobody but its owner write a new table of revisions: default privileges, which are for
    the application's tables, would."""

    def close(_current: Any, context: Any) -> list[Any]:
        opened = context.connection
        found = revisions.shown(opened, context.version_table_schema, context.version_table)
        if is_new(found["place"], found["own"], held):
            writers = revisions.READ_WRITERS.format(found["own"].replace("'", "''"))
            for (statement,) in opened.exec_driver_sql(writers).fetchall():
                opened.exec_driver_sql(statement)
        return []

    revisions.run_env(config, script, close)


def statements(question: Mapping[str, Any], config: Any, state: Mapping[str, Any]) -> str:
    """The SQL of the pending revisions, as flask db upgrade --sql prints it; of one database."""
    from alembic import command

    if len(state["binds"]) != 1:
        return ""
    start = ",".join(state["current"]) or "base"
    target = state["pending"][-1]["revision"]
    if len(state["current"]) > 1:
        return ""
    config.output_buffer = output = io.StringIO()
    with contextlib.redirect_stdout(output):
        command.upgrade(config, f"{start}:{target}", sql=True)
    return output.getvalue()


def first_seen(state: Mapping[str, Any], held: lock.Lock | None) -> list[str]:
    """The revisions that the databases showed before the application had a session in them."""
    if not held or any(bind["place"] not in held.seen for bind in state["binds"]):
        current: list[str] = state["current"]
        return current
    found = [held.seen[bind["place"]].get(bind["own"]) for bind in state["binds"]]
    return sorted({name for names in found for name in names or ()})


def has_changed(state: Mapping[str, Any], after: Mapping[str, Any], held: lock.Lock) -> bool:
    """Whether the tables of revisions are others than before the application was loaded."""
    if any(bind["place"] not in held.seen for bind in after["binds"]):
        return state["current"] != after["current"] or bool(state["tables_without_version"])
    return any(
        held.seen[bind["place"]].get(bind["own"]) != bind["versions"].get(bind["own"])
        for bind in after["binds"]
    )


def limit(held: lock.Lock, question: Mapping[str, Any]) -> None:
    """Give every session of the application its limits, and the lock's thread its number.

    From the application's load on: with libpq's options and asyncpg's settings, and, through a
    pooler, which takes neither, when SQLAlchemy has connected.
    """
    limits = {name: question[name] * 1000 for name in ("lock_timeout", "statement_timeout")}
    if not held.is_pooled:
        guard.start_with({name: f"{int(value)}ms" for name, value in limits.items()})
    try:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        from sqlalchemy.pool import Pool
    except ModuleNotFoundError:
        # revisions.opened() says what is missing.
        return

    @event.listens_for(Pool, "connect")
    def connected(opened: Any, _record: Any) -> None:
        if not hasattr(getattr(opened, "info", None), "backend_pid"):
            return
        cursor = opened.cursor()
        for name, value in limits.items():
            cursor.execute(f"SET {name} = '{int(value)}ms'")
        cursor.execute(f"SET application_name = '{lock.NAME}'")
        see(held, cursor)
        opened.commit()
        held.watched.append(opened)

    @event.listens_for(Engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        run = context.dialect.do_execute
        return held.progress.execute(run, cursor, statement, parameters, context)

    @event.listens_for(Engine, "do_execute_no_params")
    def execute_plain(cursor: Any, statement: str, context: Any) -> bool:
        def run(cursor: Any, statement: str, _parameters: None, context: Any) -> None:
            context.dialect.do_execute_no_params(cursor, statement, context)

        return held.progress.execute(run, cursor, statement, None, context)


def see(held: lock.Lock, cursor: Any) -> None:
    """Keep what a database shows at the first session in it."""

    def ask(query: str) -> Sequence[Sequence[Any]]:
        cursor.execute(query)
        found: Sequence[Sequence[Any]] = cursor.fetchall()
        return found

    with contextlib.suppress(Exception):
        place = ask(lock.READ_PLACE)[0][0]
        if place not in held.seen:
            held.seen[place] = revisions.versions(ask)


def failure(exc: BaseException, script: Any, held: lock.Lock | None) -> dict[str, Any]:
    """The answer for what ended an upgrade: which revision, which statement, which SQLSTATE."""
    if isinstance(exc, (revisions.Refusal, lock.Refusal)):
        sessions = getattr(exc, "sessions", [])
        return {"code": exc.code, "error": str(exc), "sessions": sessions}
    if guard.has_refused():
        return revisions.failure(exc)
    original = getattr(exc, "orig", None) or exc
    state = connection.sqlstate(original)
    committed = held.progress.report() if held else {}
    if script is None and not (state in CODES or (held and held.lost)):
        return revisions.failure(exc)
    step = _step(exc, script) if script else None
    return {
        "code": _code(exc, state, held),
        "error": _message(original),
        "sqlstate": state,
        "revision": step.revision if step else "",
        "file": step.path if step else "",
        # Without its parameters, which may be customers' data.
        "statement": (getattr(exc, "statement", None) or "").strip()[:LENGTH],
        "sessions": held.blockers if held and (state == "55P03" or held.is_own) else [],
        **committed,
    }


def _code(exc: BaseException, state: str, held: lock.Lock | None) -> str:
    if held and held.lost:
        return "connection_lost"
    if state.startswith("08") or getattr(exc, "connection_invalidated", False):
        return "connection_lost"
    if isinstance(exc, concurrently.Invalid):
        return "invalid_index"
    if held and held.is_own and state == "57014":
        return "own_session"
    if held and state == "55P03" and held.progress.is_concurrent:
        return "concurrent_timeout"
    return CODES.get(state, "failed")


def _message(original: Any) -> str:
    """The server's message without its DETAIL, which may be customers' data."""
    primary: str | None = getattr(getattr(original, "diag", None), "message_primary", None)
    return primary or f"{type(original).__name__}: {str(original).strip()[:LENGTH]}"


def _step(exc: BaseException | None, script: Any) -> Any:
    """The revision in whose script the exception was raised; None where it was in none."""
    paths = {step.path: step for step in script.walk_revisions()}
    while exc is not None:
        trace = exc.__traceback__
        while trace is not None:
            step = paths.get(trace.tb_frame.f_code.co_filename)
            if step:
                return step
            trace = trace.tb_next
        exc = exc.__cause__ or exc.__context__
    return None


if __name__ == "__main__":
    exchange.answer(answer)
