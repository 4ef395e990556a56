# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A systemd unit: known, enabled, running, as its own file says and not overridden.

What somebody else says of it is as grave as what it says: a limit is none of the rights of root.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._host import packaged
from ansible_collections.flaskops.stack.plugins.module_utils._machine import (
    file_times,
    regular_file,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import (
    directives,
    manager,
    unit_folders,
    units,
)

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "file": {"type": "path"},
    "requires": {"type": "list", "elements": "str", "default": []},
    "drop_ins": {"type": "list", "elements": "path", "default": []},
}

# What has systemd read its files again.
READ_AGAIN = "systemctl daemon-reload"

CHECKS = {
    "loaded": Check("error", "The unit's file was removed, or systemd cannot read it."),
    "file": Check(
        "warning", "Somebody put another unit in its place, as systemctl edit --full does."
    ),
    "enabled": Check("error", "Somebody disabled or masked the unit; it would not start at boot."),
    "active": Check("error", "The unit was stopped, or it failed; see journalctl --unit."),
    "reload_pending": Check(
        "warning", "The unit's file changed, and systemd has not read it since."
    ),
    "drop_in": Check("warning", "Somebody overrides the unit, for example by systemctl edit."),
    "manager": Check("warning", "Somebody told systemd what holds for every service."),
    "dependency": Check("warning", "Somebody had another unit start with this one."),
    "trigger": Check("warning", "Another socket, timer or path starts the service."),
    "conflict": Check("error", "Another unit stops this one whenever it starts."),
}


# A file of somebody else's. text: what it says, for people; waits: whether the next start would be
# the first with it; teller: the unit that tells of it, where it is one of several; units: those.
class Foreign(NamedTuple):
    text: str
    severity: str
    waits: bool
    teller: str
    units: list[str]


# Another unit that conflicts with this one: the drop-ins that say so, if any; whether it runs.
class Rival(NamedTuple):
    drop_ins: list[str]
    is_active: bool


def identity(resource: Options) -> str:
    unit: str = resource["unit"]
    return unit


def read(resource: Options, host: Host) -> Any:
    """The unit's properties; and what others say of it in drop-ins, those in effect and those not
    read yet, in another file, for all services and in links: {path: Foreign} each."""
    name = resource["unit"]
    properties = host.unit(name)
    there = host.once("unit folders", unit_folders.contents)
    loaded = units.drop_ins(properties)
    paths = _once([*loaded, *unit_folders.drop_ins(name, there)])
    paths -= {p for p in paths if _is_packaged(p)} - packaged.strangers(filter(_is_packaged, paths))
    fragment = properties.get("FragmentPath", "")
    return {
        **properties,
        "drop_ins": {path: _drop_in(path, name, properties, host) for path in sorted(paths)},
        "manager": _of_manager(name, properties, host) if name.endswith(".service") else {},
        "dependencies": {
            path: _changed_since(path, properties)
            for path in unit_folders.dependencies(name, there)
        },
        "conflicts": _conflicts(name, properties.get("ConflictedBy", "").split(), there),
        "replaced": _instead(resource, fragment, properties),
        "fragment_waits": _waits(fragment, properties),
        "package": packaged.changed(fragment, name.partition("@")[0].partition(".")[0])
        if _is_packaged(fragment) and os.path.isfile(fragment)
        else "",
    }


def _conflicts(name: str, others: Sequence[str], there: dict[str, list[str]]) -> dict[str, Rival]:
    """{unit: Rival} of the units that conflict with this one."""
    if not others:
        return {}
    states = units.show(others, ("ActiveState",))
    return {
        other: Rival(
            [path for path in sorted(unit_folders.drop_ins(other, there)) if _has(path, name)],
            states[other].get("ActiveState") == "active",
        )
        for other in others
    }


def _has(path: str, unit: str) -> bool:
    """Whether a file says that its unit conflicts with this one."""
    with contextlib.suppress(OSError):
        with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
            pairs = [line.partition("=") for line in stream]
            return any(
                key.strip() == "Conflicts" and unit in words.split()
                for key, _equals, words in pairs
            )
    return False


def _once(paths: Iterable[str]) -> set[str]:
    """Each file by the first of its paths: /lib may be a link to /usr/lib."""
    found: dict[str, str] = {}
    for path in paths:
        folder, name = os.path.split(path)
        found.setdefault(os.path.join(os.path.realpath(folder), name), path)
    return set(found.values())


