# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which units a run of the roles would start, restart or reload, by what was found."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import Resource
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import (
    Finding,
    Follower,
)

# From the least to the most that a unit's users notice.
WAYS = ("reload", "start", "restart")


def expected(
    resources: Iterable[Resource], found: Iterable[Finding], again: Iterable[Follower]
) -> dict[str, str]:
    """{unit: one of WAYS}. again are those that have to be looked at again.

    It is what the comparison can tell beforehand: what is put right on the way may need more.
    """
    by_name = {(r.kind, r.module.identity(r.options)): r for r in resources}
    ways: dict[str, set[str]] = {}
    for each in found:
        resource = by_name[each.kind, each.resource]
        way = _way(resource, each.check) if each.owned else ""
        if way:
            ways.setdefault(resource.options["unit"], set()).add(way)
    for follower in again:
        resource = by_name[follower.kind, follower.resource]
        if hasattr(resource.module, "MENDED_BY") and resource.options.get("unit"):
            ways.setdefault(resource.options["unit"], set()).add(_least(resource))
    # What does not run is started, whatever else of it would need.
    down = {unit for unit, each in ways.items() if "start" in each}
    return {
        unit: "start" if unit in down else max(each, key=WAYS.index)
        for unit, each in sorted(ways.items())
    }


def _way(resource: Resource, check: str) -> str:
    if resource.kind == "unit":
        return "start" if check == "active" else ""
    if not resource.options.get("unit"):
        return ""
    mended_by: dict[str, str] = getattr(resource.module, "MENDED_BY", {})
    return mended_by.get(check, "")


def _least(resource: Resource) -> str:
    """What takes over a changed file, of what does not differ yet."""
    files = resource.options.get("workers_newer_than") or resource.kind.startswith("postgresql")
    return "reload" if files else "restart"
