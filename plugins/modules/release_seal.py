#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_seal
short_description: Link what survives a release, note its code, and mark it as complete
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Has each of the O(shared) paths be a link to a folder below O(state), which O(user) makes. Where
    that folder is not there yet, it begins with what the source has at the path; where it is, it
    stays as it is, and what the source has gives way to the link.
  - Then writes C(.manifest), the SHA-256 of each file of the code, with which
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
  shared:
    description: Paths that survive the release, relative to O(path). They are no part of the code.
    type: list
    elements: str
    default: []
  state:
    description: The directory of O(user) in which their folders are.
    type: path
    default: ""
  user:
    description: The application's system user. It and O(state) are needed with O(shared).
    type: str
    default: ""
seealso:
  - module: flaskops.stack.release_prune
"""

EXAMPLES = r"""
- name: Mark a release as complete
  flaskops.stack.release_seal:
    path: /srv/guestbook/releases/1.4
    name: "1.4"
    shared: [static/uploads]
    state: /var/lib/guestbook
    user: guestbook
  become: true
"""

RETURN = r"""#"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    runner,
    sealed_release,
)
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import shared_links
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def seal(params: Mapping[str, Any]) -> None:
    """Link, note and mark; raises SharedError."""
    if params["shared"]:
        account = runner.account_of(params["user"])
        if account is None or not params["state"]:
            raise shared_links.SharedError("shared needs a user that is there, and state")
        shared_links.put(params["path"], params["state"], account, params["shared"])
    sealed_release.seal(params["path"], params["name"], params["shared"])


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "shared": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "path", "default": ""},
            "user": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        if not module.check_mode:
            seal(module.params)
    except (shared_links.SharedError, pace.Slow) as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
