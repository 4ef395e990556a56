# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted over files: it hides what is on the disk, and nothing can take its place."""

from __future__ import annotations

import os
import re

TABLE = "/proc/self/mountinfo"


def within(root: str) -> list[str]:
    """The mount points at a path and below it, sorted; see proc_pid_mountinfo(5)."""
    with open(TABLE, "rb") as stream:
        rows = stream.read().splitlines()
    found = {_unescaped(row.split()[4]) for row in rows}
    return sorted(each for each in found if f"{each}/".startswith(root.rstrip("/") + "/"))


def is_over(path: str) -> bool:
    """Whether something is mounted at the path itself."""
    return path.rstrip("/") in within(path)


def _unescaped(field: bytes) -> str:
    """A path of the table, in which the kernel writes spaces and the like as octal numbers."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), field))
