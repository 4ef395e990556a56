# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: accepted_on
short_description: Take the accepted findings that are for a host
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Takes the entries of C(audit_accepted) that are for a host and whose time is not over, by the
    controller's day. An entry that makes no sense is an error that names it.
positional: host, group_names
options:
  _input:
    description:
      - Entries with C(id) and C(reason), and perhaps C(subject), C(hosts) (hosts and groups; all
        by default) and C(until) (the last day, such as V(2027-01-31)).
    type: list
    elements: dict
    required: true
  host:
    description: The host's name in the inventory.
    type: str
    required: true
  group_names:
    description: The groups that it is in.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show what is accepted here
  ansible.builtin.debug:
    msg: "{{ audit_accepted | flaskops.stack.accepted_on(inventory_hostname, group_names) }}"
  vars:
    audit_accepted:
      - id: unit.drop_in
        subject: /etc/systemd/system/guestbook.service.d/memory.conf
        reason: The batch host has little memory; ticket 4711.
        until: "2027-01-31"
"""

RETURN = r"""
_value:
  description: The entries, with C(id), C(subject), C(reason) and C(until).
  type: list
  elements: dict
"""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.flaskops.stack.plugins.plugin_utils import _accepted


def accepted_on(entries, host, group_names):
    """See DOCUMENTATION."""
    try:
        return _accepted.for_host(entries, host, group_names, datetime.date.today())
    except _accepted.AcceptedError as exc:
        raise AnsibleFilterError(f"{exc}.") from None


class FilterModule:
    """Gives Ansible the filter."""

    def filters(self):
        """The filter by its name."""
        return {"accepted_on": accepted_on}