def _is_packaged(path: str) -> bool:
    return path.startswith(unit_folders.PACKAGES)


def _drop_in(path: str, name: str, properties: Mapping[str, str], host: Host) -> Foreign:
    folder = os.path.basename(os.path.dirname(path))
    text, severity = _said(path)
    return Foreign(
        text, severity, _waits(path, properties), host.once(("tells", path), lambda: name),
        [unit for unit in host.unit_names if folder[: -len(".d")] in unit_folders.names(unit)],
    )  # fmt: skip


def _said(path: str, less: Collection[directives.Directive] = ()) -> tuple[str, str]:
    """(what a file says, how grave that is), without what another says too."""
    try:
        with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
            found = [each for each in directives.parse(stream.read()) if each not in less]
    except OSError as exc:
        return exc.strerror or str(exc), ""
    return directives.shown(found), directives.severity(found)


def _instead(resource: Options, fragment: str, properties: Mapping[str, str]) -> Foreign | None:
    """What a file says that is in the place of the unit's own, and what it leaves out; None where
    there is none to compare it with."""
    own = resource["file"] or _of_package(resource["unit"])
    if not os.path.isfile(fragment) or not own or fragment == own or not os.path.isfile(own):
        return None
    expected, there = _directives(own), _directives(fragment)
    text, severity = _said(fragment, expected)
    lost = [each for each in expected if each not in there]
    if there == expected:
        text = "the same"
    if lost:
        text = f"{text}; without {directives.shown(lost)}"
        severity = max(severity, directives.severity(lost), key=("", "warning", "error").index)
    return Foreign(text, severity, _waits(fragment, properties), "", [resource["unit"]])


def _directives(path: str) -> list[directives.Directive]:
    with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
        return directives.parse(stream.read())


def _of_package(unit: str) -> str:
    """The file of a unit that a package brought; "" where none did."""
    paths = [f"{f}/{name}" for name in unit_folders.names(unit)[:2] for f in unit_folders.PACKAGES]
    return next((path for path in paths if os.path.isfile(path)), "")


def _of_manager(name: str, properties: Mapping[str, str], host: Host) -> dict[str, Foreign]:
    """The files that say something of every service, of which the first one tells."""
    found = host.once("manager files", manager.files)
    given = host.once("manager", units.manager_environment) if found else {}
    return {
        path: Foreign(
            directives.shown(said),
            directives.severity(said),
            _changed_since(path, properties) or not _is_read(said, given),
            host.once(("tells", path), lambda: name),
            [unit for unit in host.unit_names if unit.endswith(".service")],
        )
        for path, said in found.items()
    }


def _is_read(said: Sequence[directives.Directive], given: Mapping[str, str]) -> bool:
    """Whether systemd has read a file; of what is no variable it does not tell."""
    names = manager.variables({"": list(said)})
    return bool(names) and set(names) <= set(given)


def _waits(path: str, properties: Mapping[str, str]) -> bool:
    """Whether the next start of the unit would be the first with this file of it."""
    loaded = [properties.get("FragmentPath", ""), *units.drop_ins(properties)]
    return path not in loaded or _changed_since(path, properties)


def _changed_since(path: str, properties: Mapping[str, str]) -> bool:
    """Whether a file is newer than what runs, or nothing does."""
    started = _started(properties)
    if started is None:
        return True
    try:
        changed = file_times.changed(path)
    except FileNotFoundError:
        # What is gone brings nothing.
        return False
    return changed is None or changed > started


def _started(properties: Mapping[str, str]) -> float | None:
    """When what runs was started, in seconds since the epoch; None where nothing does."""
    if properties.get("ActiveState") != "active":
        return None
    try:
        return units.started(int(properties.get("MainPID", 0)))
    except OSError:
        return units.since_boot(properties.get("ActiveEnterTimestampMonotonic", ""))


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    unit = resource["unit"]
    if "ActiveState" not in actual:
        return [difference("loaded", "known to systemd", "not known", "missing")]
    because = [cause.path(actual["FragmentPath"])]
    found = _compare_file(resource, actual)
    if actual["UnitFileState"] != "enabled":
        state = actual["UnitFileState"] or "not enabled"
        found.append(difference("enabled", "enabled", state, because=because))
    if actual["ActiveState"] != "active":
        required = [cause.resource("unit", name) for name in resource["requires"]]
        found.append(
            difference("active", "active", actual["ActiveState"], because=because + required)
        )
    unexpected = {p: f for p, f in actual["drop_ins"].items() if p not in resource["drop_ins"]}
    found += _compare_foreign("drop_in", "overrides the unit", unexpected, unit)
    found += _compare_foreign("manager", "says of every service", actual["manager"], unit)
    found += _compare_others(resource, actual)
    if actual["NeedDaemonReload"] == "yes" and not unexpected:
        found.append(
            difference("reload_pending", "read by systemd", "changed since", because=because)
        )
    return found


