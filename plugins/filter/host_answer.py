# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_answer
short_description: Tell the release and the address of a host
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Reads them from the host's variables, where the playbooks keep what the host said when it was
    first asked.
options:
  _input:
    description: The variables of the host.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show at which address the others reach this host
  ansible.builtin.debug:
    msg: "{{ (hostvars[inventory_hostname] | flaskops.stack.host_answer).address }}"
"""

RETURN = r"""
_value:
  description: What is known of the host.
  type: dict
  contains:
    release:
      description: The code name of its Debian release, or V(unknown).
      type: str
    address:
      description:
        - The declared C(site_address), or the address from which the host reaches others.
        - Of a host that does not answer it is a guess; of one that was not asked there is none.
      type: str
    is_guess:
      description: Whether the address is a guess.
      type: bool
"""

from ansible_collections.flaskops.stack.plugins.plugin_utils import _host_answer


def _filter(variables):
    return _host_answer.answer(variables["inventory_hostname"], variables)


class FilterModule:
    """The face of _host_answer.answer()."""

    def filters(self):
        return {"host_answer": _filter}
