# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that one user may read, as long as a program of theirs runs."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
from collections.abc import Iterator

# In memory, where a run that is killed leaves nothing for ever.
FOLDER = "/run"


@contextlib.contextmanager
def private_file(
    account: pwd.struct_passwd, name: str, text: str, folder: str = FOLDER
) -> Iterator[str]:
    """The path of a file with this text, which ends in a name, for the user's eyes only.

    Raises OSError.
    """
    descriptor, path = tempfile.mkstemp(prefix="flaskops-", suffix=f"-{name}", dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(descriptor, 0o400)
            os.fchown(descriptor, account.pw_uid, -1)
        yield path
    finally:
        os.unlink(path)
