# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files without which a server runs on until somebody restarts it, and does not start again.

The rules for a private key are those of check_ssl_key_file_permissions() in
src/backend/libpq/be-secure-common.c.
"""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

# The settings that name what a server of TLS reads.
CERTIFICATES = ("ssl_cert_file", "ssl_key_file", "ssl_ca_file", "ssl_crl_file")
KEY = "ssl_key_file"
# Beside postgresql.conf, where no server can be asked.
USUAL = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")
GONE = "not there"
ROOT = 0


class Fault(NamedTuple):
    """What is wrong with a file, and a command for root's shell, or a sentence, that mends it."""

    path: str
    text: str
    remedy: str


def named(settings: Mapping[str, Mapping[str, Any]], places: Iterable[str]) -> dict[str, str]:
    """{path: the setting that names it, or ""} of the files that a running server starts with."""

    def value(name: str) -> str:
        return settings.get(name, {}).get("value") or ""

    found = dict.fromkeys(filter(None, places), "")
    if value("ssl") == "on":
        certificates = {value(name): name for name in CERTIFICATES if value(name)}
        folder = value("data_directory")
        found.update({os.path.join(folder, path): name for path, name in certificates.items()})
    return found


def faults(files: Mapping[str, str], user: str) -> Iterator[Fault]:
    """The Faults of files as named() has them, for a server that runs as this system user."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return
    groups = os.getgrouplist(user, account.pw_gid)
    for path, setting in sorted(files.items()):
        quoted = shlex.quote(path)
        try:
            info = os.stat(path)
        except PermissionError:
            # Not for us to see.
            continue
        except OSError:
            yield Fault(path, GONE, _put_back(path, user))
            continue
        if not stat.S_ISREG(info.st_mode):
            yield Fault(path, "not a file", f"Move {path} away, and put back what was there.")
        elif setting == KEY and _is_open(info):
            # Debian's own is root's, and its group's to read.
            mode = "0640" if info.st_uid == ROOT else "0600"
            yield Fault(path, "a key that others may read", f"chmod {mode} {quoted}")
        elif not _reads(info, account.pw_uid, groups):
            given = f"chown {user}: {quoted} && chmod u+r {quoted}"
            yield Fault(path, f"nothing that {user} may read", given)


def _put_back(path: str, user: str) -> str:
    if os.path.basename(path) == "pg_ident.conf":
        return f"install -o {user} -g {user} -m 0640 /dev/null {shlex.quote(path)}"
    return f"Put back {path}, for {user} to read."


def _is_open(info: os.stat_result) -> bool:
    """Whether PostgreSQL refuses a key: root's may be read by a group."""
    others = stat.S_IWGRP | stat.S_IXGRP if info.st_uid == ROOT else stat.S_IRWXG
    return bool(info.st_mode & (others | stat.S_IRWXO))


def _reads(info: os.stat_result, uid: int, groups: Iterable[int]) -> bool:
    if info.st_uid == uid:
        return bool(info.st_mode & stat.S_IRUSR)
    if info.st_gid in groups:
        return bool(info.st_mode & stat.S_IRGRP)
    return bool(info.st_mode & stat.S_IROTH)
