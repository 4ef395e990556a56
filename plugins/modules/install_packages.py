# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: install_packages
short_description: Install Debian packages, also where an installation was broken off
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Installs packages with M(ansible.builtin.apt), without what is only recommended, and waits
    for another installation that runs.
  - Where an earlier one was killed, or left dependencies unmet, it is finished first, with
    C(dpkg --configure -a) and C(apt-get --fix-broken install), which remove nothing. Configuration
    files that somebody has changed are kept.
attributes:
  check_mode:
    support: full
    description: As of M(ansible.builtin.apt).
  diff_mode:
    support: full
    description: As of M(ansible.builtin.apt).
  platform:
    support: full
    platforms: debian
    description: Debian.
  action:
    support: full
    description: Runs M(ansible.builtin.apt) on the host.
  async:
    support: full
    description: Begins to install; an earlier installation is not finished then.
options:
  name:
    description: The packages.
    type: list
    elements: str
    required: true
seealso:
  - module: ansible.builtin.apt
"""

EXAMPLES = r"""
- name: Install nginx
  flaskops.stack.install_packages:
    name: [nginx]
  become: true
"""

RETURN = r"""
"""
