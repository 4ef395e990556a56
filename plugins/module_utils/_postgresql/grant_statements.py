# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SQL that gives and takes privileges and owners, as composed statements of psycopg2.sql."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.acl import (
    OPTION,
    Grant,
    Target,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import sql

# How GRANT names the kinds that it names in another way.
WORDS = {
    **dict.fromkeys(("tables", "columns", "revisions"), "TABLE"),
    "sequences": "SEQUENCE", "functions": "ROUTINE",
}  # fmt: skip


def statements(
    owners: Mapping[Target, str],
    following: Collection[Target],
    grants: set[Grant],
    wanted: set[Grant],
    schema: str,
    owner: str,
) -> list[Any]:
    """The SQL that turns what is into what should be, ownership first.

    Returns composed statements of psycopg2.sql.
    """
    found = [
        alter_owner(target, owner)
        for target, current in sorted(owners.items())
        if current != owner and target not in following
    ]
    # An object that changes hands takes its former owner's grants along to the new one.
    surplus = grants - wanted
    missing = wanted - grants
    for (target, grantee), privileges in grouped(surplus):
        if grantee != owner:
            found += revocations(target, grantee, privileges, schema, owner)
    for (target, grantee), privileges in grouped(missing):
        if grantee != owner:
            found.append(change("GRANT", "TO", target, grantee, privileges, schema, owner))
    return found


def revocations(
    target: Target, grantee: str | None, privileges: Collection[str], schema: str, owner: str
) -> list[Any]:
    """The statements that take privileges and rights to grant from a role, and with the latter what
    it has granted to others."""
    plain = [p for p in privileges if not p.startswith(OPTION)]
    options = [p[len(OPTION) :] for p in privileges if p.startswith(OPTION)]
    alone = [p for p in options if p not in plain]
    found = [("REVOKE", plain)] if plain else []
    found += [(f"REVOKE {OPTION.rstrip()}", alone)] if alone else []
    # Defaults are granted to nobody yet.
    passed_on = options and not target.kind.startswith("default ")
    end = sql.SQL(" CASCADE" if passed_on else "")
    return [
        change(verb, "FROM", target, grantee, words, schema, owner) + end for verb, words in found
    ]


def grouped(changes: Iterable[Grant]) -> list[tuple[tuple[Target, str | None], list[str]]]:
    """Grants joined by target and grantee: [((target, grantee), sorted privileges), ...]."""
    groups: dict[tuple[Target, str | None], list[str]] = {}
    for change in changes:
        groups.setdefault((change.target, change.grantee), []).append(change.privilege)
    order = sorted(groups, key=lambda group: (*group[0], group[1] or ""))
    return [(group, sorted(groups[group])) for group in order]


def alter_owner(target: Target, owner: str) -> Any:
    # ALTER TABLE takes every kind of relation, ALTER ROUTINE functions and procedures.
    tables = dict.fromkeys(("tables", "revisions", "sequences"), "TABLE")
    word = {**tables, "functions": "ROUTINE"}.get(target.kind, target.kind.upper())
    return sql.SQL("ALTER {} {} OWNER TO {}").format(
        sql.SQL(word), _identity(target), sql.Identifier(owner)
    )


def create_role(name: str) -> Any:
    """The statement that makes a role to log in with."""
    return sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name))


def change(
    verb: str,
    preposition: str,
    target: Target,
    grantee: str | None,
    privileges: Iterable[str],
    schema: str,
    owner: str,
) -> Any:
    columns = f" ({target.column})" if target.column else ""
    change = sql.SQL("{} {} ON {} {} {}").format(
        sql.SQL(verb),
        sql.SQL(", ".join(privilege + columns for privilege in privileges)),
        _on(target),
        sql.SQL(preposition),
        sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
    )
    if not target.kind.startswith("default "):
        return change
    where = (
        sql.SQL("")
        if target.everywhere
        else sql.SQL(" IN SCHEMA {}").format(sql.Identifier(schema))
    )
    return sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} {}").format(
        sql.Identifier(target.creator or owner), where, change
    )


def _on(target: Target) -> Any:
    if target.kind.startswith("default "):
        return sql.SQL(target.kind[len("default ") :].upper())
    return sql.SQL(WORDS.get(target.kind, target.kind.upper()) + " ") + _identity(target)


def _identity(target: Target) -> Any:
    """The name as the server that will read it quoted it; only format() reads SQL's braces."""
    return sql.SQL(target.identity)
