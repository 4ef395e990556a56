# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
short_description: Tell what a host is to its application
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - A host that serves the application and has a PostgreSQL uses its own. All others share the
    first host of the group C(database), or the database that somebody else runs where that group
    has no host.
positional: host, playing
options:
  _input:
    description: The inventory's groups and their hosts; C(app) and C(database) count.
    type: dict
    required: true
  host:
    description: The host that is asked for.
    type: str
    required: true
  playing:
    description: The hosts of this run, one of which migrates each database.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show which host's database the application uses
  ansible.builtin.debug:
    msg: "{{ place.database }}"
  vars:
    place: "{{ groups | flaskops.stack.topology(inventory_hostname, ansible_play_hosts_all) }}"
"""

RETURN = r"""
_value:
  description: What the host is to the application.
  type: dict
  contains:
    database:
      description: The host that has its database; empty where somebody else runs it.
      type: str
    has_database:
      description: Whether the database is on this host.
      type: bool
    is_managed:
      description: Whether somebody else runs the database.
      type: bool
    clients:
      description: The hosts that share a database which is not on their own.
      type: list
      elements: str
    migrates:
      description: Whether the database is migrated from this host.
      type: bool
"""

from ansible_collections.flaskops.stack.plugins.plugin_utils import _topology


def _filter(groups, host, playing):
    application = _topology.Application(groups.get("app", []), groups.get("database", []))
    return _topology.place(host, application, playing)._asdict()


class FilterModule:
    """The face of _topology.place()."""

    def filters(self):
        return {"topology": _filter}
