# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run_discreetly
short_description: Run a module with a URL that has credentials in it
version_added: 0.2.0
author: flaskops.stack contributors (@flaskops)
description:
  - Runs a module of Ansible's own. Its arguments do not come into the host's log, nor into the
    answer, in which the credentials of the URLs are masked. The rest of the answer, and the
    message of a failure, stay readable, which they do not with C(no_log).
attributes:
  check_mode:
    support: full
    description: As the module itself.
  diff_mode:
    support: full
    description: As the module itself.
  platform:
    support: full
    platforms: posix
    description: As the module itself.
  action:
    support: full
    description: Masks on the controller what the module returns.
options:
  module:
    description: The module.
    type: str
    choices: [ansible.builtin.get_url, ansible.builtin.git]
    required: true
  arguments:
    description: Its arguments.
    type: dict
    required: true
  urls:
    description: The URLs whose credentials, tokens and passwords are masked.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Fetch an archive
  flaskops.stack.run_discreetly:
    module: ansible.builtin.get_url
    arguments:
      url: "{{ archive }}"
      dest: /srv/guestbook/archive
      mode: "0644"
    urls: ["{{ archive }}"]
  become: true
"""

RETURN = r"""
"""
