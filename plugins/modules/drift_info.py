#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_info
short_description: Compare declared resources with the host
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - Compares a list of declared resources with the host, reading only, and returns what differs.
  - A restart or a reload follows from what this module finds, never from the memory of an
    earlier task. A play that was interrupted before its restart finds the same difference again.
  - Values of environment variables are compared, never returned.
attributes:
  check_mode:
    support: full
    description: The module only reads.
  diff_mode:
    support: none
    description: The module changes nothing.
  platform:
    support: full
    platforms: debian
    description: Hosts with systemd and a Linux C(/proc).
options:
  resources:
    description:
      - The declared resources. Each has a C(kind), and the options of its kind.
      - C(process) is the running process of a systemd service. Options C(unit) (required),
        C(user), C(working_directory) (links are followed), C(environment_file) (each variable
        must have the same value in the process), C(program) (the interpreter or the script that
        runs), C(newer_than) (files or links that must not have changed since the start; the
        unit's own files and drop-ins are always among them),
        C(workers_newer_than) (the same for the child processes that take new work).
      - C(unix_socket) is a socket on the file system. Options C(path) (required), C(owner),
        C(group), C(mode) (four octal digits).
      - C(postgresql_configuration) is a server that has taken over its configuration files.
        Options C(login_user) (default V(postgres)), C(login_unix_socket) (a directory, default
        V(/var/run/postgresql)), C(login_port) (default V(5432)).
    type: list
    elements: dict
    required: true
seealso:
  - module: ansible.builtin.systemd_service
"""

EXAMPLES = r"""
- name: See whether the service runs what its files declare
  flaskops.stack.drift_info:
    resources:
      - kind: process
        unit: guestbook.service
        environment_file: /etc/flask/guestbook.env
        working_directory: /srv/guestbook/current
  become: true
  register: drift

- name: Restart the service where it does not
  ansible.builtin.systemd_service:
    name: guestbook.service
    state: "{{ 'restarted' if drift.differences else 'started' }}"
  become: true
"""

RETURN = r"""
differences:
  description: What differs, in the order of the declared resources. Empty if nothing does.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of the resource.
      type: str
    resource:
      description: Which resource of its kind.
      type: str
    attribute:
      description: What of the resource differs.
      type: str
    direction:
      description: One of V(missing), V(different) and V(unexpected).
      type: str
    expected:
      description: What was declared. Never a secret.
      type: str
    actual:
      description: What was found. Never a secret.
      type: str
  sample:
    - kind: process
      resource: guestbook.service
      attribute: environment DATABASE_URL
      direction: different
      expected: as in the file
      actual: another value
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.flaskops.stack.plugins.module_utils import comparison, postgresql, systemd


def main():
    module = AnsibleModule(
        argument_spec={"resources": {"type": "list", "elements": "dict", "required": True}},
        supports_check_mode=True,
    )
    resources = module.params["resources"]
    kinds = {resource.get("kind") for resource in resources}
    if "postgresql_configuration" in kinds and postgresql.PSYCOPG2_IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("psycopg2"), exception=postgresql.PSYCOPG2_IMPORT_ERROR
        )
    try:
        found = comparison.differences(resources)
    except (comparison.DeclarationError, systemd.SystemdError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, differences=found)


if __name__ == "__main__":
    main()
