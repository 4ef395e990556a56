# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: database_url
short_description: Build a SQLAlchemy database URL with every part encoded
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Builds a PostgreSQL URL that SQLAlchemy and libpq read, whatever characters the password has.
options:
  _input:
    description:
      - A mapping with C(name), C(user) and C(host) (a name, an address, or the directory of a unix
        socket), and as needed C(password), C(port) (default V(5432)), C(driver) (V(psycopg2) or
        V(psycopg); by default the URL names none, and libpq reads it too) and C(query), a
        mapping of libpq parameters of which empty ones are left out.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Encode a password
  ansible.builtin.debug:
    msg: "{{ {'name': 'shop', 'user': 'shop', 'password': 'p@ss:word', 'host': '127.0.0.1'}
      | flaskops.stack.database_url }}"
  # postgresql://shop:p%40ss%3Aword@127.0.0.1:5432/shop
"""

RETURN = r"""
_value:
  description: The URL.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url


def _filter(parts):
    try:
        return url.build(parts)
    except url.DatabaseUrlError as exc:
        raise AnsibleFilterError(f"flaskops.stack.database_url: {exc}") from exc


class FilterModule:
    """The face of url.build()."""

    def filters(self):
        return {"database_url": _filter}
