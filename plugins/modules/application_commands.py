#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: application_commands
short_description: Run commands of an application once for each release, or once ever
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Runs commands, such as one that makes the first administrator, as the application's user, in the
    release, with the environment file and the virtual environment's programs. No shell, no terminal
    and no input is there.
  - What has run is recorded in C(/var/lib/flaskops) at once, for root alone; it does not run again.
    The first one that fails ends it, and is the first one the next time. A command that is killed
    with the host, between its end and the record, runs twice.
  - What a command says is shown only where it fails; secrets of the environment are masked in it.
attributes:
  check_mode:
    support: full
    description: Runs nothing, and says what would run.
  diff_mode:
    support: none
    description: RV(ran) says what ran.
  platform:
    support: full
    platforms: posix
    description: Linux.
options:
  application:
    description: The application's name, by which the record is kept.
    type: str
    required: true
  release:
    description: The release's folder, whose name is that of the release.
    type: path
    required: true
  user:
    description: The application's system user.
    type: str
    required: true
  directory:
    description: The application's folder in the release, in which the commands run.
    type: path
    required: true
  virtualenv:
    description: The virtual environment, whose programs come first.
    type: path
    required: true
  environment_file:
    description: The application's environment file.
    type: path
    required: true
  database_variables:
    description: What the variables of the environment file have, as
      M(flaskops.stack.connection_info) takes it; for masking.
    type: dict
    default: {url: DATABASE_URL}
  settings_file:
    description: The application's settings file, where it has one; for masking.
    type: path
    default: ""
  commands:
    description: The commands, in their order.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name by which it is known that it has run.
        type: str
        required: true
      command:
        description: A text that is split as a shell would split it, or a list of words.
        type: raw
        required: true
      once:
        description: Whether it runs for each release, or once ever.
        type: str
        choices: [release, ever]
        required: true
      environment:
        description: Further environment variables for this command alone.
        type: dict
        default: {}
      no_log:
        description: Whether its output is not shown where it fails, because there are secrets in it
          that are in no variable.
        type: bool
        default: false
seealso:
  - module: flaskops.stack.flask_db_upgrade
"""

EXAMPLES = r"""
- name: Make the first administrator
  flaskops.stack.application_commands:
    application: guestbook
    release: /srv/guestbook/releases/1.4
    user: guestbook
    directory: /srv/guestbook/releases/1.4
    virtualenv: /srv/guestbook/releases/1.4/.venv
    environment_file: /etc/flask/guestbook.env
    commands:
      - name: first-administrator
        command: flask create-admin root@example.com
        once: ever
        environment: {ADMIN_PASSWORD: "{{ admin_password }}"}
  become: true
"""

RETURN = r"""
ran:
  description: The names of the commands that ran; in check mode, of those that would.
  returned: success
  type: list
  elements: str
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    command_run,
    commands,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def declared(each: Mapping[str, Any]) -> command_run.Command:
    """A command as it was declared; raises CommandError."""
    environment = {name: str(value) for name, value in each["environment"].items()}
    words = commands.words(each["command"])
    return command_run.Command(each["name"], words, each["once"], environment, each["no_log"])


def run(params: Mapping[str, Any], check_mode: bool) -> list[str]:
    """The names of what ran; raises CommandError, CommandFailed and ApplicationError."""
    name, release = params["application"], os.path.basename(params["release"])
    due = command_run.due(name, release, [declared(each) for each in params["commands"]])
    if due and not check_mode:
        text = runner.read_settings(params["settings_file"]) if params["settings_file"] else ""
        application = runner.load(
            params["user"], params["directory"], params["virtualenv"], params["environment_file"],
            runner.Settings(params["database_variables"], text),
        )  # fmt: skip
        for each in due:
            command_run.run(application, each)
            commands.note(name, each.name, release)
    return [each.name for each in due]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", "required": True},
            "release": {"type": "path", "required": True},
            "user": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "virtualenv": {"type": "path", "required": True},
            "environment_file": {"type": "path", "required": True},
            "database_variables": options.OPTIONS["database_variables"],
            "settings_file": {"type": "path", "default": ""},
            "commands": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "command": {"type": "raw", "required": True},
                    "once": {"type": "str", "choices": ["release", "ever"], "required": True},
                    "environment": {"type": "dict", "default": {}},
                    "no_log": {"type": "bool", "default": False},
                },
            },
        },
        supports_check_mode=True,
    )
    try:
        ran = run(module.params, module.check_mode)
    except (command_run.CommandFailed, commands.CommandError, runner.ApplicationError) as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(changed=bool(ran), ran=ran)


if __name__ == "__main__":
    main()
