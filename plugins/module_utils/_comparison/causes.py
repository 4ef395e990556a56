# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which differences are causes, and which merely follow from them.

Where the server is stopped, thirty of its resources cannot be read, and a request fails:
that is one finding. A difference names in "because" what it may follow from.
"""

from __future__ import annotations

# In "because": whatever else was found on this host that keeps the service from working.
ANY_ERROR = "any error"


def depends(resource):
    """What a resource's kind says that it depends on, in the words of "because"."""
    function = getattr(resource.module, "depends", None)
    return function(resource.options) if function else []


def split(found):
    """Tell causes from what follows from them; returns (differences, consequences).

    found are complete differences, as compare.py makes them; each gets the names in
    "because" that apply.
    """
    owners = _owners(found)
    causes = {_key(d): _causes(d, owners) for d in found}
    settled = _settled(causes)
    has_error = any(d["severity"] == "error" and ANY_ERROR not in d["because"] for d in found)
    differences, consequences = [], []
    for d in found:
        follows = causes[_key(d)] if _key(d) in settled else {}
        if has_error and ANY_ERROR in d["because"]:
            follows = {**follows, ANY_ERROR: set()}
        (consequences if follows else differences).append({**d, "because": sorted(follows)})
        # The connection that fails explains the request that fails.
        has_error = has_error or d["severity"] == "error"
    return differences, consequences


def _key(found):
    return found["kind"], found["resource"], found["attribute"]


def _settled(causes):
    """What follows, over any number of steps, from something that follows from nothing.

    Two differences that each would explain the other explain nothing, and both remain.
    """
    roots = {key for key, because in causes.items() if not because}
    settled = set()
    while True:
        known = roots | settled
        more = {k for k, because in causes.items() if any(o & known for o in because.values())}
        if more <= settled:
            return settled
        settled |= more


def _owners(differences):
    """{name: the differences that have it}, by every name that others may use for them.

    That is the resource, the attribute, and the path of either.
    """
    owners = {}
    for d in differences:
        kind, resource, attribute = _key(d)
        paths = [t for t in (resource, attribute.partition(" ")[2]) if t.startswith("/")]
        for name in (f"{kind} {resource}", f"{kind}.{attribute}", *paths):
            owners.setdefault(name, set()).add((kind, resource, attribute))
    return owners


def _causes(found, owners):
    """{name in because: the other differences that have it}; a name with "/" at its end is a
    folder's."""
    causes = {}
    for name in found["because"]:
        names = [n for n in owners if n.startswith(name)] if name.endswith("/") else [name]
        others = {key for n in names for key in owners.get(n, ())} - {_key(found)}
        if others:
            causes[name] = others
    return causes


def to_look_at_again(resources, differences):
    """What is right now, and depends on something that the collection will change."""
    owners = _owners(d for d in differences if d["owned"])
    different = {(d["kind"], d["resource"]) for d in differences}
    found = []
    for resource in resources:
        own = (resource.kind, resource.module.identity(resource.options))
        wanted = {
            "kind": own[0],
            "resource": own[1],
            "attribute": "",
            "because": depends(resource),
        }
        follows = sorted(_causes(wanted, owners))
        if follows and own not in different:
            found.append(
                {"role": resource.role, "kind": own[0], "resource": own[1], "because": follows}
            )
    return found
