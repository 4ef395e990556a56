# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user who builds, and may do nothing else: its processes, its places, what it may read.

What it runs is the code of packages and of the application. Root hands it copies, and copies what
it has made, file by file, so that nothing which that user may still hold open becomes a part of
what the service runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    as_user,
    sealed_release,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import process

# What a host's own environment may say of its network.
NETWORK = re.compile(
    r"((https?|ftp|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)", re.IGNORECASE
)
# What is in a release and not of its source; some packages read their version from the repository.
LEFT_OUT = sealed_release.OURS - {sealed_release.REPOSITORY}
# What names the place of an environment or of a source, besides the programs.
PLACED = re.compile(r"pyvenv\.cfg|.*\.(pth|egg-link)|.*/direct_url\.json|.*/__editable__\w*\.py")
NO_NEW_PRIVILEGES = 38  # linux/prctl.h


class BuildError(Exception):
    """Why nothing was built; secrets are masked."""


def account(name: str) -> pwd.struct_passwd:
    """The build user, as pwd has it."""
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise BuildError(f"there is no system user {name}") from None
    if found.pw_uid == 0:
        raise BuildError("root must not run the code of packages; name another user")
    return found


def end_processes(uid: int) -> None:
    """End every process of a user, also those that have become somebody else in part."""
    for _attempt in range(100):
        running = [
            pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_of(pid, uid)
        ]
        if not running:
            return
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    raise BuildError(f"processes of the build user do not end: {running}")


def _is_of(pid: int, uid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except (FileNotFoundError, ProcessLookupError):
        return False
    ids = " ".join(re.findall(r"^Uid:\s+(.*)$", text, re.MULTILINE)).split()
    return str(uid) in ids and not re.search(r"^State:\s+[ZX]", text, re.MULTILINE)


def make_places(workspace: str) -> None:
    """Make a folder of root's with places for the build user; give_places() gives them to it."""
    os.mkdir(workspace, 0o711)
    for name in ("home", "tmp"):
        os.mkdir(os.path.join(workspace, name), 0o700)


def give_places(workspace: str, owner: pwd.struct_passwd) -> None:
    """Make the places in a workspace the build user's, with the tree that was copied to it."""
    for name in ("home", "tmp", "tree"):
        give(os.path.join(workspace, name), owner)


def copy_source(source: str, tree: str, left_out: Collection[str] = ()) -> None:
    """Copy a release, without what is not of its source, and what left_out names in it."""
    shutil.copytree(source, tree, symlinks=True, ignore=_left_out(source, left_out))


def _left_out(source: str, paths: Collection[str]) -> Callable[[str, list[str]], Collection[str]]:
    """What is no part of the source, and the configuration of a repository, which may have a token
    that an older version of this collection has left there."""
    out = LEFT_OUT | {*paths}

    def ignore(folder: str, names: list[str]) -> Collection[str]:
        if os.path.basename(folder) == sealed_release.REPOSITORY:
            return {"config"} & set(names)
        here = os.path.relpath(folder, source)
        return {name for name in names if os.path.normpath(f"{here}/{name}") in out}

    return ignore


def copy_environment(path: str, copy: str, places: tuple[str, str]) -> None:
    """Copy a virtual environment to another place; places is (where its release is, its copy)."""
    shutil.copytree(path, copy, symlinks=True)
    for folder, _subfolders, files in os.walk(copy):
        for name in files:
            file = os.path.join(folder, name)
            if not os.path.islink(file) and is_placed(os.path.relpath(file, copy)):
                _write(file, _read(file).replace(places[0].encode(), places[1].encode()))


def is_placed(relative: str) -> bool:
    """Whether a file of a virtual environment has the place of it, or of a source, in its text."""
    return relative.startswith("bin/") or PLACED.fullmatch(relative) is not None


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)


def give(root: str, owner: pwd.struct_passwd) -> None:
    """Make a folder and all in it a user's, without following a link."""
    os.chown(root, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    for _folder, subfolders, files, descriptor in os.fwalk(root):
        for name in subfolders + files:
            os.chown(name, owner.pw_uid, owner.pw_gid, dir_fd=descriptor, follow_symlinks=False)


def environment(workspace: str) -> dict[str, str]:
    """The variables with which every program of the build user starts."""
    return {
        "HOME": os.path.join(workspace, "home"),
        "TMPDIR": os.path.join(workspace, "tmp"),
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }


def inherited(names: re.Pattern[str]) -> dict[str, str]:
    """What of the host's own environment is for the build; all else of it is not."""
    return {name: value for name, value in os.environ.items() if names.fullmatch(name)}


def lend_files(
    workspace: str, owner: pwd.struct_passwd, variables: Mapping[str, str]
) -> dict[str, str]:
    """The variables, with copies of the files in them that the build user cannot read."""
    named = [
        value for value in variables.values() if value.startswith("/") and os.path.isfile(value)
    ]
    lent: dict[str, str] = {}
    for number, path in enumerate(as_user.call(owner, _unreadable, sorted(set(named)))):
        lent[path] = os.path.join(workspace, "home", f"lent-{number}")
        shutil.copyfile(path, lent[path])
        os.chown(lent[path], owner.pw_uid, owner.pw_gid)
        os.chmod(lent[path], 0o400)
    return {name: lent.get(value, value) for name, value in variables.items()}


def _unreadable(paths: list[str]) -> list[str]:
    return [path for path in paths if not os.access(path, os.R_OK)]


def lend_text(workspace: str, owner: pwd.struct_passwd, name: str, text: str) -> str:
    """The path of a file for the build user; what is in it is in no argument of a process."""
    path = os.path.join(workspace, "home", name)
    with open(path, "w", encoding="utf-8", opener=private) as stream:
        os.fchown(stream.fileno(), owner.pw_uid, owner.pw_gid)
        stream.write(text + "\n")
    return path


def private(path: str, _flags: int) -> int:
    """An opener of a new file that nobody but its owner reads."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def call(
    owner: pwd.struct_passwd, command: Sequence[str], variables: Mapping[str, str], folder: str
) -> tuple[int, str]:
    """(how a program of the build user ended, what it said). Raises OSError where it cannot be
    started."""
    # Into a file, because a process that stays behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        code = process.call(
            command, stdout=output, stderr=subprocess.STDOUT,
            cwd=folder, env=variables, umask=0o022,
            user=owner.pw_uid, group=owner.pw_gid, extra_groups=[],
            start_new_session=True, preexec_fn=_renounce,
        )  # fmt: skip
        output.seek(0)
        return code, output.read().decode("utf-8", "replace")


def _renounce() -> None:
    """No program that the build starts becomes another user."""
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def beside(path: str, made: str) -> str | None:
    """Where a link leads that is in the folder made; None where that is outside of it."""
    leads = os.readlink(path)
    place = os.path.normpath(os.path.join(os.path.dirname(path), leads))
    is_inside = not os.path.isabs(leads) and (place + "/").startswith(made + "/")
    return leads if is_inside else None


def copy_file(
    path: str, copy: str, relative: str, uid: int, written: Callable[[bytes], bytes]
) -> None:
    """Copy a file of the build user's as root's own; written gives the content that it has then.
    Raises BuildError where it is not what it was."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != uid:
            raise BuildError(f"{relative} was exchanged while it was read")
        content = written(stream.read())
    with open(copy, "xb") as stream:
        stream.write(content)
        # Neither setuid nor setgid, and nobody else's to write.
        os.fchmod(stream.fileno(), 0o755 if status.st_mode & 0o100 else 0o644)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
