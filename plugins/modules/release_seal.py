#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_seal
short_description: Note what a release's code is, and mark the release as complete
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes C(.manifest), the SHA-256 of each file of the code, with which
    M(flaskops.stack.drift_info) compares it ever after; and then C(.complete). A release without
    that was interrupted, and is made anew.
  - The virtual environment, the repository and what this collection writes are no part of the code.
    Of a link, the digest is that of its target.
  - Both are always written anew. A process that is older than C(.complete) runs other code.
attributes:
  check_mode:
    support: full
    description: Writes nothing.
  diff_mode:
    support: none
    description: There is nothing that anybody would read.
  platform:
    support: full
    platforms: posix
    description: All hosts with a file system.
options:
  path:
    description: The release's folder.
    type: path
    required: true
  name:
    description: The release's name.
    type: str
    required: true
seealso:
  - module: flaskops.stack.release_prune
"""

EXAMPLES = r"""
- name: Mark a release as complete
  flaskops.stack.release_seal:
    path: /srv/guestbook/releases/1.4
    name: "1.4"
  become: true
"""

RETURN = r"""#"""

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        if not module.check_mode:
            sealed_release.seal(module.params["path"], module.params["name"])
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
