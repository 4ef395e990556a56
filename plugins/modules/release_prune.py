#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_prune
short_description: Remove the oldest releases of an application
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Removes folders beside the release in use, the oldest first, until no more than O(keep) are
    left.
  - The release in use and those that O(also) names stay and count, however old they are.
attributes:
  check_mode:
    support: full
    description: Says what would be removed.
  diff_mode:
    support: none
    description: RV(removed) says what is removed.
  platform:
    support: full
    platforms: posix
    description: All hosts with a file system.
options:
  path:
    description: The folder of the releases.
    type: path
    required: true
  current:
    description: The link to the release in use. It may be missing.
    type: path
    required: true
  also:
    description: The names of releases that stay, such as one that is not in use yet.
    type: list
    elements: str
    default: []
  keep:
    description: How many releases stay.
    type: int
    required: true
seealso:
  - module: flaskops.stack.release_seal
"""

EXAMPLES = r"""
- name: Keep five releases
  flaskops.stack.release_prune:
    path: /srv/guestbook/releases
    current: /srv/guestbook/current
    keep: 5
  become: true
"""

RETURN = r"""
removed:
  description: The names of the releases that were removed.
  returned: success
  type: list
  elements: str
"""

import os
import shutil

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def releases(path: str) -> list[tuple[float, str]]:
    """(time in seconds, name) of each folder."""
    with os.scandir(path) as entries:
        return [
            (entry.stat(follow_symlinks=False).st_mtime, entry.name)
            for entry in entries
            if entry.is_dir(follow_symlinks=False)
        ]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "current": {"type": "path", "required": True},
            "also": {"type": "list", "elements": "str", "default": []},
            "keep": {"type": "int", "required": True},
        },
        supports_check_mode=True,
    )
    path, current = module.params["path"], module.params["current"]
    try:
        kept = list(module.params["also"])
        if os.path.islink(current):
            kept.append(os.path.basename(os.path.normpath(os.readlink(current))))
        removed = sealed_release.oldest(releases(path), kept, module.params["keep"])
        for name in removed if not module.check_mode else ():
            shutil.rmtree(os.path.join(path, name))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=bool(removed), removed=removed)


if __name__ == "__main__":
    main()
