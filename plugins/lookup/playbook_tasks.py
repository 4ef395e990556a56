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
  begins:
    description:
      - The groups whose hosts a playbook looks at, where it begins with the file. Where the
        command line leaves nothing of it to be run, the lookup fails.
    type: list
    elements: str
    default: []
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

import os

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _forks, _selection

TASKS = os.path.join(os.path.dirname(__file__), "..", "..", "playbooks", "tasks")


# The hosts of each play that was loaded until now.
_asked: dict[str, set[str]] = {}


class LookupModule(LookupBase):
    """Names files by the place of this one."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        # For static imports this is Ansible's own process, before it has forked any.
        _forks.prepare()
        groups = self.get_option("begins")
        if groups:
            # While it is loaded, a play has all hosts that --limit leaves.
            left = set(variables["ansible_play_hosts_all"])
            wanted = {host for name in groups for host in variables["groups"].get(name, ())}
            _asked[variables["ansible_play_name"]] = left & wanted
            refusal = _selection.refusal(context.CLIARGS, list(_asked.values()))
            if refusal:
                raise AnsibleLookupError(refusal)
        paths = [os.path.abspath(os.path.join(TASKS, name)) for name in terms]
        for path in paths:
            if not os.path.isfile(path):
                raise AnsibleLookupError(f"There is no {path}")
        return paths
