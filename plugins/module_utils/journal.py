# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service has written to the journal about its failures."""

from __future__ import annotations

import subprocess

TRACEBACK = "Traceback (most recent call last):"


def last_exception(unit, minutes=10):
    """The line that names the newest exception of a service, of the last minutes; "" if none."""
    command = ["journalctl", f"--unit={unit}", f"--since=-{minutes}min", "--lines=500"]
    try:
        done = subprocess.run(
            [*command, "--output=cat", "--no-pager"],
            capture_output=True, text=True, errors="replace", check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return exception_of(done.stdout)


def exception_of(text):
    """The last line of the last traceback in a text; "" where there is none."""
    found, inside = "", False
    for line in text.splitlines():
        if line.endswith(TRACEBACK):
            inside = True
        elif inside and line and not line[0].isspace():
            found, inside = line.strip(), False
    return found
