# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The structure of an application's database: is it what its migrations made, and nobody else's?

Tables, columns, indexes, constraints, triggers, rules, policies, functions and whatever else
decides what a statement does. What belongs to others than the application's roles is told at first
sight; what an administrator did as the owner, by what was there when the revision was first seen
(structure_record.py). Rights are the kind privileges's, and extensions the kind extensions's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ansible_collections.flaskops.stack.plugins.module_utils._application import proofs
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    server_settings,
    session,
    structure_record,
    structure_remedy,
    system_privileges,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.structure import Thing
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    schema,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
    not_checked,
)

OPTIONS = {
    "database": {"type": "str", "required": True},
    "schema": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "roles": {"type": "list", "elements": "str", "default": []},
    "without_revisions": {"type": "bool", "default": False},
    **session.login_options(),
    **session.network_options(),
}

CHECKS = {
    "foreign": Check(
        "error",
        "Somebody created it by hand, or it is another application's; it decides what statements"
        " of this one do.",
    ),
    "object": Check("error", "Somebody changed the database by hand, and no migration did."),
    "grant": Check("error", "Somebody granted what is PostgreSQL's own, such as pg_authid."),
    "known": Check("warning", "The structure could not be read, or was seen for the first time."),
}

MAXIMUM = 20
LENGTH = 300
# What merely makes statements slower or faster.
OF_SPEED = ("index", "statistics object")
# What a statement of the application meets only where it names it.
IDLE = ("table", "view", "materialized view", "foreign table", "sequence", *OF_SPEED)
SLOW_ATTRIBUTES = ("options", "tablespace")
# Told of by others: by the kind privileges what is in the declared schema, by extensions these.
OF_PRIVILEGES = ("table", "view", "materialized view", "foreign table", "sequence", "routine",
                 "aggregate")  # fmt: skip


def identity(resource: Options) -> str:
    return f"{resource['database']}.{resource['schema']}"


def depends(resource: Options) -> list[cause.Cause]:
    """Also a migration, after which what is there is to be remembered."""
    return [
        *schema.depends(resource),
        cause.resource("schema", identity(resource)),
        cause.check("migrations", "revision"),
        cause.check("migrations", "unknown"),
        cause.check("migrations", "lost"),
        cause.check("migrations", "run"),
    ]


def read(resource: Options, host: Host) -> Any:
    """things, {name: Thing}; expected and first as structure_record.judge() has them; or why it
    could not be read."""
    try:
        database = host.database(
            resource, resource["database"], resource["schema"], resource["owner"]
        )
    except session.PoolerError as exc:
        return {"why": str(exc)}
    found = database.structure
    if found.why:
        return {"why": found.why}
    now = {name: dict(thing.attributes) for name, thing in found.things.items()}
    if resource["without_revisions"] and not found.revisions:
        # Whatever is there may be the application's own doing.
        return {"things": found.things, "expected": now, "first": "", "system": database.system}
    key = {
        "form": FORM,
        "schema": resource["schema"],
        "revisions": list(found.revisions),
        "version": database.version,
    }
    where = (resource["login_host"], resource["login_port"], resource["database"])
    name = ".".join([*(quote(str(part), safe="") for part in where if part), "structure"])
    kept = proofs.read(name, RECORD)
    judged = structure_record.judge(kept, key, now)
    if judged.record != kept:
        host.learned[name] = (RECORD, judged.record)
    return {
        "things": found.things, "expected": judged.expected, "first": judged.first,
        "system": database.system,
    }  # fmt: skip


