# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: role_settings
short_description: Write the values of a role's settings as SQL has them
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Quotes each value; of a list such as C(search_path), each name in it.
options:
  _input:
    description: A mapping of names to texts, numbers or booleans.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Values for ALTER ROLE ... SET
  ansible.builtin.debug:
    msg: "{{ {'search_path': 'shop, public'} | flaskops.stack.role_settings }}"
"""

RETURN = r"""
_value:
  description: The mapping with the quoted values.
  type: dict
"""

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import role_settings


class FilterModule:
    """The face of role_settings.literals()."""

    def filters(self):
        return {"role_settings": role_settings.literals}
