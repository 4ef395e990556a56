# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files opened only where a file is: a named pipe in its place would be waited for without end."""

from __future__ import annotations

import errno
import os
import stat


def opener(path: str, flags: int) -> int:
    """The opener of open() for a file to read; raises OSError for what is no file.

    What is empty for everybody is one: a unit that is masked leads to /dev/null.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) or status.st_rdev == os.makedev(1, 3):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "a named pipe or a device is there, and no file", path)
