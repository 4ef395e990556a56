# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where programs are started."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """subprocess.Popen() with its options. Raises OSError where the program cannot be started.

    run_command() of an AnsibleModule, which ansible-test asks for, has no limit of time, runs as
    no other user, hands no descriptor over and answers only when all is read.
    """
    return subprocess.Popen(command, **options)  # pylint: disable=ansible-bad-function


def call(command: Sequence[str], seconds: float | None = None, **options: Any) -> int:
    """Run a program to its end; returns its exit code.

    Raises OSError, and subprocess.TimeoutExpired after so many seconds; it has been killed then.
    """
    with start(command, stdin=subprocess.DEVNULL, **options) as started:
        try:
            return started.wait(seconds)
        except BaseException:
            started.kill()
            raise
