# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: failure_reason
short_description: Why a task failed, and what to do
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - What a failed task says is in one of several places, and often says nothing of what to do.
options:
  _input:
    description: The result of the task.
    type: dict
    required: true
  host:
    description: The host.
    type: str
    required: true
  inventories:
    description: The inventories that are to be named in a command.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Say why
  ansible.builtin.debug:
    msg: "{{ ansible_failed_result | flaskops.stack.failure_reason(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from ansible_collections.flaskops.stack.plugins.plugin_utils import _failures


class FilterModule:
    """The face of failures.reason()."""

    def filters(self):
        return {"failure_reason": _failures.reason}
