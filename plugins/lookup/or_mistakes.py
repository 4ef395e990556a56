# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: or_mistakes
short_description: What is wanted of a host, or why that cannot be worked out
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Evaluates a variable. Where that fails, Ansible would show the way through all templates to the
    one that failed; this gives the mistakes in the input in its place, for
    M(flaskops.stack.drift_info) to return.
options:
  _terms:
    description:
      - The names of two variables. The first has what is wanted, the second a list of the mistakes,
        which is evaluated only where the first fails.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Compare a host with what is wanted, or learn what is wrong with that
  flaskops.stack.drift_info:
    resources: "{{ lookup('flaskops.stack.or_mistakes', 'wanted', 'mistakes') }}"
"""

RETURN = r"""
_raw:
  description: The value of the first variable; or a dictionary with C(_mistakes) alone, a list of
    texts.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _declared_values


class LookupModule(LookupBase):
    """Evaluates one variable, or the other."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        wanted, mistakes = terms
        try:
            return [self._templar.template(variables[wanted])]
        except AnsibleError as exc:
            return [
                {"_mistakes": self._mistakes(variables, mistakes) or [_sentence(exc, variables)]}
            ]

    def _mistakes(self, variables, name):
        try:
            return list(self._templar.template(variables[name]))
        except AnsibleError as exc:
            return [_sentence(exc, variables)]


def _sentence(error, variables):
    said = _declared_values.innermost(error)
    names = [name for name in variables if not name.startswith("_")]
    return _declared_values.not_worked_out(said, names, variables)
