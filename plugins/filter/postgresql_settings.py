# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: postgresql_settings
short_description: Write settings as a configuration file of PostgreSQL has them
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes one line a setting, with the value quoted so that PostgreSQL reads it back unchanged.
options:
  _input:
    description: A mapping of names to texts, numbers, booleans, or lists, which commas join.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Lines of a file in conf.d
  ansible.builtin.debug:
    msg: "{{ {'work_mem': '8MB', 'ssl': true} | flaskops.stack.postgresql_settings }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import settings_file


class FilterModule:
    """The face of settings_file.render()."""

    def filters(self):
        return {"postgresql_settings": settings_file.render}
