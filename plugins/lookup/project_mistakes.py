# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: project_mistakes
short_description: Why pip could not install what an application's folder asks for
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Reads the requirements file, or C(pyproject.toml), of folders on the controller, as
    M(flaskops.stack.virtualenv_install) does on the host.
options:
  _terms:
    description: Folders on the controller.
    type: list
    elements: path
    required: true
  requirements:
    description: The requirements file in each.
    type: str
    default: requirements.txt
"""

EXAMPLES = r"""
- name: Require a folder that can be installed
  ansible.builtin.assert:
    that: query('flaskops.stack.project_mistakes', './guestbook') == []
"""

RETURN = r"""
_raw:
  description: One sentence for each folder that cannot be installed.
  type: list
  elements: str
"""

from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.module_utils._application import python_project


class LookupModule(LookupBase):
    """The face of python_project.installation()."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        found = (self._mistake(term) for term in terms)
        return [sentence for sentence in found if sentence]

    def _mistake(self, term):
        try:
            python_project.installation(term, self.get_option("requirements"))
        except python_project.ProjectError as exc:
            return str(exc)
        return None
