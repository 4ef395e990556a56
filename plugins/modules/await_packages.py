#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: await_packages
short_description: Wait for Debian packages that are being installed in the background
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Waits until apt and dpkg have ended, whoever has begun them, and returns which of the packages
    are not installed then. M(ansible.builtin.async_status) asks once every few seconds, and calls
    each answer that the job still runs a failure.
  - Where nothing has been installed for some seconds, it waits no longer.
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: none
    description: There is nothing to change.
  platform:
    support: full
    platforms: debian
    description: Debian.
requirements:
  - root on the host, to look at the locks
options:
  name:
    description: The packages.
    type: list
    elements: str
    required: true
  timeout:
    description: Seconds to wait at most.
    type: int
    default: 3600
seealso:
  - module: flaskops.stack.install_packages
"""

EXAMPLES = r"""
- name: Begin to install PostgreSQL
  flaskops.stack.install_packages:
    name: [postgresql-17]
  async: 3600
  poll: 0
  become: true

- name: Wait for it
  flaskops.stack.await_packages:
    name: [postgresql-17]
  become: true
  register: waited
"""

RETURN = r"""
missing:
  description: The packages that are not installed.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._host import installations
from ansible_collections.flaskops.stack.plugins.module_utils._host.readings import Host
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "required": True},
            "timeout": {"type": "int", "default": 3600},
        },
        supports_check_mode=True,
    )

    def missing() -> list[str]:
        # What was read before may be no longer so.
        host = Host()
        return [name for name in module.params["name"] if not host.package(name)]

    try:
        found = installations.wait(missing, module.params["timeout"])
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=False, missing=list(found))


if __name__ == "__main__":
    main()
