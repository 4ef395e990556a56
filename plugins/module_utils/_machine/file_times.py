# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When files changed, to be compared with when something read them."""

from __future__ import annotations

import os
import time


def changed(path: str) -> float | None:
    """When a file, or the link itself, was last written, in seconds since the epoch.

    A time of modification can be set, and a restored backup or a wrong clock leaves one in the
    future, which nothing that starts today is newer than: the kernel's own time of change counts
    then. None where that is in the future too. Raises OSError.
    """
    found, now = os.lstat(path), time.time()
    return next((when for when in (found.st_mtime, found.st_ctime) if when <= now), None)
