# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: settings_text
short_description: The text of an application's settings file, or why there is none
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Renders a template on the controller, as the lookup C(ansible.builtin.template) does. Where that
    fails, it says so in a sentence with the file, in place of an error with the way through it.
options:
  _terms:
    description: The path of the template.
    type: list
    elements: path
    required: true
  template_vars:
    description: What the template has besides the host's variables, over which these win.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Require a template that can be rendered
  ansible.builtin.assert:
    that: rendered.mistake == ''
    fail_msg: "{{ rendered.mistake }}"
  vars:
    rendered: "{{ lookup('flaskops.stack.settings_text', './shop.cfg.j2') }}"
"""

RETURN = r"""
_raw:
  description: For each template a dictionary with C(text), and C(mistake), one of which is empty.
  type: list
  elements: dict
"""

import os

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _declared_values
from jinja2 import TemplateError


class LookupModule(LookupBase):
    """Renders by Ansible's own lookup, which is the same in all of its versions."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        return [self._rendered(term, variables) for term in terms]

    def _rendered(self, path, variables):
        if not os.path.isfile(path):
            return {"text": "", "mistake": f"there is no file {path} on the controller."}
        plugin = lookup_loader.get(
            "ansible.builtin.template", loader=self._loader, templar=self._templar
        )
        try:
            # Of the lookup's own search for the file, nothing is left: the path is absolute.
            [found] = plugin.run([path], variables, template_vars=self.get_option("template_vars"))
            # Inside another template, what is not defined fails here, by an error of Jinja.
            return {"text": str(found), "mistake": ""}
        except (AnsibleError, TemplateError) as exc:
            said = _declared_values.innermost(exc).rstrip(".")
            return {"text": "", "mistake": f"{path} cannot be rendered: {said}."}
