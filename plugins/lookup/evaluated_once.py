# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: evaluated_once
short_description: The value of a variable, for which each variable it is made of is evaluated once
version_added: 0.1.0
author: flaskops.stack contributors (@flaskops)
description:
  - Ansible evaluates a variable's template anew wherever another template uses the variable. Where
    many variables are made of a few others, this lookup gives the same value in a fraction of the
    time.
  - Of a mapping with C(ok) and C(message), the message is evaluated where C(ok) is false.
options:
  _terms:
    description: The names of variables.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Compare all that is wanted with the host
  flaskops.stack.drift_info:
    resources: "{{ lookup('flaskops.stack.evaluated_once', 'site_resources') }}"
"""

RETURN = r"""
_raw:
  description: The values.
  type: list
  elements: raw
"""

import re

from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.template import is_trusted_as_template, trust_as_template

NAME = re.compile(r"[A-Za-z_]\w*")
REFERENCE = re.compile(r"\{\{ ([A-Za-z_]\w*) \}\}")
EXPRESSION = re.compile(r"\{\{(?:(?!\}\}|\{\{).)*\}\}", re.S)
TEMPLATE = re.compile(r"\{[{%#]")


def _is_rule(item):
    """Whether a value is a mapping with ok, an expression of the collection itself, and message."""
    if not isinstance(item, dict) or item.keys() != {"ok", "message"}:
        return False
    ok = item["ok"]
    is_template = isinstance(ok, str) and is_trusted_as_template(ok)
    return is_template and EXPRESSION.fullmatch(ok) is not None


class LookupModule(LookupBase):
    """Evaluates the variables that a template names before the template, each once."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        self._variables = dict(variables)
        self._begun, self._ended = set(), set()
        self._template = self._templar.copy_with_new_env(
            available_variables=self._variables
        ).template
        for name in terms:
            if name not in self._variables:
                raise AnsibleLookupError(f"There is no variable {name}")
            self._settle(name)
        # What could not be evaluated fails here as it does everywhere.
        return [self._template(self._variables[name]) for name in terms]

    def _settle(self, name):
        """Put the variable's value in the place of its template, and tell whether that worked."""
        if name not in self._begun:
            self._begun.add(name)
            try:
                self._variables[name] = self._evaluate(self._variables[name])
                self._ended.add(name)
            except AnsibleError:
                # It stays a template, which fails where it is needed, if it is.
                pass
        return name in self._ended

    def _evaluate(self, value):
        if isinstance(value, dict):
            return {key: self._evaluate(item) for key, item in value.items()}
        if isinstance(value, list) and value and all(_is_rule(item) for item in value):
            return self._rules(value)
        if isinstance(value, list):
            return [self._evaluate(item) for item in value]
        if not isinstance(value, str) or not is_trusted_as_template(value):
            return value
        if not TEMPLATE.search(value):
            return value
        names = {name for name in NAME.findall(value) if name in self._variables}
        settled = {name for name in names if self._settle(name)}
        parts = REFERENCE.split(value)
        if settled.issuperset(parts[1::2]) and not TEMPLATE.search("".join(parts[::2])):
            found = self._join(parts)
            if found is not None:
                return found
        return self._template(value)

    def _rules(self, rules):
        """Rules of the input, which have nothing to say where they are kept; all in one template,
        because to compile one takes longer than to evaluate it."""
        for name in {name for rule in rules for name in NAME.findall(rule["ok"])}:
            if name in self._variables:
                self._settle(name)
        expressions = ", ".join(f"({rule['ok'][2:-2]})" for rule in rules)
        kept = self._template(trust_as_template(f"{{{{ [{expressions}] }}}}"))
        return [
            {"ok": ok, "message": "" if ok else self._evaluate(rule["message"])}
            for ok, rule in zip(kept, rules)
        ]

    def _join(self, parts):
        """The value of a template that is made of names alone, which need not be compiled."""
        values = [self._variables[name] for name in parts[1::2]]
        if len(values) == 1 and not any(parts[::2]):
            return values[0]
        if "\n" in "".join(parts[::2]) or not all(isinstance(value, str) for value in values):
            return None
        return "".join(self._variables[p] if n % 2 else p for n, p in enumerate(parts))
