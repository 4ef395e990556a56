#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_build
short_description: Run what makes a part of a release, as a user who may do nothing else
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Runs commands that make assets, translations and the like of a release's source. O(user) runs
    them, on a copy in O(workspace) with a copy of the virtual environment; it has no secret of the
    host and cannot change what the service runs. What was made is then copied as root's own; a link
    out of the release, or anything else that has no place there, is refused.
  - Where a command fails, nothing of the release changes, and all commands run again the next time.
    What they made is recorded in C(.built) in the release; while all of it is there, and the
    commands are the same, they do not run again. What former commands made goes.
  - The virtual environment stays as it is, and so does what O(shared) names.
  - All processes of O(user) are ended before and after.
attributes:
  check_mode:
    support: full
    description: Builds nothing, and reports a change.
  diff_mode:
    support: none
    description: The commands decide what is made.
  platform:
    support: full
    platforms: posix
    description: Linux.
options:
  path:
    description: The release's folder, with its virtual environment.
    type: path
    required: true
  directory:
    description: The application's folder, in O(path), in which the commands run.
    type: path
    required: true
  commands:
    description: The commands, each a text that is split as a shell would split it, or a list of
      words. No shell runs them.
    type: list
    elements: raw
    required: true
  environment:
    description:
      - Environment variables of the commands. Secrets among them are masked in what these say.
      - A file that one of them names is lent to O(user) where it cannot read it.
    type: dict
    default: {}
  settings_variable:
    description: The environment variable that names a settings file; none by default.
    type: str
    default: ""
  settings_content:
    description: The text of that file, which O(user) alone can read.
    type: str
  shared:
    description: Paths that survive the release, relative to O(path); they are no part of the copy.
    type: list
    elements: str
    default: []
  user:
    description: The system user who builds, and who must not be used for anything else.
    type: str
    required: true
  workspace:
    description: A folder to build in, in a folder of root's. It is removed before and after.
    type: path
    required: true
seealso:
  - module: flaskops.stack.virtualenv_install
  - module: flaskops.stack.release_seal
"""

EXAMPLES = r"""
- name: Make the assets of a release
  flaskops.stack.release_build:
    path: /srv/guestbook/releases/2
    directory: /srv/guestbook/releases/2
    commands:
      - npm ci
      - [npm, run, build]
      - flask translate compile
    environment: {NODE_ENV: production}
    user: guestbook-build
    workspace: /srv/guestbook/.build
  become: true
"""

RETURN = r"""
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    as_user,
    build_user,
    commands,
    release_build,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def plan(params: Mapping[str, Any]) -> release_build.Build:
    """What to build; raises BuildError or CommandError where that makes no sense."""
    root, directory = params["path"], params["directory"]
    if os.path.relpath(directory, root).split("/", 1)[0] == "..":
        raise build_user.BuildError(f"directory is {directory}, outside of the release")
    return release_build.Build(
        build_user.account(params["user"]), root, directory, params["workspace"],
        [commands.words(each) for each in params["commands"]], params["shared"],
    )  # fmt: skip


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "directory": {"type": "path", "required": True},
            "commands": {"type": "list", "elements": "raw", "required": True},
            "environment": {"type": "dict", "default": {}},
            "settings_variable": {"type": "str", "default": ""},
            "settings_content": {"type": "str", "no_log": True},
            "shared": {"type": "list", "elements": "str", "default": []},
            "user": {"type": "str", "required": True},
            "workspace": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params, changed = module.params, True
    variables = {name: str(value) for name, value in params["environment"].items()}
    settings = (params["settings_variable"], params["settings_content"] or "")
    try:
        if not module.check_mode:
            changed = release_build.run(plan(params), variables, settings)
    except (build_user.BuildError, commands.CommandError, as_user.CallError, pace.Slow) as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc))
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
