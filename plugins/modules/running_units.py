# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: running_units
short_description: Have a service's units enabled and running, on what their files say now
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - Unmasks and enables the units, has systemd read files that changed, and starts what does not
    run, all in one execution.
  - Compares what runs with the files by the same rules as M(flaskops.stack.drift_info), and
    restarts a unit only where they differ; with a socket, the units that require it go down and
    come up again. What runs on its files already is left alone.
  - A service that can take its files over while it runs is reloaded, and restarted only for what a
    reload does not bring.
attributes:
  check_mode:
    support: full
    description: Names the units that would be enabled, reloaded and restarted.
  diff_mode:
    support: none
    description: The state of a unit has no text.
  platform:
    support: full
    platforms: posix
    description: Hosts with systemd.
options:
  resources:
    description: Resources of the kinds C(unit), C(unix_socket), C(process) and
      C(postgresql_configuration), with the options that they have in
      M(flaskops.stack.drift_info). The units are those of kind C(unit).
    type: list
    elements: dict
    required: true
  reload:
    description: Whether to reload the units that run, and to wait until what a reload brings is
      there.
    type: bool
    default: false
seealso:
  - module: ansible.builtin.systemd_service
  - module: flaskops.stack.drift_info
"""

EXAMPLES = r"""
- name: Have Gunicorn run on its files
  flaskops.stack.running_units:
    resources:
      - kind: unit
        unit: guestbook.socket
      - kind: unit
        unit: guestbook.service
        requires: [guestbook.socket]
      - kind: process
        unit: guestbook.service
        environment_file: /etc/flask/guestbook.env
        newer_than: [/etc/flask/guestbook.env]
  become: true
"""

RETURN = r"""
enabled:
  description: The units that were disabled or masked.
  returned: success
  type: list
  elements: str
reloaded:
  description: The units that were reloaded.
  returned: success
  type: list
  elements: str
restarted:
  description: The units that were restarted, or started.
  returned: success
  type: list
  elements: str
  sample: [guestbook.service]
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils import (
    declaration,
    environment_file,
    journal,
    masking,
    systemd,
)
from ansible_collections.flaskops.stack.plugins.module_utils.host import Host
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration,
    process,
    unit,
    unix_socket,
)

# Not the whole comparison, which would make this module several times as large.
KINDS = {
    "postgresql_configuration": postgresql_configuration,
    "process": process,
    "unit": unit,
    "unix_socket": unix_socket,
}
# Seconds within which a server has read its files after a reload.
RELOAD_TIMEOUT = 10


class Services:
    """The declared units, and what shows whether they run on their files."""

    def __init__(self, module):
        self._module = module
        resources = [
            declaration.validated(resource, KINDS, f"resources[{number}]")
            for number, resource in enumerate(module.params["resources"])
        ]
        self._options = [options for _kind, options in resources]
        self._units = [options for kind, options in resources if kind == "unit"]
        self._running = [(KINDS[kind], options) for kind, options in resources if kind != "unit"]
        self.names = [options["unit"] for options in self._units]
        self.changed = False

    def enable(self):
        """Have the units start at boot, and systemd know their files; returns those that were not
        enabled."""
        found = systemd.show(self.names)
        masked = [n for n in self.names if _enabled(found[n]).startswith("masked")]
        for name in masked:
            where = ["--runtime"] if "runtime" in _enabled(found[name]) else []
            self.systemctl("unmask", *where, name)
        if masked or any(not each or each["NeedDaemonReload"] == "yes" for each in found.values()):
            self.systemctl("daemon-reload")
            found = systemd.show(self.names)
        disabled = [n for n in self.names if _enabled(found[n]) != "enabled"]
        if disabled:
            self.systemctl("enable", *disabled)
        return [n for n in self.names if n in masked + disabled]

    def reload(self):
        """Reload what runs, and wait until it has taken over what a reload brings; returns it."""
        host = Host(self._options)
        active = [n for n in self.names if host.unit(n).get("ActiveState") == "active"]
        if not active:
            return []
        self.systemctl("reload", *active)
        deadline = time.monotonic() + RELOAD_TIMEOUT
        while not self._module.check_mode:
            waiting = [
                text for _unit, by, text in self._wrong(Host(self._options)) if by == "reload"
            ]
            if not waiting:
                break
            if time.monotonic() > deadline:
                after = f"{RELOAD_TIMEOUT} s after systemctl reload {' '.join(active)}"
                self._module.fail_json(msg=f"{after}: {waiting[0]}")
            time.sleep(0.05)
        return active

    def restart(self, ways):
        """Start what does not run, and restart what one of the ways mends, with what goes down
        with it; returns it."""
        host = Host(self._options)
        states = {n: host.unit(n).get("ActiveState") for n in self.names}
        due = {n for n in self.names if states[n] != "active"}
        due |= {name for name, by, _text in self._wrong(host) if by in ways}
        due |= {each["unit"] for each in self._units if due & set(each["requires"])}
        due = [n for n in self.names if n in due]
        # One that failed often just now would be refused another start.
        failed = [n for n in due if states[n] == "failed"]
        if failed:
            self.systemctl("reset-failed", *failed)
        if due:
            # All at once, because systemd knows which goes before which.
            self.systemctl("restart", *due)
        return due

    def _wrong(self, host):
        """(unit, what mends it, what it is) of each difference between what runs and its files."""
        return [
            (options["unit"], kind.MENDED_BY.get(found["attribute"].split()[0]),
             f"{found['attribute']}: {found['actual']}")
            for kind, options in self._running
            for found in kind.compare(options, kind.read(options, host))
        ]  # fmt: skip

    def systemctl(self, *arguments):
        """Fails with systemctl's words, and with the exceptions that the services ended with."""
        self.changed = True
        if self._module.check_mode:
            return
        command = ["systemctl", *arguments]
        code, output, error = self._module.run_command(command)
        if code:
            words = [f"{' '.join(command)}: {(error or output).strip()}", *self._exceptions()]
            self._module.fail_json(msg=" ".join(words))

    def _exceptions(self):
        secrets = set()
        for path in filter(None, (options.get("environment_file") for options in self._options)):
            with open(path, encoding="utf-8", errors="replace") as stream:
                secrets |= masking.secrets_of(environment_file.parse(stream.read()))
        found = dict.fromkeys(journal.last_exception(name) for name in self.names)
        return [masking.mask(text, secrets) for text in found if text]


def _enabled(properties):
    return properties.get("UnitFileState", "")


def run(module):
    services = Services(module)
    enabled = services.enable()
    # Without a reload, a restart brings what it would.
    reloaded = services.reload() if module.params["reload"] else []
    restarted = services.restart(["restart"] if module.params["reload"] else ["restart", "reload"])
    return {
        "changed": services.changed,
        "enabled": enabled, "reloaded": reloaded, "restarted": restarted,
    }  # fmt: skip


def main():
    module = AnsibleModule(
        argument_spec={
            "resources": {"type": "list", "elements": "dict", "required": True},
            "reload": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except (OSError, ValueError, systemd.SystemdError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