def _compare_foreign(
    check: str, does: str, files: Mapping[str, Foreign], unit: str
) -> Iterator[Difference]:
    waiting = [path for path, file in files.items() if file.waits]
    for path, file in files.items():
        names = {n for p in (path, *waiting) for n in files[p].units} or {unit}
        yield difference(
            check, "none", f"{does}: {file.text}" + " (waits for a start)" * file.waits,
            "unexpected", _remove([path, *waiting]),
            [] if file.teller == unit else [cause.check("unit", check, path)],
            subject=path, waits=file.waits, severity=file.severity,
            loads=_restart(sorted(names)),
        )  # fmt: skip


def _compare_file(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    path, unit = actual["FragmentPath"], resource["unit"]
    if path == resource["file"] or actual["UnitFileState"].startswith("masked"):
        return []
    if not resource["file"] and _is_packaged(path):
        return _compare_package(resource, actual)
    expected = resource["file"] or "the package's own unit"
    other = actual["replaced"]
    text = f"in its place, which says {other.text}" if other else "in its place"
    return [
        difference(
            "file", expected, text, remedy=_remove([path]), subject=path,
            waits=actual["fragment_waits"], loads=_restart([unit]),
            severity=other.severity if other else "",
        )
    ]  # fmt: skip


def _compare_package(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    """The package's own file, which is not what the package brought."""
    if not actual["package"]:
        return []
    reinstall = f"apt-get install --reinstall --yes {shlex.quote(actual['package'])}"
    return [
        difference(
            "file", f"as the package {actual['package']} brought it", "changed since",
            remedy=f"{reinstall} && {READ_AGAIN}", subject=actual["FragmentPath"],
            waits=actual["fragment_waits"], severity="error", loads=_restart([resource["unit"]]),
        )
    ]  # fmt: skip


def _compare_others(resource: Options, actual: Mapping[str, Any]) -> Iterator[Difference]:
    """Other units that start with this one, start it or stop it."""
    for path, waits in actual["dependencies"].items():
        folder, name = os.path.split(path)
        strength = folder.rpartition(".")[2]
        yield difference(
            "dependency", "none", f"{strength} {name}" + " (waits for a start)" * waits,
            "unexpected", f"rm {shlex.quote(path)} && {READ_AGAIN}", subject=path,
            waits=waits, severity="error" if strength == "requires" else "",
        )  # fmt: skip
    for name in sorted({*actual.get("TriggeredBy", "").split()} - {*resource["requires"]}):
        # The service gets all sockets that start it, and serves whoever comes to them.
        is_socket = name.endswith(".socket")
        yield difference(
            "trigger", ", ".join(resource["requires"]) or "none", "starts it too", "unexpected",
            _end(name), subject=name, waits=is_socket, severity="error" if is_socket else "",
            loads=_restart([resource["unit"]]) if is_socket else "",
        )  # fmt: skip
    for name, rival in actual["conflicts"].items():
        # Where somebody's drop-in says it, the unit itself need not end, which may be sshd.
        remedy = _remove(rival.drop_ins) if rival.drop_ins else f"{_end(name)}; {READ_AGAIN}"
        yield difference(
            "conflict", "none",
            "stops it" + " (and a start of this one would stop that)" * rival.is_active,
            "unexpected", remedy, subject=name, waits=rival.is_active,
        )  # fmt: skip


def _end(name: str) -> str:
    """A unit without a file of its own cannot be disabled, and is gone when it is stopped."""
    return f"systemctl disable {shlex.quote(name)}; systemctl stop {shlex.quote(name)}"


def _remove(paths: Iterable[str]) -> str:
    """With one of them go all that wait, because the restart would bring them."""
    words = " ".join(shlex.quote(path) for path in dict.fromkeys(paths))
    return f"rm -f {words} && {READ_AGAIN}"


def _restart(names: Sequence[str]) -> str:
    return f"systemctl restart {' '.join(map(shlex.quote, names))}"
