# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: diagnosis_report
short_description: Show a diagnosis as a ladder of layers
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Shows what M(flaskops.stack.connection_info) found, layer by layer, down to the one that fails,
    with cause and remedy; and fails where a layer fails.
attributes:
  check_mode:
    support: full
    description: It only shows.
  diff_mode:
    support: none
    description: There is nothing to change.
  platform:
    support: full
    platforms: posix
    description: Runs on the controller.
  action:
    support: full
    description: Runs on the controller only.
options:
  diagnosis:
    description:
      - What M(flaskops.stack.connection_info) returned; its verdict
        may be that of M(flaskops.stack.postgresql_login_info).
    type: dict
    required: true
seealso:
  - module: flaskops.stack.connection_info
  - module: flaskops.stack.postgresql_login_info
"""

EXAMPLES = r"""
- name: Go through the layers
  flaskops.stack.connection_info:
    unit: guestbook.service
    fail_on_failure: false
  become: true
  register: found

- name: Show the layers and the verdict
  flaskops.stack.diagnosis_report:
    diagnosis: "{{ found }}"
"""

RETURN = r"""# The verdict is the diagnosis's own."""