# What is looked at; where that is more than before, it is seen for the first time.
FORM = 1
# What the file of proofs has in the place of a key: the record has its own.
RECORD = {"of": "structure"}


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if "why" in actual:
        return [not_checked("known", actual["why"])]
    things, expected = actual["things"], actual["expected"]
    system = [_granted(resource, each) for each in actual.get("system", ())]
    foreign = {name for name, thing in things.items() if _is_foreign(resource, name, thing)}
    found = [_foreign(resource, name, things[name]) for name in _in_order(foreign)]
    # What goes with a table says nothing more than the table.
    tables = {name for name in set(things) ^ set(expected) if _kind(name) in TABLES}
    gone = {name.partition(" ")[2] for name in tables}
    for name in _in_order(set(things) | set(expected)):
        is_told = name in foreign or (name in things and _is_told(resource, name, things[name]))
        is_told = is_told or _is_providers(resource, name, things.get(name))
        if is_told or _table_of(name, things.get(name)) in gone:
            continue
        found += _changed(resource, name, expected.get(name), things.get(name))
    first: list[Found] = []
    if actual["first"] == structure_record.LOST:
        first = [not_checked("known", f"its structure {actual['first']}, by which it is compared")]
    elif actual["first"]:
        first = [not_checked("known", FIRST.format(actual["first"]))]
    return [*system[:MAXIMUM], *found[:MAXIMUM], *first]


def _granted(resource: Options, granted: system_privileges.Granted) -> Difference:
    return difference(
        "grant", "no such grant", f"{granted.grantee}: {granted.privilege}", "unexpected",
        _sql(resource, [system_privileges.revoke(granted)]), subject=f"on {granted.object}",
    )  # fmt: skip


FIRST = (
    "its structure {}: whatever is there now is taken for what the migrations made, and is"
    " compared from now on"
)
TABLES = ("table", "foreign table")
KINDS = sorted((*structure_remedy.REPLACEABLE, *OF_PRIVILEGES, "column", "type", "domain",
                "subscription"),
               key=len, reverse=True)  # fmt: skip


# What others depend on comes last, for whoever drops one after the other.
LAST = ("operator", "view", "materialized view", "aggregate", "routine", "language", "server",
        "foreign-data wrapper", "column", "domain", "type", "table", "sequence",
        "schema")  # fmt: skip


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda n: (LAST.index(_kind(n)) if _kind(n) in LAST else -1, n))


def _kind(name: str) -> str:
    """The kind that a name begins with."""
    return next((kind for kind in KINDS if name.startswith(f"{kind} ")), name.partition(" ")[0])


def _table_of(name: str, thing: Thing | None) -> str:
    if thing:
        return thing.table
    kind = _kind(name)
    return structure_remedy.parts(name, kind)[1]


def _is_foreign(resource: Options, name: str, thing: Thing) -> bool:
    """Whether a thing belongs to, or runs the code of, somebody who is none of ours."""
    # What else is in a database that somebody else runs may be that one's.
    is_ours = _is_ours(resource, thing) or (resource["login_host"] and thing.kind != "trigger")
    return not is_ours and not _is_told(resource, name, thing)


# What is the whole database's, and not a schema's.
OF_DATABASES = ("event trigger", "publication", "subscription", "server", "foreign-data wrapper",
                "language")  # fmt: skip


def _is_providers(resource: Options, name: str, thing: Thing | None) -> bool:
    """Whether a thing is, or was, of whoever runs the server, who may do as he likes."""
    if not resource["login_host"]:
        return False
    if thing is None:
        return _kind(name) in OF_DATABASES
    return not _is_ours(resource, thing)


def _is_ours(resource: Options, thing: Thing) -> bool:
    return thing.owner in ("", resource["owner"], *resource["roles"])


def _is_told(resource: Options, name: str, thing: Thing) -> bool:
    """Whether the kind privileges tells of it."""
    place = f"{thing.kind} {_schema_quoted(resource)}."
    is_there = thing.kind in OF_PRIVILEGES and name.startswith(place)
    return is_there and not _is_ours(resource, thing)


def _schema_quoted(resource: Options) -> str:
    name: str = resource["schema"]
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'


def _foreign(resource: Options, name: str, thing: Thing) -> Difference:
    drop = structure_remedy.drop(name, thing.kind)
    whose = "runs a function" if thing.kind == "trigger" else "is"
    return difference(
        "foreign", "none",
        f"{whose} of {thing.owner}{_of(_told(thing.kind, thing.attributes))}", "unexpected",
        _sql(resource, drop) if drop else _by_people(resource, name, thing.kind),
        subject=name,
        # A table's owner is told of once, and so is an event trigger's function.
        because=[cause.check("privileges", "foreign", name)],
    )  # fmt: skip


