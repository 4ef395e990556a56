# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: pg_hba_records
short_description: Write entries as records of pg_hba.conf
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Returns one line for each address of each entry, and fails with the number and the mistake of
    a malformed one.
options:
  _input:
    description:
      - The entries, as the option O(flaskops.stack.pg_hba_block#module:entries) has them.
    type: list
    elements: dict
    required: true
  block:
    description: The name of the block, to be judged too.
    type: str
"""

EXAMPLES = r"""
- name: Show a record
  ansible.builtin.debug:
    msg: "{{ [{'database': ['shop'], 'user': ['shop'], 'address': '192.0.2.7'}]
      | flaskops.stack.pg_hba_records }}"
  # host shop shop 192.0.2.7/32 scram-sha-256
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba


def _filter(entries, block=None):
    lines = []
    try:
        pg_hba.checked_marker("x" if block is None else str(block))
    except pg_hba.PgHbaError as exc:
        raise AnsibleFilterError(f"pg_hba_block: {exc}") from exc
    for number, entry in enumerate(entries):
        try:
            lines += pg_hba.records(entry)
        except pg_hba.PgHbaError as exc:
            shown = {key: value for key, value in dict(entry).items() if key != "options"}
            text = pg_hba.visible(str(exc))
            raise AnsibleFilterError(f"pg_hba_entries[{number}] ({shown}): {text}") from exc
    return lines


class FilterModule:
    """The face of pg_hba.records()."""

    def filters(self):
        return {"pg_hba_records": _filter}
