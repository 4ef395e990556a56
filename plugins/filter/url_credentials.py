# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: url_credentials
short_description: The credentials of a web address, for git, or the address without them
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - What is in an address is in the arguments of the processes that get it, which all users of a
    host can read.
options:
  _input:
    description: The address. One that is not of the web is returned as it is.
    type: str
    required: true
  result:
    description:
      - V(without) is the address without its credentials, V(shown) the same without its query, to
        be shown, and V(git) a line for C(git credential-store), empty where there are none.
    type: str
    choices: [without, shown, git]
    default: without
"""

EXAMPLES = r"""
- name: Show where the code comes from
  ansible.builtin.debug:
    msg: "{{ app_source | flaskops.stack.url_credentials('shown') }}"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.module_utils._application import url_credentials

RESULTS = {
    "without": lambda url: url_credentials.split(url)[0],
    "shown": url_credentials.shown,
    "git": url_credentials.git_store,
}


def _filter(url, result="without"):
    if result not in RESULTS:
        raise AnsibleFilterError(f"flaskops.stack.url_credentials: there is no result {result}")
    return RESULTS[result](str(url))


class FilterModule:
    """The face of url_credentials."""

    def filters(self):
        return {"url_credentials": _filter}
