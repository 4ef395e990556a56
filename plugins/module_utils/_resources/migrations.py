# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application's migrations: is its database at the newest revision of the code?

Alembic itself, which takes a second to start, is asked once for each release, because alembic.ini
and env.py decide where the scripts are, which databases there are and where each keeps its
revision. Where it says what the scripts and the table alembic_version say, these are read from then
on; otherwise, and where the two differ, it is asked each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    alembic_scripts,
    failures,
    migration_methods,
    proofs,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    connection,
    needs,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
    not_checked,
)

OPTIONS = {
    "release": {"type": "path", "required": True},
    "models": {"type": "bool", "default": False},
    "command": {"type": "list", "elements": "str", "default": []},
    **connection.OF_MIGRATIONS,
    **connection.OPTIONS,
}

CHECKS = {
    "asked": Check("error", "The code and the database do not know each other's revisions."),
    "unknown": Check(
        "error", "An older release is deployed, or somebody changed the table of revisions by hand."
    ),
    "run": Check(
        "error", "The code was deployed, or the database made anew, without running what migrates."
    ),
    "lost": Check("error", "Somebody emptied or dropped the table of revisions."),
    "revision": Check(
        "error", "The code was deployed, or the database restored, without migrating."
    ),
    "models": Check("warning", "A model changed without a migration, or the database by hand."),
}


# An application that cannot be asked with a session that cannot write; see programs/guard.py.
UNSEEN = ("writes_when_loaded", "no_read_only")
MAKE_MIGRATION = "Run {} in the application's source, and deploy the migration."
MAKERS = {"flask_migrate": "flask db migrate", "alembic": "alembic revision --autogenerate"}


# With another search_path, the table of revisions of another schema is read, or none.
ELSEWHERE = [
    cause.check(kind, "setting", "search_path")
    for kind in ("postgresql_role", "database", "foreign_database")
]


def identity(resource: Options) -> str:
    return f"{resource['user']} in {resource['directory']}"


def depends(resource: Options) -> list[cause.Cause]:
    """What makes it necessary to migrate once it is put right: also where the database is."""
    return [
        *(
            cause.check("environment_file", "variable", name)
            for name in resource["database_variables"].values()
        ),
        *([cause.path(resource["settings_file"])] if resource["settings_file"] else []),
        cause.resource("release", resource["release"]),
        cause.resource("connection", connection.identity(resource)),
    ]


def read(resource: Options, host: Host) -> Any:
    """current, heads, pending and binds as programs/revisions.py returns them; or error, and code
    where it has one.

    The scripts are read here only where Alembic itself has said, for this release, the same.
    """
    try:
        installed, found = connection.load(resource, host)
        if "error" in found:
            return found
        if resource["method"] in migration_methods.ONCE:
            return _once(resource, found)
        heads = _heads(resource)
        proven = connection.proof(resource, host, "migrations") or {}
        if not resource["models"] and heads is not None and heads == found["revisions"]:
            if "unseen" in proven:
                return proven["unseen"]
            if proven.get("is_plain"):
                return {"current": heads, "heads": heads, "pending": [], "binds": []}
        answer = connection.ask_application(resource, host, installed)
    except runner.ApplicationError as exc:
        return {"error": str(exc)}
    except pace.Slow as exc:
        if not _is_behind(heads, found["revisions"]):
            raise
        return {"error": f"{exc}; the code's own revisions are others than the database's"}
    if answer.get("code") in UNSEEN:
        answer = {key: answer[key] for key in ("code", "error")}
        connection.prove(resource, host, "migrations", {"unseen": answer})
    elif answer.get("raised") and host.experts:
        answer["error"] = host.experts.explain(failures.of_answer(answer["raised"]))[0]
    elif _is_plain(answer, heads, found["revisions"]):
        connection.prove(resource, host, "migrations", {"is_plain": True})
    return answer


def _once(resource: Options, facts: connection.Facts) -> dict[str, Any]:
    """left (the revisions that what migrates has left; "never" where it did not run for this
    release in this database) and current (those that are there now)."""
    key = migration_methods.record_key(resource["directory"], resource["command"], facts)
    known = proofs.read(migration_methods.record(resource["user"]), key)
    return {"left": known["revisions"] if known else "never", "current": facts["revisions"]}


