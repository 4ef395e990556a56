#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: build_packages
short_description: Have Debian packages on a host for a build, and only for that
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - With O(state=present), says which packages a build lacks, so that
    M(flaskops.stack.install_packages) can install them, and notes in C(/var/lib/flaskops) what is
    there before.
  - With O(state=absent), removes what has come since then for the build, with its dependencies.
    What was there before stays, and so does what something else needs by now (as C(apt-get
    autoremove) sees it), and a package with a library that one in O(path) is linked with; that is
    marked as installed by hand (see C(apt-mark)).
  - A run that is killed in between leaves the packages, and the next O(state=absent) removes them.
attributes:
  check_mode:
    support: full
    description: Notes and removes nothing.
  diff_mode:
    support: none
    description: RV(removed) says what goes.
  platform:
    support: full
    platforms: debian
    description: Debian.
options:
  application:
    description: The application's name, by which the note is kept.
    type: str
    required: true
  name:
    description: The packages, with O(state=present).
    type: list
    elements: str
    default: []
  path:
    description: The folder of what is built, with O(state=absent).
    type: path
    default: ""
  state:
    description: Whether the build begins or is over.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: flaskops.stack.install_packages
"""

EXAMPLES = r"""
- name: Know what a build lacks
  flaskops.stack.build_packages:
    application: guestbook
    name: [build-essential, libpq-dev]
  become: true
  register: lacking

- name: Install it
  flaskops.stack.install_packages:
    name: "{{ lacking.missing }}"
  become: true

- name: Remove it, once all is built
  flaskops.stack.build_packages:
    application: guestbook
    path: /srv/guestbook/releases/2
    state: absent
  become: true
"""

RETURN = r"""
missing:
  description: The packages that are not there.
  returned: with O(state=present)
  type: list
  elements: str
removed:
  description: The packages that were removed.
  returned: with O(state=absent)
  type: list
  elements: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._convergence import build_packages
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", "required": True},
            "name": {"type": "list", "elements": "str", "default": []},
            "path": {"type": "path", "default": ""},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    params, found = module.params, []
    result = "missing" if params["state"] == "present" else "removed"
    try:
        if not module.check_mode and result == "missing":
            found = build_packages.begin(params["application"], params["name"])
        elif not module.check_mode:
            found = build_packages.end(params["application"], params["path"])
    except (build_packages.PackageError, pace.Slow) as exc:
        module.fail_json(msg=f"app_build_packages: {exc}")
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=result == "removed" and bool(found), **{result: found})


if __name__ == "__main__":
    main()
