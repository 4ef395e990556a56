#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: virtualenv_install
short_description: Build a virtual environment as a user who may do nothing else
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Makes a virtual environment with C(python3 -m venv) and C(pip), or changes the one that is
    there.
  - pip executes the code of each package that has no wheel, and of the application. All of that is
    done by O(user) on copies in O(workspace), who has no secret of the host and cannot change
    what the service runs. What was made is then copied as root's own; a link out of the
    environment, or anything else that has no place there, is refused, and no file keeps a setuid
    bit. The digests of all files are noted in C(.manifest), with which M(flaskops.stack.drift_info)
    compares them ever after.
  - All processes of O(user) are ended before and after. Until all is done, the environment that is
    there stays as it is.
  - Credentials in the addresses of O(environment) are handed to pip in a file that O(user) alone
    can read. They are in no argument of a process, since those can be read by everybody, and in no
    log. The code of a source package can read them, so give a token that can only read the index.
attributes:
  check_mode:
    support: full
    description: Builds nothing, and reports a change.
  diff_mode:
    support: none
    description: pip decides what is installed.
  platform:
    support: full
    platforms: posix
    description: Linux.
options:
  path:
    description: The virtual environment, which is in O(source).
    type: path
    required: true
  source:
    description: The folder of the release, of which the build gets a copy.
    type: path
    required: true
  directory:
    description: The application's folder, in O(source).
    type: path
    required: true
  requirements:
    description:
      - The requirements file in O(directory). Where there is none, or with V(pyproject.toml), the
        project in O(directory) is installed; one that has no C([build-system]), C(setup.py) or
        C(src), has its dependencies installed alone, because its code runs from its place.
      - Before the project, the first lock that is there counts, of C(uv.lock), C(poetry.lock),
        C(pylock.toml) and C(Pipfile.lock). Of what it has, this host's part is installed exactly
        and with its hashes; nothing is resolved. Commits of repositories and folders have no hash,
        and are installed behind all others.
      - What only another tool can read (C(pdm.lock), C(Pipfile)) is refused, with the command that
        makes a requirements file or a lock of it.
    type: str
    default: requirements.txt
  packages:
    description: What is installed beside it, as pip takes it. Where a requirement has a hash, they
      are installed behind all others, and change none of them.
    type: list
    elements: str
    default: []
  unwanted:
    description: Packages to remove.
    type: list
    elements: str
    default: []
  clear:
    description: Whether to make the environment anew; with the versions that it was made with,
      if they can be had and are still allowed.
    type: bool
    default: false
  environment:
    description:
      - Environment variables for pip, such as C(PIP_INDEX_URL). They may have secrets in them.
      - A file that one of them names is lent to O(user) where it cannot read it. A folder that
        C(PIP_CACHE_DIR) names becomes its own, if nothing else is in it than a cache of pip's.
    type: dict
    default: {}
  user:
    description: The system user who builds, and who must not be used for anything else.
    type: str
    required: true
  workspace:
    description: A folder to build in, in a folder of root's. It is removed before and after.
    type: path
    required: true
seealso:
  - module: flaskops.stack.virtualenv_copy
"""

EXAMPLES = r"""
- name: Build the environment of a release
  flaskops.stack.virtualenv_install:
    path: /srv/guestbook/releases/2/.venv
    source: /srv/guestbook/releases/2
    directory: /srv/guestbook/releases/2
    packages: [gunicorn]
    environment:
      PIP_INDEX_URL: "https://reader:{{ index_token }}@pypi.example.org/simple"
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
    virtualenv_build,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def plan(params: Mapping[str, Any]) -> virtualenv_build.Build:
    """What to build; raises BuildError where that would not be inside of the source."""
    for name in ("path", "directory"):
        if os.path.relpath(params[name], params["source"]).split("/", 1)[0] == "..":
            raise build_user.BuildError(f"{name} is {params[name]}, outside of the source")
    fields = {name: params[name] for name in virtualenv_build.Build._fields if name != "account"}
    return virtualenv_build.Build(account=build_user.account(params["user"]), **fields)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "source": {"type": "path", "required": True},
            "directory": {"type": "path", "required": True},
            "requirements": {"type": "str", "default": "requirements.txt"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "unwanted": {"type": "list", "elements": "str", "default": []},
            "clear": {"type": "bool", "default": False},
            "environment": {"type": "dict", "default": {}},
            "user": {"type": "str", "required": True},
            "workspace": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    variables = {name: str(value) for name, value in module.params["environment"].items()}
    try:
        if not module.check_mode:
            virtualenv_build.install(plan(module.params), variables)
    except (build_user.BuildError, as_user.CallError, pace.Slow) as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc))
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
