# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nginx_unfinished
short_description: What keeps directives of nginx from standing within a block
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - What somebody declares goes between other directives. One that does not end would take the next
    one along, and a brace too many would end the block around it.
  - Whether nginx knows the directives is nginx's to say.
options:
  _input:
    description: The directives.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Require whole directives
  ansible.builtin.assert:
    that: nginx_directives | flaskops.stack.nginx_unfinished == ""
"""

RETURN = r"""
_value:
  description: What is wrong, in words; empty if nothing is.
  type: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._host import nginx_configuration


class FilterModule:
    """The face of nginx_configuration.unfinished()."""

    def filters(self):
        return {"nginx_unfinished": lambda text: nginx_configuration.unfinished(str(text))}