def _heads(resource: Options) -> list[str] | None:
    """The newest revisions by the files themselves; None where they do not tell."""
    directory = resource["directory"]
    if resource["method"] == "flask_migrate":
        return alembic_scripts.heads(os.path.join(directory, resource["scripts"] or "migrations"))
    config = os.path.join(directory, resource["alembic_config"])
    scripts = resource["scripts"] or alembic_scripts.place(config, directory)
    if scripts is None:
        return None
    return alembic_scripts.heads(os.path.join(directory, scripts), config)


def _is_behind(heads: Sequence[str] | None, revisions: Sequence[str] | None) -> bool:
    """Whether the files themselves and the table alembic_version are known, and differ."""
    return heads is not None and revisions is not None and heads != revisions


def _is_plain(
    answer: Mapping[str, Any], heads: Sequence[str] | None, revisions: Sequence[str] | None
) -> bool:
    """Whether Alembic says what its scripts and the one table of that name say."""
    binds = answer.get("binds") or []
    return (
        len(binds) == 1
        and (binds[0]["version_table"], binds[0]["version_table_schema"]) == ("alembic_version", "")
        and (heads, revisions) == (answer["heads"], answer["current"])
    )


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual.get("code") in UNSEEN:
        return [not_checked("asked", f"schema.{actual['code']}: {actual['error']}")]
    because: list[cause.Cause] = [*depends(resource), *needs.APPLICATION]
    if actual.get("unknown"):
        return [_unknown(resource, actual)]
    if "error" in actual:
        return [difference("asked", "answers", actual["error"], because=because)]
    if "left" in actual:
        return _not_left(resource, actual)
    binds = actual.get("binds") or []
    if len(binds) > 1:
        # Each database by its name, also those that nobody declared.
        found = [
            _behind(resource, bind["database"], actual["heads"], bind)
            for bind in binds
            if bind["pending"]
        ]
        if found:
            return found
    if actual.get("tables_without_version") or actual.get("tables_at_base"):
        return [_lost(resource, actual)]
    if not actual["pending"]:
        remedy = MAKE_MIGRATION.format(MAKERS[resource["method"]])
        return [
            difference("models", "as in the database", words, remedy=remedy)
            for words in [", ".join(actual.get("models") or [])]
            if words
        ]
    return [_behind(resource, "", actual["heads"], actual)]


def _not_left(resource: Options, actual: Mapping[str, Any]) -> Sequence[Found]:
    """What differs from how a command, or the application's own start, has left the database."""
    because = [cause.resource("release", resource["release"]), *ELSEWHERE]
    if actual["left"] == "never":
        what = " ".join(resource["command"]) or "the application, started once by itself"
        return [difference("run", what, "not run for this release", "missing", because=because)]
    if actual["left"] == actual["current"]:
        return []
    left, now = (", ".join(actual[n] or []) or "no revision" for n in ("left", "current"))
    return [difference("revision", left, now, because=because)]


STAMP = (
    "Where the tables are as revision {0} makes them, run flaskops.stack.migrate with"
    " --extra-vars=migrations_stamp={0}"
)


def _unknown(resource: Options, actual: Mapping[str, Any]) -> Difference:
    """A database at a revision that the code does not have, to which no run can bring it."""
    stamp = STAMP.format(_newest(actual))
    return difference(
        "unknown", f"one of the code's, such as {_newest(actual)}", ", ".join(actual["unknown"]),
        remedy=f"Deploy the release that has this revision. {stamp} in its place.",
        because=[cause.resource("release", resource["release"])],
    )  # fmt: skip


def _lost(resource: Options, actual: Mapping[str, Any]) -> Difference:
    """Tables of which nobody knows any more which revisions made them."""
    names = actual.get("tables_without_version") or actual["tables_at_base"]
    tables = ", ".join(names[:3])
    return difference(
        "lost", "a revision", f"no revision, and tables ({tables}, ...)", "missing",
        f"{STAMP.format(_newest(actual))}; with the revision that they are at where it is another.",
        because=[cause.resource("release", resource["release"]), *ELSEWHERE],
    )  # fmt: skip


def _newest(actual: Mapping[str, Any]) -> str:
    return ", ".join(actual.get("heads") or ["HEAD"])


def _behind(
    resource: Options, database: str, heads: Iterable[str], state: Mapping[str, Any]
) -> Difference:
    """The difference of a database in which revisions are pending; "" for the only one."""
    pending = ", ".join(f"{step['revision']} ({step['message']})" for step in state["pending"])
    return difference(
        "revision",
        ", ".join(heads),
        f"{', '.join(state['current']) or 'no revision'}; pending: {pending}",
        because=[cause.resource("release", resource["release"]), *ELSEWHERE],
        subject=database,
    )
