# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of an application, run as its user, with its environment, in a release.

What has run is noted at once; so a run that fails or is killed goes on with the first that has not.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    as_user,
    commands,
    runner,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._machine import process

REMEDY = (
    "Correct the command (app_commands), or what it needs, and run flaskops.stack.site: it goes on"
    " with this one."
)
QUIET = "its output is not shown (no_log)"


class Command(NamedTuple):
    """words: the program and its arguments; once: "release" or "ever"; environment: variables of
    this one alone; is_quiet: whether its output is not to be shown."""

    name: str
    words: list[str]
    once: str
    environment: Mapping[str, str]
    is_quiet: bool


class CommandFailed(Exception):
    """A command ended with an error; secrets in the message are masked."""


def due(application: str, release: str, declared: Sequence[Command]) -> list[Command]:
    """The commands that have not run on this host, for this release or ever."""
    record = commands.recorded(application)
    return [c for c in declared if not commands.has_run(record, c.name, release, c.once)]


def run(application: runner.Application, command: Command) -> None:
    """Run a command to its end, however long it takes. Raises CommandFailed."""
    account = application.user
    # Into a file, because a process that stays behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        try:
            code = process.call(
                command.words, stdout=output, stderr=subprocess.STDOUT,
                cwd=application.directory, umask=0o077, start_new_session=True,
                env={**application.environment, **command.environment},
                **_identity(account),
            )  # fmt: skip
        except OSError as exc:
            code, text = 127, f"{command.words[0]}: {exc.strerror}"
        else:
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
    if code:
        secrets = {*application.secrets, *masking.secrets_of(command.environment)}
        raise CommandFailed(masking.mask(refusal(command, code, text), secrets))


def _identity(account: pwd.struct_passwd) -> dict[str, Any]:
    """Who runs it; whoever this is, where this is not root."""
    if os.geteuid():
        return {}
    groups = as_user.groups_of(account)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}


def refusal(command: Command, code: int, text: str) -> str:
    """What to say of a command that failed."""
    first, *more = commands.failed(command.words, code, QUIET if command.is_quiet else text)
    return "\n".join([f"app_commands: {command.name}: {first}", *more, REMEDY])
