# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unit_command
short_description: Write a command line as systemd's units read it
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Quotes each word by systemd's rules, which are not a shell's. A backslash is doubled in every
    kind of quotes, and so are C(%) and C($).
options:
  _input:
    description: The words, the program's path first.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: A line of a unit
  ansible.builtin.debug:
    msg: "ExecStart={{ ['/usr/bin/printf', '100 %\\n'] | flaskops.stack.unit_command }}"
"""

RETURN = r"""
_value:
  description: The value of C(ExecStart=).
  type: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import unit_file


def _filter(words):
    return unit_file.command_line([str(word) for word in words])


class FilterModule:
    """The face of unit_file.command_line()."""

    def filters(self):
        return {"unit_command": _filter}
