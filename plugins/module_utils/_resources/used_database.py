# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database that the running application really uses: is it the declared one?

An application may take its database from a file of its own and never look at its environment. Two
things tell: the engines of a copy that is loaded as the service's user, with its environment and
with sessions that cannot write; and a session in the declared database whose other end is a
process of the service. Both take an application's start or a request, so what they said is kept as
a proof (proofs.py).
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.flaskops.stack.plugins.module_utils._application import runner
from ansible_collections.flaskops.stack.plugins.module_utils._host import peers
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
    url,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    connection,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
    not_checked,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "wsgi": {"type": "str", "default": ""},
    **connection.OF_MIGRATIONS,
    **connection.OPTIONS,
}

CHECKS = {
    "engine": Check(
        "error",
        "The application takes its database from a file or a default of its own, and not from the"
        " declared variables or settings file.",
    ),
    "session": Check(
        "error",
        "The service's processes have no session in the declared database that can be seen, or they"
        " have theirs in another one.",
    ),
}

# Nothing on the host is declared by this: it shows whether all the rest works.
# What the service has and its files do not say, and so a copy of the application does not get.
START = (
    "See with which variables and code {unit} was started: systemctl show-environment, systemctl"
    " cat {unit}, /proc/PID/environ; take away what nobody wants, and restart it."
)
LIVE = True

# Of the engines or the sessions; see read().
State = Optional[dict[str, Any]]


def identity(resource: Options) -> str:
    return f"of {resource['unit']}"


def depends(resource: Options) -> list[cause.Cause]:
    return [
        cause.resource("connection", connection.identity(resource)),
        cause.resource("process", resource["unit"]),
        # The application is run to be asked, also where the connection needs none.
        cause.check("ancestors", "closed"),
    ]


def read(resource: Options, host: Host) -> Any:
    """engine and session, each None (right), {"other": ...} or {"reason": ...}; and databases, the
    names of those that the engines lead to.

    "other" is the list of the databases that are used instead, without passwords.
    """
    installed, facts = connection.load(resource, host)
    if "error" in facts:
        return {"engine": {"reason": f"it has no way to the declared database: {facts['error']}"}}
    pid = int(host.unit(resource["unit"]).get("MainPID", 0))
    process = units.process(pid) if pid else None
    if process is None:
        return {"engine": {"reason": f"{resource['unit']} does not run"}}
    proven = connection.proof(resource, host, "database", pid)
    if _holds(proven, facts, pid):
        return proven
    seen = _seen(facts, pid, (proven or {}).get("databases", ()))
    # Where no session was seen the last time, there may be one now; that takes no application.
    session = seen and _session(resource, host, installed, pid)
    if proven is not None and "reason" in (session or {}):
        return {**proven, "session": session}
    engine, databases = _engine(resource, host, installed)
    session = session and _session(resource, host, installed, pid, databases)
    found: dict[str, Any] = {
        "engine": _together(engine, session),
        "session": session,
        "databases": databases,
    }
    if not any("other" in (found[name] or {}) for name in ("engine", "session")):
        connection.prove(resource, host, "database", found, pid)
    return found


def _together(engine: State, session: State) -> State:
    """The engine's state, in the light of the session's.

    A session that is there tells of an application that cannot be asked; where its engines lead
    elsewhere as well, nobody can tell what each is for.
    """
    if session is not None or engine is None:
        return engine
    if "other" in engine:
        others = ", ".join(engine["other"])
        return {
            "reason": f"it has a session in the declared database, and its engines lead to {others}"
        }
    return None


def _engine(
    resource: Options, host: Host, installed: runner.Application
) -> tuple[State, list[str]]:
    """(state, the names of the databases that the engines lead to)."""
    try:
        answer = connection.ask_application(resource, host, installed)
    except (runner.ApplicationError, pace.Slow) as exc:
        return {"reason": str(exc).strip().splitlines()[0]}, []
    if "engines" not in answer:
        failed = answer.get("unloaded") or answer
        reason = f"schema.{failed['code']}: {failed['error'].splitlines()[0]}"
        return {"reason": reason}, []
    declared = database_variables.target(resource["database_variables"], installed.environment)
    return judge(answer["engines"], declared), names(answer["engines"])


def _targets(engines: Iterable[str]) -> list[url.Target]:
    """Those of the URLs that lead to PostgreSQL."""
    found = []
    for text in engines:
        with contextlib.suppress(url.TargetError):
            found.append(url.parse(text))
    return found


