# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: missing_collections
short_description: Tell which collections are missing on the controller, or too old
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Ansible looks for a module when it comes to its task, and stops there, in the middle of a run.
    This lookup tells beforehand.
options:
  _terms:
    description: Collections with the least version of each, such as C(community.postgresql>=4.1.0).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Require the collections that the next tasks use
  ansible.builtin.assert:
    that: missing == []
    fail_msg: "{{ missing | join(' ') }}"
  vars:
    missing: "{{ query('flaskops.stack.missing_collections', 'community.postgresql>=4.1.0') }}"
"""

RETURN = r"""
_raw:
  description: One sentence for each that is missing or too old, with the command that installs it.
  type: list
  elements: str
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _collections


class LookupModule(LookupBase):
    """The face of _collections.lack()."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [text for text in map(_collections.lack, terms) if text]
        except ValueError as exc:
            raise AnsibleLookupError(str(exc)) from exc
