# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: source_digest
short_description: The digest of a source directory or archive on the controller
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Returns the SHA-256 of a file, or of a directory's content (names, contents, links and
    executable bits; neither times nor owners). The same content gives the same digest everywhere.
options:
  _terms:
    description: Paths on the controller.
    type: list
    elements: path
    required: true
  exclude:
    description: Patterns of file and folder names that are left out.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what a release would be called
  ansible.builtin.debug:
    msg: "{{ lookup('flaskops.stack.source_digest', './guestbook', exclude=['.git'])[:12] }}"
"""

RETURN = r"""
_raw:
  description: The digests, in hexadecimal.
  type: list
  elements: str
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.module_utils._application import source_tree


class LookupModule(LookupBase):
    """The face of source_tree.digest()."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [source_tree.digest(term, self.get_option("exclude")) for term in terms]
        except source_tree.SourceTreeError as exc:
            raise AnsibleLookupError(str(exc)) from exc
