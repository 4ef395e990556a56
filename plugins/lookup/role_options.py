# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: role_options
short_description: The options of several of this collection's roles
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - What C(meta/argument_specs.yml) declares of each role, in one specification, so that one task
    can validate the variables of all.
options:
  _terms:
    description: The names of roles.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Require values of the declared types
  ansible.builtin.validate_argument_spec:
    argument_spec: "{{ lookup('flaskops.stack.role_options', 'app', 'gunicorn') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary of all options by name.
  type: list
  elements: dict
"""

import os

from ansible.plugins.lookup import LookupBase

ROLES = os.path.join(os.path.dirname(__file__), "..", "..", "roles")


class LookupModule(LookupBase):
    """Reads the specifications of roles, whose options never share a name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        options = {}
        for role in terms:
            path = os.path.join(ROLES, role, "meta", "argument_specs.yml")
            options.update(self._loader.load_from_file(path)["argument_specs"]["main"]["options"])
        return [options]
