# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: shared_database
short_description: What hosts that share a database host declare differently
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - One run provides one application. Where hosts declare several for one database host, this is
    the sentence that says so.
options:
  _terms:
    description: The names of the hosts.
    type: list
    elements: str
    required: true
  server:
    description: The database host's name; empty for a server that somebody else runs.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Require one application
  ansible.builtin.assert:
    that: query('flaskops.stack.shared_database', *groups['app']) == []
"""

RETURN = r"""
_raw:
  description: Sentences; none where all declare the same.
  type: list
  elements: str
"""

from ansible.plugins.lookup import LookupBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _shared_database


class LookupModule(LookupBase):
    """Reads what the inventory says of other hosts."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        hosts = (variables or {})["hostvars"]
        declared = {}
        for name in terms:
            said = hosts[name]
            declared[name] = {key: said[key] for key in _shared_database.DEFAULTS if key in said}
        return _shared_database.mistakes(declared, self.get_option("server"))
