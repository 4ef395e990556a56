# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: playbook_hosts
short_description: The pattern of the hosts that this collection's playbooks are for
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Fails where nothing would be run and Ansible would end well all the same. That is where the
    inventory has no host that serves an application, where C(--limit) leaves none, and where tags
    or C(--start-at-task) pass over all tasks.
  - It is asked when the play begins; hosts may be added until then.
options:
  _terms:
    description: The groups, of which C(app) must have a host.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Compare every host with what is declared
  hosts: "{{ lookup('flaskops.stack.playbook_hosts', 'database', 'app') }}"
"""

RETURN = r"""
_raw:
  description: The pattern.
  type: list
  elements: str
"""

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _selection

REFUSAL = (
    'The inventory has no host in the group "app"; put the hosts that serve the application in it,'
    ' and the host of its database in the group "database".'
)
# The hosts that --limit leaves to each play of this collection that has begun.
_asked: list[list[str]] = []


class LookupModule(LookupBase):
    """Looks into the inventory as it is when the play begins."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        groups, pattern = variables["groups"], ":".join(terms)
        is_listing = any(context.CLIARGS.get(name) for name in _selection.LISTING)
        if not groups.get("app") and not is_listing:
            raise AnsibleLookupError(REFUSAL)
        limit = context.CLIARGS.get("subset")
        if limit:
            _asked.append(_left(groups, limit, pattern))
        refusal = _selection.refusal(context.CLIARGS, _asked)
        if refusal:
            raise AnsibleLookupError(refusal)
        return [pattern]


def _left(groups, limit, pattern):
    """The hosts of a pattern that --limit leaves."""
    inventory = InventoryManager(loader=DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(group)
        for host in hosts:
            inventory.add_host(host, group=group)
    inventory.subset(limit)
    return inventory.list_hosts(pattern)
