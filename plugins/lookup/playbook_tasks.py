# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: playbook_tasks
short_description: The path of a file of tasks that this collection's playbooks include
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - Where a playbook is imported by another one, Ansible looks for a file that it includes beside
    that other one first, and would take a file of the same name that is somebody else's.
options:
  _terms:
    description: The names of the files in C(playbooks/tasks).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Put right what differs
  ansible.builtin.include_tasks: "{{ lookup('flaskops.stack.playbook_tasks', 'put_right.yml') }}"
"""

RETURN = r"""
_raw:
  description: The absolute paths.
  type: list
  elements: path
"""

import functools
import os

from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import filter_loader, test_loader
from ansible.plugins.lookup import LookupBase

TASKS = os.path.join(os.path.dirname(__file__), "..", "..", "playbooks", "tasks")


class LookupModule(LookupBase):
    """Names files by the place of this one."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        _load_filters_and_tests()
        paths = [os.path.abspath(os.path.join(TASKS, name)) for name in terms]
        for path in paths:
            if not os.path.isfile(path):
                raise AnsibleLookupError(f"There is no {path}")
        return paths


@functools.cache
def _load_filters_and_tests():
    """Ansible forks a process for each task of each host. What their parent, which imports the
    first tasks, has loaded, none of them has to load: that took each 0.01 s."""
    for loader in (filter_loader, test_loader):
        list(loader.all())