def _changed(
    resource: Options, name: str, expected: Mapping[str, str] | None, thing: Thing | None
) -> Iterator[Difference]:
    kind = thing.kind if thing else _kind(name)
    if thing is None and expected is not None:
        create = structure_remedy.create(name, kind, expected)
        yield difference(
            "object", _told(kind, expected) or "there", "not there", "missing",
            _sql(resource, create) if create else _again(kind), subject=name,
            severity="warning" if kind in OF_SPEED else "error",
        )  # fmt: skip
    elif thing is not None and expected is None:
        drop = structure_remedy.drop(name, kind)
        yield difference(
            "object", "not there", _told(kind, thing.attributes) or "there", "unexpected",
            _sql(resource, drop) if drop else _by_people(resource, name, kind),
            subject=name, severity="warning" if kind in IDLE else "error",
        )  # fmt: skip
    elif thing is not None and expected is not None:
        yield from _attributes(resource, name, expected, thing)


def _attributes(
    resource: Options, name: str, expected: Mapping[str, str], thing: Thing
) -> Iterator[Difference]:
    for attribute in sorted(set(expected) | set(thing.attributes)):
        was, now = expected.get(attribute, ""), thing.attributes.get(attribute, "")
        if was == now:
            continue
        statements = structure_remedy.change(name, thing.kind, attribute, was, now)
        if attribute == "definition":
            again = structure_remedy.create(name, thing.kind, expected)
            statements = [*structure_remedy.drop(name, thing.kind), *again] if again else []
        is_slow = thing.kind in OF_SPEED or attribute in SLOW_ATTRIBUTES
        yield difference(
            "object", _shown(thing.kind, attribute, was), _shown(thing.kind, attribute, now),
            remedy=_sql(resource, statements) if statements else _again(thing.kind),
            subject=name, severity="warning" if is_slow else "error",
        )  # fmt: skip


def _shown(kind: str, attribute: str, text: str) -> str:
    if attribute == "definition":
        return _told(kind, {"definition": text})
    return f"{attribute}: {text or 'none'}"[:LENGTH]


def _told(kind: str, attributes: Mapping[str, str]) -> str:
    """A thing's definition for people."""
    text = attributes.get("definition", "")
    if kind in ("view", "materialized view", "routine", "aggregate"):
        words = [f"of digest {text[:12]}"]
        words += [f"in {attributes['language']}"] if attributes.get("language") else []
        words += ["SECURITY DEFINER"] if attributes.get("runs as") else []
        return ", ".join(words)
    state = attributes.get("state", "")
    text = f"{text}, {state}" if state and state not in ("enabled", "valid") else text
    return server_settings.shown("", " ".join(text.split()))[:LENGTH] if text else ""


def _of(text: str) -> str:
    return f": {text}" if text else ""


def _sql(resource: Options, statements: Iterable[str]) -> str:
    texts = list(statements)
    if resource["login_host"]:
        joined = "; ".join(texts)
        return f"As {resource['owner']}, in the database {resource['database']}: {joined};"
    # The braces of a definition are no place for a name.
    quoted = [text.replace("{", "{{").replace("}", "}}") for text in texts]
    return session.command(resource, *quoted, database=resource["database"])


def _by_people(resource: Options, name: str, kind: str) -> str:
    remove = structure_remedy.remove(name, kind)
    statements = [*structure_remedy.before_removal(name, kind), remove]
    command = f" Where nobody needs it: {_sql(resource, statements)}" if remove else ""
    return (
        f"Look at what is in it. Where the application needs it, take the {kind} into a migration,"
        f" or accept it (audit_accepted).{command}"
    )


def _again(kind: str) -> str:
    return (
        f"Make the {kind} again as the migration has it that made it (flask db upgrade --sql shows"
        " it); where it is right as it is, take it into a migration, or accept it (audit_accepted)."
    )
