# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: virtualenv_copy
short_description: Copy a virtual environment that has just the packages that are wanted
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Copies a virtual environment to another place if its packages are those that the requirements
    name, no more and no less, and every file has the digest that was noted when the environment was
    made. Otherwise it does nothing, and says why; the environment is then to be built
    anew. A requirements file with options, such as C(-r) or C(--index-url), is always such a case;
    a lock is where the release of O(src) has another.
  - A copy takes a fraction of the time, needs no package index, and brings no other versions.
attributes:
  check_mode:
    support: full
    description: Tells whether it would copy.
  diff_mode:
    support: none
    description: There is nothing before it.
  platform:
    support: full
    platforms: posix
    description: Environments that C(python -m venv) has made.
options:
  src:
    description:
      - The virtual environment. It may be behind a symbolic link.
    type: path
    required: true
  complete:
    description: The file that was written when the environment was complete.
    type: path
    required: true
  dest:
    description: The path of the copy. Where something is there already, nothing is copied.
    type: path
    required: true
  packages:
    description: The packages that are wanted beside those of O(requirements), as pip takes them.
    type: list
    elements: str
    default: []
  directory:
    description: The application's folder on the host.
    type: path
    required: true
  requirements:
    description: The requirements file in O(directory), as in M(flaskops.stack.virtualenv_install).
    type: str
    default: requirements.txt
seealso:
  - module: ansible.builtin.pip
"""

EXAMPLES = r"""
- name: Take over the environment of the release in use
  flaskops.stack.virtualenv_copy:
    src: /srv/guestbook/current/.venv
    complete: /srv/guestbook/current/.complete
    dest: /srv/guestbook/releases/2/.venv
    packages: [gunicorn]
    directory: /srv/guestbook/releases/2
  become: true
"""

RETURN = r"""
obstacle:
  description: Why nothing was copied.
  returned: when nothing was copied
  type: str
  sample: "requirement flask: not installed"
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._convergence import virtualenv_copy
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def find_obstacle(parameters: Mapping[str, Any], source: str) -> str | None:
    if os.path.lexists(parameters["dest"]):
        return f"{parameters['dest']} is there"
    names = ("complete", "packages", "directory", "requirements")
    values = [parameters[name] for name in names]
    inside = os.path.relpath(parameters["directory"], os.path.dirname(parameters["dest"]))
    values.append(os.path.join(os.path.dirname(source), inside))
    return virtualenv_copy.obstacle(source, *values)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "complete": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "packages": {"type": "list", "elements": "str", "default": []},
            "directory": {"type": "path", "required": True},
            "requirements": {"type": "str", "default": "requirements.txt"},
        },
        supports_check_mode=True,
    )
    source = os.path.realpath(module.params["src"])
    if not module.check_mode:
        virtualenv_copy.discard(module.params["dest"])
    try:
        obstacle = find_obstacle(module.params, source)
        if obstacle:
            module.exit_json(changed=False, obstacle=obstacle)
        if not module.check_mode:
            virtualenv_copy.copy(source, module.params["dest"])
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
