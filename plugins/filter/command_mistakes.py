# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: command_mistakes
short_description: What is wrong with commands that no shell runs
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Says which of some commands cannot be run, because they are not words, or have what only a shell
    would understand.
options:
  _input:
    description: The commands, each a text, a list of words, or a dictionary with C(name) and
      C(command), whose names are to be different ones.
    type: list
    elements: raw
    required: true
"""

EXAMPLES = r"""
- name: Require commands that can be run
  ansible.builtin.assert:
    that: "['npm ci', ['npm', 'run', 'build']] | flaskops.stack.command_mistakes == []"
"""

RETURN = r"""
_value:
  description: What is wrong, as parts of a sentence.
  type: list
  elements: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._application import commands


class FilterModule:
    """The face of commands.mistakes()."""

    def filters(self):
        return {"command_mistakes": commands.mistakes}
