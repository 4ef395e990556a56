# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: type_mistakes
short_description: What the specifications of several roles do not allow of their variables
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Validates the variables of this collection's roles by what C(meta/argument_specs.yml) declares,
    as Ansible does where a role is run, but all in one task, which can say all that is wrong; null
    is no value of any.
options:
  _terms:
    description: The names of roles.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Require values of the declared types
  ansible.builtin.assert:
    that: mistakes == []
    fail_msg: "{{ mistakes | join(' ') }}"
  vars:
    mistakes: "{{ query('flaskops.stack.type_mistakes', 'app', 'gunicorn') }}"
"""

RETURN = r"""
_raw:
  description: One message for each mistake.
  type: list
  elements: str
"""

import os
import re

import yaml
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.lookup import LookupBase
from ansible.template import is_trusted_as_template
from ansible_collections.flaskops.stack.plugins.plugin_utils import _declared_values

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The role with the variables of the playbooks themselves.
SITE = "site_common"
OWN = re.compile(r"(?<![\w.'\"])_(site|app)_\w")
ROLES = os.path.join(os.path.dirname(__file__), "..", "..", "roles")


class LookupModule(LookupBase):
    """Reads the specifications of roles, whose options never share a name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        roles = {role: self._read(role) for role in os.listdir(ROLES)}
        unknown = [role for role in terms if role not in roles]
        if unknown:
            raise AnsibleLookupError(f"There is no role {', '.join(unknown)}")
        options = {
            name: option
            for role in (SITE, *terms)
            for name, option in roles[role].items()
            if not _is_own(variables.get(name))
        }
        # All that users may say.
        known = {name for role in roles.values() for name in role}
        said = {name: variables[name] for name in options if name in variables}
        try:
            said = self._templar.template(said)
        except AnsibleError:
            return self._not_worked_out(said, variables)
        found = ArgumentSpecValidator(options).validate(said)
        return [
            *_declared_values.misspelt(variables, known, variables.get("site_own_variables", [])),
            *_declared_values.mistakes(options, said),
            *map(_sentence, found.errors),
        ]

    def _not_worked_out(self, said, variables):
        """A sentence for each reason why some of the values cannot be worked out."""
        reasons = {}
        for name, value in said.items():
            try:
                self._templar.template(value)
            except AnsibleError as exc:
                reasons.setdefault(_declared_values.innermost(exc), []).append(name)
        return [
            _declared_values.not_worked_out(reason, names, variables)
            for reason, names in reasons.items()
        ]

    def _read(self, role):
        path = os.path.abspath(os.path.join(ROLES, role, "meta", "argument_specs.yml"))
        try:
            with open(path, encoding="utf-8") as stream:
                # Not by Ansible's own way, which notes where each word is, and takes longer.
                found = yaml.load(stream, Loader=LOADER)  # noqa: S506 (a safe one)
        except OSError as exc:
            raise AnsibleLookupError(f"{path}: {exc.strerror}") from exc
        return found["argument_specs"]["main"]["options"]


def _is_own(value):
    """Whether a value is a default of this collection that is made of its private variables, and so
    of what is judged by its own name."""
    return is_trusted_as_template(value) and OWN.search(value) is not None


def _sentence(error):
    if isinstance(error, UnsupportedError):
        return f"There is no {error.msg}"
    return f"{error.msg[0].upper()}{error.msg[1:]}."
