# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which differences are causes, and which merely follow from them.

Where the server is stopped, thirty of its resources cannot be read, and a request fails:
that is one finding. A difference names in "because" what it may follow from.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import Resource
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import (
    Finding,
    Follower,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause

# Which finding: kind, resource, check and subject.
Key = tuple[str, str, str, str]


def depends(resource: Resource) -> list[Cause]:
    """The Causes that a resource's kind depends on."""
    function = getattr(resource.module, "depends", None)
    return list(function(resource.options)) if function else []


def split(found: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Tell causes from what follows from them; returns (differences, consequences).

    found are Findings with all that they could follow from; each gets the Causes that apply.
    """
    owners = _owners(found)
    causes = {_key(each): _causes(each, owners) for each in found}
    settled = _settled(causes)
    differences: list[Finding] = []
    consequences: list[Finding] = []
    for each in found:
        follows = _named(causes[_key(each)]) if _key(each) in settled else ()
        (consequences if follows else differences).append(each._replace(because=follows))
    return differences, consequences


def _named(causes: dict[Cause, set[Key]]) -> tuple[Cause, ...]:
    """The causes, with what was found in the place of a kind."""
    return tuple(
        dict.fromkeys(
            name
            for named, keys in causes.items()
            for name in (
                [cause.resource(kind, resource) for kind, resource, _c, _s in sorted(keys)]
                if named.form == "kind"
                else [named]
            )
        )
    )


def _key(found: Finding) -> Key:
    return found.kind, found.resource, found.check, found.subject


def _settled(causes: dict[Key, dict[Cause, set[Key]]]) -> set[Key]:
    """What follows, over any number of steps, from something that follows from nothing.

    Two differences that each would explain the other explain nothing, and both remain.
    """
    roots = {key for key, because in causes.items() if not because}
    settled: set[Key] = set()
    while True:
        known = roots | settled
        more = {k for k, because in causes.items() if any(o & known for o in because.values())}
        if more <= settled:
            return settled
        settled |= more


def _owners(found: Iterable[Finding]) -> dict[Cause, set[Key]]:
    """{Cause: the keys of the findings that have it}, by all Causes that others may name."""
    owners: dict[Cause, set[Key]] = {}
    for each in found:
        names = [
            cause.resource(each.kind, each.resource),
            cause.check(each.kind, each.check),
            cause.check(each.kind, each.check, each.subject),
            *(cause.path(text) for text in (each.resource, each.subject) if text.startswith("/")),
        ]
        if each.severity == "error":
            names.append(cause.kind(each.kind, each.resource))
        for name in names:
            owners.setdefault(name, set()).add(_key(each))
    return owners


def _causes(found: Finding, owners: dict[Cause, set[Key]]) -> dict[Cause, set[Key]]:
    """{Cause: the keys of the other findings that have it}, of those that a finding names."""
    causes = {}
    for named in found.because:
        others = {key for name in _meant(named, owners) for key in owners.get(name, ())}
        if others - {_key(found)}:
            causes[named] = others - {_key(found)}
    return causes


def _meant(named: Cause, owners: dict[Cause, set[Key]]) -> list[Cause]:
    """The Causes that one means: those of all paths in a folder, of all resources of a kind."""
    form = {"folder": "path", "kind": "kind"}.get(named.form)
    if form is None:
        return [named]
    return [each for each in owners if each.form == form and each.name.startswith(named.name)]


def to_look_at_again(resources: Iterable[Resource], found: list[Finding]) -> list[Follower]:
    """The Followers: what is right now, and depends on what the collection will change."""
    owners = _owners(each for each in found if each.owned)
    different = {(each.kind, each.resource) for each in found}
    again = []
    for resource in resources:
        identity = resource.module.identity(resource.options)
        meant = {each: _meant(each, owners) for each in depends(resource)}
        follows = [each for each, names in meant.items() if any(name in owners for name in names)]
        if follows and (resource.kind, identity) not in different:
            again.append(Follower(resource.role, resource.kind, identity, tuple(follows)))
    return again
