# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: password_verifier
short_description: Make PostgreSQL's SCRAM-SHA-256 verifier of a password
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Returns what PostgreSQL would store of a password, for C(CREATE ROLE) and C(ALTER ROLE). Whoever
    reads it, such as in the server's log with C(log_statement = ddl), cannot log in with it.
  - It has another salt each time.
options:
  _input:
    description: The password, of any characters.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Create a role without sending its password
  community.postgresql.postgresql_user:
    name: shop
    password: "{{ shop_password | flaskops.stack.password_verifier }}"
"""

RETURN = r"""
_value:
  description: The verifier.
  type: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import password_verifier


def _filter(password):
    return password_verifier.make(str(password))


class FilterModule:
    """The face of password_verifier.make()."""

    def filters(self):
        return {"password_verifier": _filter}
