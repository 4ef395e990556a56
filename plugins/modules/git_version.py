#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: git_version
short_description: The commit that a tag of a git repository stands for
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Asks a git repository, by C(git ls-remote), for the commit of a version, and refuses a branch,
    because its content changes, and a tag that there is not. Of a tag and a branch of one name,
    the tag counts.
attributes:
  check_mode:
    support: full
    description: The module only reads.
  diff_mode:
    support: none
    description: Nothing is changed.
  platform:
    support: full
    platforms: posix
    description: Hosts with C(git).
options:
  url:
    description: The repository, without credentials.
    type: str
    required: true
  credentials:
    description: A line for C(git credential-store). It is in no argument of a process and no log.
    type: str
    default: ""
  version:
    description: A tag, or a commit of at least 7 digits.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Know the commit
  flaskops.stack.git_version:
    url: https://git.example.org/shop.git
    version: v1.2
  become: true
"""

RETURN = r"""
commit:
  description: The commit; empty where only the repository's history knows, as of a short one.
  returned: success
  type: str
"""

import os
import tempfile

from ansible_collections.flaskops.stack.plugins.module_utils._application import git_version
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule

TIMEOUT = 120


def listed(url: str, credentials: str) -> str:
    """What git ls-remote prints; raises VersionError."""
    # In memory, where a run that is killed leaves nothing for ever.
    with tempfile.NamedTemporaryFile("w", dir="/run", encoding="utf-8") as store:
        store.write(credentials)
        store.flush()
        environment = {
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            "LC_ALL": "C.UTF-8",
        }
        command = ["git", "-c", f"credential.helper=store --file={store.name}", "ls-remote"]
        try:
            done = pace.run(
                [*command, "--", url], TIMEOUT, text=True, errors="replace", env=environment,
                cwd="/",
            )  # fmt: skip
        except pace.Slow as exc:
            raise git_version.VersionError(f"no answer within {exc.limit:.0f} seconds") from None
    if done.returncode:
        raise git_version.VersionError(done.stderr.strip())
    refs: str = done.stdout
    return refs


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "credentials": {"type": "str", "default": "", "no_log": True},
            "version": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    url = module.params["url"]
    try:
        references = git_version.references(listed(url, module.params["credentials"]))
        found = git_version.commit(references, module.params["version"])
    except (git_version.VersionError, OSError) as exc:
        module.fail_json(msg=f"{url}: {exc}.")
    module.exit_json(changed=False, commit=found)


if __name__ == "__main__":
    main()
