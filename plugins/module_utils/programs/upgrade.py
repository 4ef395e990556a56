# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrades or stamps an application's database with Alembic, as flask db does, under a lock.

The question has, beside what programs/revisions.py and programs/session.py want: action
(upgrade or stamp), check_mode, sql (whether to return the pending statements), models
(whether to compare the models), wait, lock_timeout and statement_timeout (seconds; 0 for no
limit of the latter two).
"""

from __future__ import annotations

import contextlib
import io

from ansible_collections.flaskops.stack.plugins.module_utils.programs import (
    exchange,
    lock,
    revisions,
    session,
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


def answer(question):
    """changed, before, after, heads, pending, binds; sql, models where asked for; or error, code,
    and revision, file, statement, sqlstate and sessions (who was in the way) as known."""
    held = None
    try:
        with revisions.application(question) as (config, script):
            if not question["check_mode"]:
                held = lock.Lock(question)
                watch(held, question)
            try:
                return run(question, config, script, held)
            except Exception as exc:
                return failure(exc, script, held)
            finally:
                if held:
                    held.release()
    except (Exception, SystemExit) as exc:
        return revisions.failure(exc)


def run(question, config, script, held):
    """The answer where nothing fails."""
    question = {**question, "stamped": stamped(question, script)}
    state = read(question, config, script)
    if held and has_work(question, state):
        held.acquire()
        # Another one may have migrated while this one waited.
        state = read(question, config, script)
    refuse(question, state)
    if "+" in question["target"] and state["pending"]:
        # Where that is changes with every step.
        question = {**question, "target": state["pending"][-1]["revision"]}
    found = {
        "changed": has_work(question, state),
        "before": state["current"], "after": state["current"], "heads": state["heads"],
        "pending": state["pending"], "binds": state["binds"],
    }  # fmt: skip
    if question["sql"] and state["pending"]:
        found["sql"] = statements(question, config, state)
    if held and has_work(question, state):
        write(question, config, state)
        after = read(question, config, script)
        found["after"] = after["current"]
        if has_work(question, after):
            raise revisions.Refusal(
                "incomplete", f"Alembic reported success, and the database is at {after['current']}"
            )
    elif question["action"] == "stamp" and has_work(question, state):
        found["after"] = question["stamped"]
    if question["models"] and not state["pending"]:
        found["models"] = revisions.models(config)
    return found


def read(question, config, script):
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


def stamped(question, script):
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


def has_work(question, state):
    if question["action"] == "upgrade":
        return bool(state["pending"] or state["unknown"])
    return state["current"] != question["stamped"] or bool(state["tables_without_version"])


def refuse(question, state):
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


def write(question, config, state):
    from alembic import command

    if question["action"] == "stamp":
        # Alembic looks a revision up that it is to replace, unless it forgets it first.
        command.stamp(config, question["target"], purge=bool(state["unknown"]))
    else:
        command.upgrade(config, question["target"])


def statements(question, config, state):
    """The SQL of the pending revisions, as flask db upgrade --sql prints it; of one database."""
    from alembic import command

    if len(state["binds"]) != 1:
        return ""
    start = ",".join(state["current"]) or "base"
    target = state["pending"][-1]["revision"]
    if len(state["current"]) > 1:
        return ""
    config.output_buffer = io.StringIO()
    with contextlib.redirect_stdout(config.output_buffer):
        command.upgrade(config, f"{start}:{target}", sql=True)
    return config.output_buffer.getvalue()


def watch(held, question):
    """Give every connection of the application its limits, and the lock's thread its number."""
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    @event.listens_for(Pool, "connect")
    def connected(connection, _record):
        if not hasattr(getattr(connection, "info", None), "backend_pid"):
            return
        cursor = connection.cursor()
        for name in ("lock_timeout", "statement_timeout"):
            cursor.execute(f"SET {name} = '{int(question[name] * 1000)}ms'")
        cursor.execute("SET application_name = 'flaskops.stack flask_db_upgrade'")
        connection.commit()
        held.watched.append(connection)


def failure(exc, script, held):
    """The answer for what ended an upgrade: which revision, which statement, which SQLSTATE."""
    if isinstance(exc, (revisions.Refusal, lock.Refusal)):
        sessions = getattr(exc, "sessions", [])
        return {"code": exc.code, "error": str(exc), "sessions": sessions}
    original = getattr(exc, "orig", None) or exc
    state = session.sqlstate(original)
    step = _step(exc, script)
    return {
        "code": _code(exc, state, held),
        "error": _message(original),
        "sqlstate": state,
        "revision": step.revision if step else "",
        "file": step.path if step else "",
        # Without its parameters, which may be customers' data.
        "statement": (getattr(exc, "statement", None) or "").strip()[:LENGTH],
        "sessions": held.blockers if held and state == "55P03" else [],
    }


def _code(exc, state, held):
    if held and held.lost:
        return "connection_lost"
    if state.startswith("08") or getattr(exc, "connection_invalidated", False):
        return "connection_lost"
    return CODES.get(state, "failed")


def _message(original):
    """The server's message without its DETAIL, which may be customers' data."""
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    return primary or f"{type(original).__name__}: {str(original).strip()[:LENGTH]}"


def _step(exc, script):
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
