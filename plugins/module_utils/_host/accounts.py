# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By what somebody becomes a system user, besides its password: keys, jobs, names of its number."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import os
import pwd
import re
import shlex
import stat
from collections.abc import Iterator

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

SSHD = "/etc/ssh/sshd_config"
KEY_FILES = ".ssh/authorized_keys .ssh/authorized_keys2"
CRONTABS = "/var/spool/cron/crontabs"
AT_JOBS = "/var/spool/cron/atjobs"
LINGER = "/var/lib/systemd/linger"


def field(path: str, name: str) -> list[str]:
    """The fields of an entry of passwd, shadow, group or gshadow; [] where there is none."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        with open(path, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                fields = line.rstrip("\n").split(":")
                if fields[0] == name:
                    return fields
    return []


def names_of(uid: int) -> list[str]:
    """The names of a number, in the order of /etc/passwd."""
    return [account.pw_name for account in pwd.getpwall() if account.pw_uid == uid]


def free_uid(name: str) -> int:
    """A number for a system user: that of what it has left in /var/lib or /var/cache, or the
    highest below 1000 that nobody has."""
    taken = {account.pw_uid for account in pwd.getpwall()}
    for folder in ("/var/lib", "/var/cache"):
        with contextlib.suppress(OSError):
            owner = os.lstat(os.path.join(folder, name)).st_uid
            if owner not in taken:
                return owner
    return next(uid for uid in range(999, 99, -1) if uid not in taken)


def key_patterns(path: str = SSHD) -> str:
    """What sshd takes for the files with the keys of a user, as AuthorizedKeysFile has it."""
    return next(_keys_files(path), KEY_FILES)


def _keys_files(path: str) -> Iterator[str]:
    """The values of AuthorizedKeysFile outside of Match, of which sshd takes the first."""
    texts: list[str] = []
    with contextlib.suppress(OSError):
        with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
            texts = stream.readlines()
    for text in texts:
        key, _space, value = re.sub(r"[\s=]+", " ", text.strip(), count=1).partition(" ")
        if key.lower() == "match":
            return
        if key.lower() == "include":
            for pattern in shlex.split(value):
                for each in sorted(glob.glob(os.path.join(os.path.dirname(path), pattern))):
                    yield from _keys_files(each)
        if key.lower() == "authorizedkeysfile":
            yield value.strip()


def key_files(account: pwd.struct_passwd, patterns: str) -> list[str]:
    """The files that are there and have keys with which somebody may log in as a user."""
    found = []
    for pattern in patterns.split():
        path = re.sub(
            r"%(.)",
            lambda match: {
                "h": account.pw_dir, "u": account.pw_name, "U": str(account.pw_uid), "%": "%"
            }.get(match[1], match[0]),
            pattern,
        )  # fmt: skip
        path = os.path.normpath(os.path.join(account.pw_dir, path))
        if pattern != "none" and has_lines(path):
            found.append(path)
    return found


def has_lines(path: str) -> bool:
    """Whether a file has a line that is no comment, or is none that root would read."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return True
        with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
            return any(line.strip() and line.lstrip()[0] != "#" for line in stream)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def jobs(account: pwd.struct_passwd) -> list[str]:
    """The crontab and the jobs of at that run as a user."""
    path = os.path.join(CRONTABS, account.pw_name)
    found = [path] if has_lines(path) else []
    with contextlib.suppress(OSError), os.scandir(AT_JOBS) as entries:
        for entry in entries:
            is_own = entry.stat(follow_symlinks=False).st_uid == account.pw_uid
            if is_own and fnmatch.fnmatch(entry.name, "[a-z=]?????????????"):
                found.append(entry.path)
    return sorted(found)


def lingers(name: str) -> bool:
    """Whether the user's own units run without a login."""
    return os.path.exists(os.path.join(LINGER, name))


def removal(path: str) -> str:
    """The command that removes a file in a place that may be a user's own: no link is followed."""
    folder, name = os.path.split(path)
    if os.path.islink(folder):
        return f"rm {shlex.quote(folder)}"
    return f"find {shlex.quote(folder)} -maxdepth 1 -name {shlex.quote(name)} ! -type d -delete"
