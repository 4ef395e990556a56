# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: audit_report
short_description: Write the audit's report from what was found on each host
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes C(audit.json), C(audit.xml) (JUnit) and C(audit.html) into a directory of the controller,
    shows the findings as a table, and fails where there are any.
attributes:
  check_mode:
    support: full
    description: Writes the report all the same; no host is changed by it.
  diff_mode:
    support: none
    description: A report is written anew each time.
  platform:
    support: full
    platforms: posix
    description: Runs on the controller.
  action:
    support: full
    description: Runs on the controller only.
options:
  hosts:
    description:
      - The name of each host, with what M(flaskops.stack.drift_info) returned there, or the result
        of a task that could not reach it. A host with an empty one was not audited.
    type: dict
    required: true
  directory:
    description: Where to write. It is created, readable by the user alone.
    type: path
    required: true
  fail_on:
    description:
      - The least severity to fail on; with V(not_checked), what could not be looked at fails too.
    type: str
    choices: [error, never, not_checked, warning]
    default: warning
seealso:
  - module: flaskops.stack.drift_info
"""

EXAMPLES = r"""
- name: Write the report
  flaskops.stack.audit_report:
    directory: reports
    hosts:
      web1: "{{ hostvars['web1'].drift }}"
"""

RETURN = r"""
directory:
  description: Where the report is.
  returned: always
  type: str
summary:
  description: The numbers of hosts by status, of findings by severity, and of what was compared.
  returned: always
  type: dict
"""
