# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison of declared resources with a host, from which everything else follows.

Provisioning, a second run, check mode and the audit all ask this one question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._comparison import (
    accepted,
    causes,
    declared,
    loads,
    restarts,
)
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import Resource
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import (
    Finding,
    Follower,
    Unseen,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import readings
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Kind,
    Options,
    ancestors,
    application_name,
    commands,
    connection,
    database,
    directory,
    environment_file,
    extensions,
    file,
    foreign_database,
    group,
    link,
    migrations,
    nginx_site,
    package,
    pg_hba,
    port,
    postgresql_cluster,
    postgresql_configuration,
    postgresql_role,
    postgresql_settings,
    privileged_roles,
    privileges,
    process,
    release,
    request,
    schema,
    service_processes,
    structure,
    unit,
    unix_socket,
    used_database,
    user,
    virtualenv,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    NotChecked,
    difference,
    not_checked,
)

# Every kind of resource, by the name that a declaration uses.
KINDS: dict[str, Kind] = {
    "ancestors": ancestors,
    "application_name": application_name,
    "commands": commands,
    "connection": connection,
    "database": database,
    "directory": directory,
    "environment_file": environment_file,
    "extensions": extensions,
    "file": file,
    "foreign_database": foreign_database,
    "group": group,
    "link": link,
    "migrations": migrations,
    "nginx_site": nginx_site,
    "package": package,
    "pg_hba": pg_hba,
    "port": port,
    "postgresql_cluster": postgresql_cluster,
    "postgresql_configuration": postgresql_configuration,
    "postgresql_role": postgresql_role,
    "postgresql_settings": postgresql_settings,
    "privileged_roles": privileged_roles,
    "privileges": privileges,
    "process": process,
    "release": release,
    "request": request,
    "schema": schema,
    "service_processes": service_processes,
    "structure": structure,
    "unit": unit,
    "unix_socket": unix_socket,
    "used_database": used_database,
    "user": user,
    "virtualenv": virtualenv,
}

# What any kind may find in place of an answer.
UNREADABLE = {"readable": Check("error", "What this depends on is not there, or is damaged.")}


class Result(NamedTuple):
    """What a comparison found.

    differences: what is not as declared; consequences: what merely follows from one of those;
    again: what has to be looked at again once they are mended; compared: (role, kind, identity) of
    everything; not_checked: what could not be looked at; learned: what proofs.py may keep,
    {name: (key, proven)}; accepted: what would be a difference, with the entry that accepts it;
    restarts: what the roles would do to units, see restarts.py.
    """

    differences: list[Finding]
    consequences: list[Finding]
    again: list[Follower]
    compared: list[tuple[str, str, str]]
    not_checked: list[Unseen]
    learned: dict[str, tuple[Any, Any]]
    accepted: list[tuple[Finding, Mapping[str, Any]]]
    restarts: dict[str, str]


def to_converge(result: Result) -> list[str]:
    """The roles with something that they put right: not what only people may decide about."""
    owned = [each for each in result.differences + result.consequences if each.owned]
    return sorted({each.role for each in owned} | {each.role for each in result.again})


def kinds(result: Result) -> dict[str, list[str]]:
    """{role: [kind, ...]} of all that differs, or has to be looked at again."""
    found: dict[str, set[str]] = {}
    different = [(each.role, each.kind) for each in result.differences + result.consequences]
    for role, kind in different + [(each.role, each.kind) for each in result.again]:
        found.setdefault(role, set()).add(kind)
    return {role: sorted(names) for role, names in found.items()}


def still_wrong(result: Result) -> list[Finding]:
    """What must not be so at the end of a run: what the collection puts right, and, whatever the
    reason, a site that does not work and what hides the declared."""
    return [f for f in result.differences + result.consequences if f.owned or f.live]


def compare(
    wanted: dict[str, list[Options]],
    anew: bool = False,
    experts: readings.Experts | None = None,
    exceptions: Sequence[Mapping[str, Any]] = (),
) -> Result:
    """Compare {role: [resource, ...]} with this host; returns a Result.

    A resource is a dict with kind and the options of that kind. anew: whether to ask again what was
    proven before (proofs.py). exceptions: see accepted.py. Raises DeclarationError before anything
    is read.
    """
    resources = _unique(
        _validated(role, number, resource)
        for role, listed in wanted.items()
        for number, resource in enumerate(listed)
    )
    machine = readings.Host([r.options for r in resources], anew, experts)
    # What takes long and waits for others runs beside all the rest.
    for resource in resources:
        if hasattr(resource.module, "begin"):
            resource.module.begin(resource.options, machine)
    answers = [each for resource in resources for each in _differences(resource, machine)]
    unseen = [each for each in answers if isinstance(each, Unseen)]
    found = [each for each in answers if isinstance(each, Finding)]
    found, excepted = accepted.split(found, exceptions)
    differences, follow = loads.complete(*causes.split(found))
    again = causes.to_look_at_again(resources, found)
    compared = [(r.role, r.kind, r.module.identity(r.options)) for r in resources]
    return Result(
        differences, follow, again, compared, unseen, machine.learned, excepted,
        restarts.expected(resources, differences + follow, again),
    )  # fmt: skip


def _validated(role: str, number: int, resource: Options) -> Resource:
    kind, options = declared.validated(resource, KINDS, f"resources[{role}][{number}]")
    return Resource(role, kind, options, KINDS[kind])


def _unique(resources: Iterable[Resource]) -> list[Resource]:
    """Without what two roles declare alike, such as a directory that both need."""
    kept: list[Resource] = []
    for resource in resources:
        if not any(r.kind == resource.kind and r.options == resource.options for r in kept):
            kept.append(resource)
    return kept


def _differences(resource: Resource, machine: Host) -> list[Finding | Unseen]:
    """The Findings of one resource, with all that they could follow from."""
    module = resource.module
    found: Sequence[Found]
    try:
        found = module.compare(resource.options, module.read(resource.options, machine))
    except pace.Slow as exc:
        found = [not_checked("readable", exc)]
    except (session.ServerError, OSError, ValueError) as exc:
        text = str(exc).strip() or type(exc).__name__
        found = [difference("readable", "can be read", text, because=causes.depends(resource))]
    return [_completed(resource, each) for each in found]


def _completed(resource: Resource, found: Found) -> Finding | Unseen:
    own: dict[str, Any] = {
        "role": resource.role,
        "kind": resource.kind,
        "resource": resource.module.identity(resource.options),
    }
    if isinstance(found, NotChecked):
        return Unseen(**own, **found._asdict())
    check = {**resource.module.CHECKS, **UNREADABLE}[found.check]
    if not found.severity:
        found = found._replace(severity=check.severity)
    live = check.hides or getattr(resource.module, "LIVE", False)
    return Finding(**own, **found._asdict(), cause=check.cause, live=live)