def names(engines: Iterable[str]) -> list[str]:
    """The names of PostgreSQL's databases that engines (texts) lead to."""
    return sorted({_name(target) for target in _targets(engines)})


def judge(engines: Sequence[str], declared: url.Target) -> State:
    """None where one of the engines (texts, without passwords) leads to the declared target."""
    if not engines:
        return {"reason": "the application has no engine of SQLAlchemy when it is loaded"}
    places = [p for p in _targets(engines) if _name(p) == _name(declared)]
    same_host = [p for p in places if _hosts(p) & _hosts(declared)]
    if any(_ports(place) & _ports(declared) for place in same_host):
        return None
    if same_host:
        port = same_host[0].endpoints[0].port
        return {"reason": f"the application connects to port {port}, which may be a pooler's"}
    return {"other": list(engines)}


def _name(target: url.Target) -> Any:
    parameters = target.parameters
    return parameters.get("dbname") or parameters.get("user")


def _ports(target: url.Target) -> set[int]:
    return {endpoint.port for endpoint in target.endpoints}


def _hosts(target: url.Target) -> set[str]:
    """The addresses of the target's hosts; this host's own are one, over whatever way."""
    found: set[str] = set()
    for endpoint in target.endpoints:
        if endpoint.host.startswith("/"):
            found.add("local")
            continue
        try:
            infos = socket.getaddrinfo(endpoint.hostaddr or endpoint.host, None)
        except OSError:
            found.add(endpoint.host)
            continue
        addresses: set[Any] = {info[4][0] for info in infos}
        found |= {"local" if a in ("::1", "127.0.0.1") else a for a in addresses}
    return found


def _holds(proven: Mapping[str, Any] | None, facts: connection.Facts, pid: int) -> bool:
    """Whether what was proven by a session is so still, because no session is elsewhere."""
    if proven is None or proven["session"] is not None:
        return False
    databases = proven.get("databases", ())
    known = {facts.get("database"), *databases}
    if all(client["database"] in known for client in facts.get("clients") or []):
        return True
    return "other" not in (_seen(facts, pid, databases) or {})


def elsewhere(facts: Mapping[str, Any], held: Collection[str], known: Iterable[str]) -> list[str]:
    """The databases in which there are sessions (held, their names), where none of them is the
    declared one, of facts, and none is known to be the application's too; or []."""
    return [] if facts.get("database") in held else sorted(set(held) - set(known))


def _seen(facts: connection.Facts, pid: int, known: Iterable[str]) -> State:
    """The state that the sessions show; see read()."""
    held = peers.databases(facts, peers.processes(pid, units.children))
    if facts.get("database") in held:
        return None
    others = elsewhere(facts, held, known)
    if others:
        return {"other": others}
    if facts.get("pooled"):
        return {"reason": "a pooler is between the service and the server"}
    if any(client["database"] == facts.get("database") for client in facts.get("clients") or []):
        return {"reason": "the role's sessions in the database cannot be told to be the service's"}
    return {
        "reason": "no session was open after the live request: the application connects later, or"
        " closes its sessions at once"
    }


def _session(
    resource: Options,
    host: Host,
    installed: runner.Application,
    pid: int,
    known: Iterable[str] = (),
) -> State:
    """The same by what is there now: since the first look, the live request has been made."""
    return _seen(connection.look_again(resource, host, installed), pid, known)


def _remedy(settings_file: str, name: str) -> str:
    if settings_file:
        return (
            f"Let the application take its database from {settings_file}: see that"
            " app_settings_template sets what it reads, and app_settings_variable is the variable"
            " from which it takes the path; then run flaskops.stack.site."
        )
    return (
        f"Let the application take its database from the environment ({name}), and deploy it"
        f" again; {database_variables.OTHERWISE}"
    )


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    found: list[Found] = []
    name = database_variables.spoken(resource["database_variables"])
    for attribute in ("engine", "session"):
        state = actual.get(attribute)
        if state and "reason" in state:
            found.append(not_checked(attribute, state["reason"]))
    held = (actual.get("session") or {}).get("other")
    if held:
        found.append(
            difference(
                "session", f"in the database of {name}", f"in {', '.join(held)}",
                remedy=START.format(unit=resource["unit"]), because=depends(resource),
            )
        )  # fmt: skip
    other = (actual.get("engine") or {}).get("other")
    if other:
        remedy = _remedy(resource["settings_file"], name)
        return [
            difference(
                "engine", f"the database of {name}", ", ".join(other), remedy=remedy,
                because=depends(resource),
            )
        ]  # fmt: skip
    return found
