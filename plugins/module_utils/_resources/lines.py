# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a file that somebody has added, and the command that removes them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence


def removal(path: str, number: int, texts: Sequence[str]) -> str:
    """The command that deletes the lines from a number on, while they are these."""
    edits = [f"{number + at}{{/^{pattern(text)}$/d}}" for at, text in enumerate(texts)]
    words = " ".join(f"-e {shlex.quote(edit)}" for edit in edits)
    return f"sed -i {words} {shlex.quote(path)}"


def pattern(line: str) -> str:
    """The regular expression of sed, within slashes, that is a line."""
    return re.sub(r"[][\\/.*^$]", r"\\\g<0>", line)
