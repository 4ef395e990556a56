# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: mask
short_description: Take secrets out of a text
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Replaces every secret in a text, also where it is percent-encoded as in a URL.
positional: secrets
options:
  _input:
    description: The text.
    type: str
    required: true
  secrets:
    description: The secrets. Empty ones are passed over.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show a log without the password in it
  ansible.builtin.debug:
    msg: "{{ log.stdout | flaskops.stack.mask([database_password]) }}"
"""

RETURN = r"""
_value:
  description: The text without the secrets.
  type: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._host import masking


class FilterModule:
    """The face of masking.mask()."""

    def filters(self):
        return {"mask": masking.mask}
