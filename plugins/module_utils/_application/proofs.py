# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What took an application's start to find out, kept until something that it depends on changes.

A proof is bound to the release, the environment file, the settings file, the database and the start
of the process; where one of them is another, it is worth nothing. It holds no secret: a file is
known by its inode and times, the database by its number, address and name. The proof is root's own,
because who could write it could make a host look right.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

FOLDER = "/var/lib/flaskops"
# What a proof is bound to, as JSON has it.
Key = dict[str, Any]


def key(
    directory: str,
    virtualenv: str,
    files: Sequence[str],
    facts: Mapping[str, Any],
    process: Sequence[int] | None,
) -> Key:
    """The key of an application's proofs as it is now.

    files are its environment file and its settings file. facts are those of a session in the
    database (programs/connection.py); process is the number of the service's process and when it
    started, or None.
    """
    return {
        "release": [os.path.realpath(directory), _stat(directory)],
        "virtualenv": [os.path.realpath(virtualenv), _stat(os.path.join(virtualenv, "pyvenv.cfg"))],
        "files": [_stat(path) for path in files],
        "database": [
            facts.get(n) for n in ("database_number", "database", "address", "port", "role")
        ],
        "process": list(process) if process else None,
    }


def _stat(path: str) -> list[int] | None:
    """What changes with every change of a file; None where it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def read(name: str, bound_to: Key, folder: str = FOLDER) -> Any:
    """What was proven of an application under this key; None where nothing was.

    A file that somebody else could have written proves nothing.
    """
    try:
        with open(os.path.join(folder, f"{name}.json"), encoding="utf-8") as stream:
            status = os.fstat(stream.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o077:
                return None
            found = json.load(stream)
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("key") != json.loads(json.dumps(bound_to)):
        return None
    return found.get("proven")


def write(name: str, bound_to: Key, proven: object, folder: str = FOLDER) -> None:
    """Keep what was proven; readable by root alone."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"key": bound_to, "proven": proven}, stream)
        os.replace(partial, os.path.join(folder, f"{name}.json"))
    except BaseException:
        os.unlink(partial)
        raise
