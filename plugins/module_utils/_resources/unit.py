# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A systemd unit: known, enabled, running, as its own file says and not overridden."""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import file_times
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
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "file": {"type": "path"},
    "requires": {"type": "list", "elements": "str", "default": []},
    "drop_ins": {"type": "list", "elements": "path", "default": []},
}

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
}

# Where packages put units and drop-ins; administrators put theirs elsewhere.
PACKAGES = ("/usr/lib/systemd/", "/lib/systemd/")
# Values of these may be secrets.
SECRET = re.compile(r"(?:Environment|PassEnvironment|SetCredential\w*|Exec\w+)=")
# Characters of a drop-in that are shown.
MOST = 200
FOLDERS = ("/etc/systemd/system", "/run/systemd/system")


def identity(resource: Options) -> str:
    unit: str = resource["unit"]
    return unit


def read(resource: Options, host: Host) -> Any:
    """The unit's properties; its drop-ins, those in effect and those not read yet, with what is in
    them; and which of these files what runs was not started with."""
    name = resource["unit"]
    properties = host.unit(name)
    paths = {path for n in _folders(name) for f in FOLDERS for path in glob.glob(f"{f}/{n}/*.conf")}
    paths |= set(properties.get("DropInPaths", "").split())
    drop_ins = sorted(p for p in paths if not p.startswith(PACKAGES))
    files = [*drop_ins, properties.get("FragmentPath", "")]
    return {
        **properties,
        "drop_ins": drop_ins,
        "texts": {path: _directives(path) for path in drop_ins},
        "waiting": {path for path in files if path and _waits(path, properties)},
    }


def _directives(path: str) -> str:
    """What a drop-in says, in one line, without the values that may be secrets."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = [line.strip() for line in stream]
    except OSError as exc:
        return exc.strerror or str(exc)
    said = [line for line in lines if line and line[0] not in "#;["]
    shown = [f"{line.partition('=')[0]}=..." if SECRET.match(line) else line for line in said]
    return "; ".join(shown)[:MOST] or "nothing"


def _waits(path: str, properties: Mapping[str, str]) -> bool:
    """Whether the next start of the unit would be the first with this file."""
    started = _started(properties)
    loaded = [properties.get("FragmentPath", ""), *properties.get("DropInPaths", "").split()]
    if started is None or path not in loaded:
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


def _folders(name: str) -> list[str]:
    """The names of the folders from which systemd takes drop-ins for a unit, by systemd.unit(5)."""
    stem, _dot, kind = name.rpartition(".")
    parts = stem.partition("@")[0].split("-")
    prefixes = ["-".join(parts[:end]) + "-" for end in range(1, len(parts))]
    template = [f"{stem.partition('@')[0]}@"] if "@" in stem else []
    return [f"{n}.{kind}.d" for n in [stem, *template, *prefixes]] + [f"{kind}.d"]


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
    unexpected = [path for path in actual["drop_ins"] if path not in resource["drop_ins"]]
    found += [
        difference(
            "drop_in", "none", _overrides(path, actual), "unexpected",
            _remove([path, *(each for each in unexpected if each in actual["waiting"])], unit),
            subject=path, waits=path in actual["waiting"],
        )
        for path in unexpected
    ]  # fmt: skip
    if actual["NeedDaemonReload"] == "yes" and not unexpected:
        found.append(
            difference("reload_pending", "read by systemd", "changed since", because=because)
        )
    return found


def _overrides(path: str, actual: Mapping[str, Any]) -> str:
    text = f"overrides the unit: {actual['texts'][path]}"
    return f"{text} (waits for a start)" if path in actual["waiting"] else text


def _compare_file(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    path = actual["FragmentPath"]
    if path == resource["file"] or actual["UnitFileState"].startswith("masked"):
        return []
    if not resource["file"] and path.startswith(PACKAGES):
        return []
    expected = resource["file"] or "the package's own unit"
    return [
        difference(
            "file", expected, "in its place", remedy=_remove([path], resource["unit"]),
            subject=path, waits=path in actual["waiting"],
        )
    ]  # fmt: skip


def _remove(paths: Iterable[str], unit: str) -> str:
    """With one of them go all that wait, because the restart would bring them."""
    words = " ".join(shlex.quote(path) for path in dict.fromkeys(paths))
    return f"rm {words} && systemctl daemon-reload && systemctl restart {shlex.quote(unit)}"
