# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: unpack_source
short_description: Bring a source directory of the controller to the host as one archive
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Packs a directory of the controller into one archive, transfers it and unpacks it, owned by
    root and writable by nobody else. One transfer, however many files there are.
attributes:
  check_mode:
    support: full
    description: Unpacks nothing.
  diff_mode:
    support: none
    description: A release is named by its content; there is nothing before it.
  platform:
    support: full
    platforms: posix
    description: Hosts with C(tar).
  action:
    support: full
    description: Runs on the controller, and C(tar) on the host, without a copy of the archive there
      where the connection pipelines.
options:
  src:
    description: The directory on the controller.
    type: path
    required: true
  dest:
    description: The directory on the host, which is created where it is missing, with mode 0755.
    type: path
    required: true
  exclude:
    description: Patterns of file and folder names that are left out.
    type: list
    elements: str
    default: []
seealso:
  - plugin: flaskops.stack.source_digest
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Bring the application's code to the host
  flaskops.stack.unpack_source:
    src: ./guestbook
    dest: /srv/guestbook/releases/1
    exclude: [.git, .venv, __pycache__]
  become: true
"""

RETURN = r"""
"""
