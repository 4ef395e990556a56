# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A systemd unit: known, enabled, running, as its own file says and not overridden."""

from __future__ import annotations

import glob
import shlex

from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference

OPTIONS = {
    "unit": {"type": "str", "required": True},
    "requires": {"type": "list", "elements": "str", "default": []},
    "drop_ins": {"type": "list", "elements": "path", "default": []},
}

CHECKS = {
    "loaded": Check("error", "The unit's file was removed, or systemd cannot read it."),
    "enabled": Check("error", "Somebody disabled or masked the unit; it would not start at boot."),
    "active": Check("error", "The unit was stopped, or it failed; see journalctl --unit."),
    "reload_pending": Check(
        "warning", "The unit's file changed, and systemd has not read it since."
    ),
    "drop_in": Check("warning", "Somebody overrides the unit, for example by systemctl edit."),
}

# Where administrators put drop-ins; those of packages are in /usr/lib.
FOLDERS = ("/etc/systemd/system", "/run/systemd/system")


def identity(resource):
    return resource["unit"]


def read(resource, host):
    """The unit's properties, and the drop-ins on disk, which systemd may not have read yet."""
    name = resource["unit"]
    stem, at, instance = name.partition("@")
    names = [name] + ([f"{stem}@.{instance.rpartition('.')[2]}"] if at else [])
    patterns = [f"{folder}/{n}.d/*.conf" for folder in FOLDERS for n in names]
    return {
        **host.unit(name),
        "drop_ins": sorted({path for pattern in patterns for path in glob.glob(pattern)}),
    }


def compare(resource, actual):
    unit = resource["unit"]
    if "ActiveState" not in actual:
        return [difference("loaded", "known to systemd", "not known", "missing")]
    because = [actual["FragmentPath"]]
    found = []
    if actual["UnitFileState"] != "enabled":
        state = actual["UnitFileState"] or "not enabled"
        found.append(difference("enabled", "enabled", state, because=because))
    if actual["ActiveState"] != "active":
        required = [f"unit {name}" for name in resource["requires"]]
        found.append(
            difference("active", "active", actual["ActiveState"], because=because + required)
        )
    unexpected = [path for path in actual["drop_ins"] if path not in resource["drop_ins"]]
    found += [
        difference(
            f"drop_in {path}", "none", "overrides the unit", "unexpected", _remove(path, unit)
        )
        for path in unexpected
    ]
    if actual["NeedDaemonReload"] == "yes" and not unexpected:
        found.append(
            difference("reload_pending", "read by systemd", "changed since", because=because)
        )
    return found


def _remove(path, unit):
    restart = f"systemctl restart {shlex.quote(unit)}"
    return f"rm {shlex.quote(path)} && systemctl daemon-reload && {restart}"
