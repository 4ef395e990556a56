# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: running_units
short_description: Have a service's units enabled and running, on what their files say now
version_added: 1.0.0
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
    description: Resources of the kinds C(unit), C(unix_socket), C(process),
      C(service_processes) and C(postgresql_configuration), with the options that they have in
      M(flaskops.stack.drift_info). The units are those of kind C(unit).
    type: list
    elements: dict
    required: true
  reload:
    description: Whether to reload the units that run, and to wait until what a reload brings is
      there.
    type: bool
    default: false
  accepted:
    description:
      - Findings of M(flaskops.stack.drift_info) that may come into effect though nobody declared
        them. All others that a reload or a start would bring, such as an administrator's drop-in,
        stop the module before it does anything.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: The id of the finding, such as V(unit.drop_in).
        type: str
        required: true
      subject:
        description: The subject of the finding, such as a path; empty for all of the id.
        type: str
        default: ""
      reason:
        description: Why it is right here.
        type: str
        required: true
      until:
        description: The last day, which changes nothing here.
        type: str
        default: ""
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

from ansible_collections.flaskops.stack.plugins.module_utils._comparison import accepted, declared
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import running_units
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units


class Systemctl:
    """Runs systemctl, but in check mode."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.called = False

    def __call__(self, *arguments: str) -> None:
        self.called = True
        if self._module.check_mode:
            return
        command = ["systemctl", *arguments]
        code, output, error = self._module.run_command(command)
        if code:
            raise running_units.UnitError(f"{' '.join(command)}: {(error or output).strip()}")


def converge(module: AnsibleModule, running: running_units.Units) -> dict[str, list[str]]:
    """What was enabled, reloaded and restarted."""
    reload = module.params["reload"]
    enabled = running.enable()
    reloaded = running.reload() if reload else []
    if reloaded and not module.check_mode:
        running.await_reload()
    restarted = running.restart(also_for_reload=not reload)
    return {"enabled": enabled, "reloaded": reloaded, "restarted": restarted}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "resources": {"type": "list", "elements": "dict", "required": True},
            "reload": {"type": "bool", "default": False},
            "accepted": accepted.OPTION,
        },
        supports_check_mode=True,
    )
    systemctl = Systemctl(module)
    try:
        resources = declared.all_validated(
            module.params["resources"], running_units.KINDS, "resources"
        )
        running = running_units.Units(resources, systemctl, module.params["accepted"])
        result = converge(module, running)
    except running_units.UnitError as exc:
        module.fail_json(msg=" ".join([*running.absent(), str(exc), *running.exceptions()]))
    except (declared.DeclarationError, units.SystemdError, OSError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=systemctl.called, **result)


if __name__ == "__main__":
    main()
