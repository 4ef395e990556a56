# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: environment_file
short_description: Write variables as systemd's EnvironmentFile= reads them
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes one line a variable, with the value quoted so that systemd reads it back unchanged.
  - Refuses names and characters that systemd would drop without a word.
options:
  _input:
    description: A mapping of names to texts, numbers or booleans (written V(true) or V(false)).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Install an environment file
  ansible.builtin.copy:
    content: "{{ {'GREETING': 'a \"quoted\" $word'} | flaskops.stack.environment_file }}"
    dest: /etc/flask/guestbook.env
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The content of the file.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file


def _filter(variables):
    try:
        return environment_file.render(variables)
    except environment_file.EnvironmentFileError as exc:
        raise AnsibleFilterError(f"flaskops.stack.environment_file: {exc}") from exc


class FilterModule:
    """The face of environment_file.render()."""

    def filters(self):
        return {"environment_file": _filter}
