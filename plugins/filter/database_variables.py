# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: database_variables
short_description: The environment variables by which an application gets its database
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Takes a database URL, such as P(flaskops.stack.database_url#filter) builds it, apart into the
    variables that an application reads. Parts are as they are, and not encoded as in a URL.
options:
  _input:
    description: The URL of a PostgreSQL database.
    type: str
    required: true
  names:
    description:
      - The names of the variables, by what they have, which is any of C(url), C(host), C(port),
        C(name), C(user), C(password), C(sslmode) and C(sslrootcert). The last two are left out
        where the URL does not have them.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Take a URL apart
  ansible.builtin.debug:
    msg: "{{ 'postgresql://shop:p%40ss@db.internal/shop'
      | flaskops.stack.database_variables({'host': 'DB_HOST', 'password': 'DB_PASSWORD'}) }}"
  # {DB_HOST: db.internal, DB_PASSWORD: p@ss}
"""

RETURN = r"""
_value:
  description: The values of the variables, by their names.
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
    url,
)


def _filter(text, names):
    try:
        return database_variables.values(names, text)
    except url.TargetError as exc:
        raise AnsibleFilterError(f"flaskops.stack.database_variables: {exc}") from exc


class FilterModule:
    """The face of database_variables.values()."""

    def filters(self):
        return {"database_variables": _filter}
