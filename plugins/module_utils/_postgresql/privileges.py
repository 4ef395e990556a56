# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which grants in one schema and its database should be there, compared both ways.

What is declared and not there is granted; what is there and not declared is revoked. What belongs
to others than the application's roles is left alone, unless it is adopted by name: a function of a
superuser, taken over, would run for everybody as the owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.acl import (
    Found,
    Grant,
    Target,
)


def desired(
    targets: Collection[Target], schema: str, declared: Iterable[Mapping[str, Any]]
) -> set[Grant]:
    """The grants that should be there: each declared role's, on every object of its kind."""
    wanted: set[Grant] = set()
    for role in declared:
        for target in targets:
            wanted |= {Grant(target, role["role"], p) for p in _declared(role, target.kind)}
        for kind in ("tables", "sequences", "functions"):
            future = Target("default " + kind, schema)
            wanted |= {Grant(future, role["role"], p) for p in role.get(kind) or ()}
    return wanted


def _declared(role: Mapping[str, Any], kind: str) -> Collection[str]:
    """What a role may do with objects of a kind; with a table of revisions, only read it."""
    if kind == "revisions":
        return {"SELECT"}.intersection(role.get("tables") or ())
    return role.get(kind) or ()


def strangers(
    owners: Mapping[Target, str],
    following: Collection[Target],
    ours: Collection[str],
    adopted: Collection[str],
) -> set[Target]:
    """The objects in the schema that belong to others than our roles, and that nobody adopts.

    adopted are names as SQL spells them, with or without the schema; a function has its arguments.
    """
    names = set(adopted)
    return {
        target
        for target, owner in owners.items()
        if owner not in ours
        and target not in following
        and target.kind not in ("database", "schema")
        and names.isdisjoint((target.identity, target.identity.partition(".")[2]))
    }


def roles_of(owner: str, declared: Iterable[Mapping[str, Any]]) -> set[str]:
    """The application's own roles, whose objects are the owner's to be."""
    return {owner, *(role["role"] for role in declared)}


def without(
    read: Found, wanted: set[Grant], targets: Collection[Target]
) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, less some targets and their columns."""
    owners, following, grants = read
    left_out = {*targets, *(Target("columns", target.identity) for target in targets)}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if g.target._replace(column="") not in left_out}

    left = {target: owner for target, owner in owners.items() if target not in left_out}
    return (left, following, kept(grants)), kept(wanted)


def only(read: Found, wanted: set[Grant], target: Target) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, of one target alone."""
    owners, _following, grants = read
    own = {target, Target("columns", target.identity)}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if g.target._replace(column="") in own}

    return ({target: owners[target]}, {}, kept(grants)), kept(wanted)


def creator_or_owner(target: Target, owners: Mapping[Target, str], owner: str) -> str:
    """Whose a target is, and so who may grant on it."""
    if target.kind.startswith("default "):
        return target.creator or owner
    if target.kind == "columns":
        tables = (Target(kind, target.identity) for kind in ("tables", "revisions"))
        return next((owners[table] for table in tables if table in owners), "")
    return owners.get(target, "")


def only_of(
    mine: Collection[str], read: Found, wanted: set[Grant], owner: str
) -> tuple[Found, set[Grant]]:
    """What read() returned and what is wanted, without what the login has no right to change."""
    owners, following, grants = read
    of_mine = {target: name for target, name in owners.items() if name in mine}
    # A database and a schema are as whoever made them wanted it.
    settled = {t: owner if t.kind in ("database", "schema") else n for t, n in of_mine.items()}

    def kept(changes: Iterable[Grant]) -> set[Grant]:
        return {g for g in changes if creator_or_owner(g.target, owners, owner) in mine}

    return (settled, following, kept(grants)), kept(wanted)
