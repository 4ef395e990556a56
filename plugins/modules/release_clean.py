#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_clean
short_description: Remove what was put into a release, and give all of it to root alone
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Removes what was put into the folder of a release, or has taken the place of something in it.
  - What stays, with the virtual environment, becomes root's. Everybody may read it, as the service
    has to, and nobody else may write it. Access control lists, capabilities, setuid, setgid and
    sticky bits go, and what was made immutable can be changed again (see C(chattr)).
  - The links of O(shared) paths go too, because code that is brought next would be written behind
    them. What is in the place of one is kept in C(/var/lib/flaskops/replaced).
  - Nothing behind a link is touched. A link in the place of the folder itself is removed.
attributes:
  check_mode:
    support: full
    description: Changes nothing.
  diff_mode:
    support: none
    description: RV(paths) says what changes.
  platform:
    support: full
    platforms: posix
    description: Linux.
options:
  path:
    description: The release's folder.
    type: path
    required: true
  remove:
    description: What is to go, relative to O(path).
    type: list
    elements: str
    default: []
  clear:
    description: Whether all of the code is to go, because much of it differs.
    type: bool
    default: false
  shared:
    description: The paths of links to folders that survive releases, relative to O(path).
    type: list
    elements: str
    default: []
seealso:
  - module: flaskops.stack.release_seal
"""

EXAMPLES = r"""
- name: Remove what nobody has deployed
  flaskops.stack.release_clean:
    path: /srv/guestbook/releases/1.4
    remove: [guestbook/backdoor.py]
  become: true
"""

RETURN = r"""
paths:
  description: What was removed or has other rights now, relative to O(path).
  returned: success
  type: list
  elements: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._convergence import release_clean
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "remove": {"type": "list", "elements": "str", "default": []},
            "clear": {"type": "bool", "default": False},
            "shared": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    paths: list[str] = []
    try:
        if not module.check_mode:
            root, *others = (module.params[n] for n in ("path", "remove", "clear", "shared"))
            paths = release_clean.clean(root, *others)
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=bool(paths) or module.check_mode, paths=paths)


if __name__ == "__main__":
    main()
