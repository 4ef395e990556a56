# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: evaluated_once
short_description: The value of a variable, for which each variable it is made of is evaluated once
version_added: 1.0.0
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

# What stands behind a dot is an attribute.
NAME = re.compile(r"(?<![.\w])[A-Za-z_]\w*")
REFERENCE = re.compile(r"\{\{ ([A-Za-z_]\w*) \}\}")
# An expression alone; a sign at its edge would be one of whitespace control.
EXPRESSION = re.compile(r"\{\{(?![-+])((?:(?!\}\}|\{\{).)*)(?<![-+])\}\}", re.S)
TEMPLATE = re.compile(r"\{[{%#]")


def _is_template(value):
    return isinstance(value, str) and is_trusted_as_template(value) and TEMPLATE.search(value)


def _is_rule(item):
    """Whether a value is a mapping with ok, an expression of the collection itself, and message."""
    if not isinstance(item, dict) or item.keys() != {"ok", "message"}:
        return False
    return _is_template(item["ok"]) and EXPRESSION.fullmatch(item["ok"]) is not None


def _is_rules(value):
    return isinstance(value, list) and bool(value) and all(map(_is_rule, value))


def _templates(value):
    """The templates in a value, except the messages of rules."""
    if _is_rules(value):
        return [rule["ok"] for rule in value]
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return [template for item in items for template in _templates(item)]
    return [value] if _is_template(value) else []


def _of_a_circle(waiting):
    """One of the names that wait for each other."""
    name, seen = next(iter(waiting)), set()
    while name not in seen:
        seen.add(name)
        name = min(waiting[name] & waiting.keys())
    return name


class LookupModule(LookupBase):
    """Evaluates the variables that a template names before the template, each once.

    Those whose names are all known are evaluated together, because to compile a template takes
    longer than to evaluate it. The value of each is the one that Ansible itself gives.
    """

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        self._variables = dict(variables)
        # The names that have their value; and {template: value} of what was evaluated together.
        self._settled, self._known = set(), {}
        self._template = self._templar.copy_with_new_env(
            available_variables=self._variables
        ).template
        for name in terms:
            if name not in self._variables:
                raise AnsibleLookupError(f"There is no variable {name}")
        self._settle(terms)
        # What could not be evaluated fails here as it does everywhere.
        return [self._template(self._variables[name]) for name in terms]

    def _settle(self, names):
        """Put values in the place of the templates of variables, and of those that they name."""
        waiting = self._reached(names)
        while waiting:
            ready = [name for name, needed in waiting.items() if not needed & waiting.keys()]
            ready = ready or [_of_a_circle(waiting)]
            self._evaluate_together(ready)
            for name in ready:
                del waiting[name]
                try:
                    self._variables[name] = self._evaluate(self._variables[name])
                    self._settled.add(name)
                except AnsibleError:
                    # It stays a template, which fails where it is needed, if it is.
                    pass

    def _reached(self, names):
        """{name: the names that its templates have} of variables, and of all that they lead to."""
        found, coming = {}, [name for name in names if name not in self._settled]
        while coming:
            name = coming.pop()
            if name not in found:
                texts = _templates(self._variables[name])
                named = {n for text in texts for n in NAME.findall(text) if n in self._variables}
                found[name] = named - self._settled - {name}
                coming += found[name]
        return found

    def _evaluate_together(self, names):
        """Evaluate the expressions of several variables in one template."""
        texts = [text for name in names for text in _templates(self._variables[name])]
        wanted = [
            text
            for text in dict.fromkeys(texts)
            if EXPRESSION.fullmatch(text) and not REFERENCE.fullmatch(text)
        ]
        self._known.update(self._values(wanted))

    def _values(self, templates):
        """{template: value} of expressions, without those that fail."""
        if not templates:
            return {}
        expressions = ", ".join(f"({EXPRESSION.fullmatch(text)[1]})" for text in templates)
        try:
            values = self._template(trust_as_template(f"{{{{ [{expressions}] }}}}"))
        except AnsibleError:
            values = []
        if len(values) == len(templates):
            return dict(zip(templates, values))
        # One fails, is omitted, or is none: the others are found by halves.
        half = len(templates) // 2
        return {**self._values(templates[:half]), **self._values(templates[half:])} if half else {}

    def _evaluate(self, value):
        if isinstance(value, dict):
            return {key: self._evaluate(item) for key, item in value.items()}
        if _is_rules(value):
            return [self._rule(rule) for rule in value]
        if isinstance(value, list):
            return [self._evaluate(item) for item in value]
        if not _is_template(value):
            return value
        if value in self._known:
            return self._known[value]
        parts = REFERENCE.split(value)
        if self._settled.issuperset(parts[1::2]) and not TEMPLATE.search("".join(parts[::2])):
            found = self._join(parts)
            if found is not None:
                return found
        return self._template(value)

    def _rule(self, rule):
        """A rule of the input, which has nothing to say where it is kept."""
        ok = self._evaluate(rule["ok"])
        if not ok:
            message = _templates([rule["message"]])
            self._settle({n for t in message for n in NAME.findall(t) if n in self._variables})
        return {"ok": ok, "message": "" if ok else self._evaluate(rule["message"])}

    def _join(self, parts):
        """The value of a template that is made of names alone, which need not be compiled."""
        values = [self._variables[name] for name in parts[1::2]]
        if len(values) == 1 and not any(parts[::2]):
            return values[0]
        if "\n" in "".join(parts[::2]) or not all(isinstance(value, str) for value in values):
            return None
        return "".join(self._variables[p] if n % 2 else p for n, p in enumerate(parts))
