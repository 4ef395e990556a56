# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that make a part of a release of its source, such as assets, run by the build user.

They run on a copy, of which root takes over what they have made; where one fails, nothing of it is
kept, and the next time all run again. What was made is recorded in the release, so that nothing is
made twice.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    build_user,
    commands,
    missing_packages,
    sealed_release,
    sealed_tree,
    shared_places,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.build_user import (
    BuildError,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._host.readings import Host
from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

# What of a build's copy is not made by its commands.
NOT_MADE = {sealed_release.VIRTUALENV, sealed_release.REPOSITORY}
# What a virtual environment is told, and no .env file is read, as by the service.
FIXED = {"FLASK_SKIP_DOTENV": "1", "PYTHONDONTWRITEBYTECODE": "1"}
REMEDY = (
    "Correct the command (app_build), the variables that it has (app_build_environment), or declare"
    " the Debian packages that it needs (app_build_packages), and run flaskops.stack.site."
)


class Build(NamedTuple):
    """account: the build user; root: the release; directory: the application in it; workspace:
    root's, where the build user has its places; shared: paths that are links elsewhere."""

    account: pwd.struct_passwd
    root: str
    directory: str
    workspace: str
    commands: list[list[str]]
    shared: list[str]


class Record(NamedTuple):
    """commands: those that have run; added and changed: {path: SHA-256} of what they made that the
    source does not have, or has otherwise; removed: what of the source they removed."""

    commands: list[list[str]]
    added: dict[str, str]
    changed: dict[str, str]
    removed: list[str]


NOTHING = Record([], {}, {}, [])


def recorded(root: str) -> Record:
    """What was built in a release; NOTHING where nothing was, or that is not known."""
    try:
        path = os.path.join(root, sealed_release.BUILT)
        with open(path, encoding="utf-8", opener=regular_file.opener) as stream:
            return Record(**json.load(stream))
    except (OSError, ValueError, TypeError):
        return NOTHING


def is_done(root: str, commands: Sequence[Sequence[str]], record: Record) -> bool:
    """Whether all that the commands make of a release is there."""
    if record.commands != list(map(list, commands)):
        return False
    if any(os.path.lexists(os.path.join(root, path)) for path in record.removed):
        return False
    return all(_digest(root, p) == d for p, d in {**record.added, **record.changed}.items())


def _digest(root: str, path: str) -> str:
    """The digest of what is at a relative path; "" where neither a file nor a link is."""
    try:
        status = os.lstat(os.path.join(root, path))
        return sealed_tree.digests(root, {path: status}).get(path, "")
    except OSError:
        return ""


def run(build: Build, variables: Mapping[str, str], settings: tuple[str, str] = ("", "")) -> bool:
    """Run the commands, unless they have; returns whether anything was done. Raises BuildError.

    variables are those of the commands, besides what the host says of its network; settings is (the
    variable that names a settings file, the text of that file).
    """
    before = recorded(build.root)
    if is_done(build.root, build.commands, before):
        return False
    os.umask(0o022)
    uid = build.account.pw_uid
    build_user.end_processes(uid)
    shutil.rmtree(build.workspace, ignore_errors=True)
    try:
        fresh = _prepare(build, before)
        environment = _environment(build, variables, settings)
        for command in build.commands:
            _run(build, command, environment, _secrets(build, variables, settings[1]))
        build_user.end_processes(uid)
        made = _collect(build, fresh)
        record = _made(build, fresh, made, before)
        # Known before any of it is there, so that a run that is killed leaves nothing unknown.
        begun = Record([], {**before.added, **record.added}, record.changed, record.removed)
        _write(build, begun)
        _put(build, fresh, made)
        _write(build, record)
    finally:
        build_user.end_processes(uid)
        shutil.rmtree(build.workspace, ignore_errors=True)
    return True


def _write(build: Build, record: Record) -> None:
    content = json.dumps(record._asdict(), sort_keys=True).encode()
    sealed_tree.write(os.path.join(build.root, sealed_release.BUILT), content)


def _tree(build: Build) -> str:
    return os.path.join(build.workspace, "tree")


def _prepare(build: Build, before: Record) -> str:
    """The build user's places, with copies of the source, without what a build has made of it, and
    of the virtual environment. Returns the path where root collects what is made."""
    build_user.make_places(build.workspace)
    left_out = {*before.added, *build.shared}
    build_user.copy_source(build.root, _tree(build), left_out)
    virtualenv = os.path.join(build.root, sealed_release.VIRTUALENV)
    if os.path.isdir(virtualenv):
        copy = os.path.join(_tree(build), sealed_release.VIRTUALENV)
        build_user.copy_environment(virtualenv, copy, (build.root, _tree(build)))
    build_user.give_places(build.workspace, build.account)
    return os.path.join(build.workspace, "new")


def _environment(
    build: Build, variables: Mapping[str, str], settings: tuple[str, str]
) -> dict[str, str]:
    virtualenv = os.path.join(_tree(build), sealed_release.VIRTUALENV)
    base = build_user.environment(build.workspace)
    given = {**FIXED, **build_user.inherited(build_user.NETWORK), **variables}
    if settings[0]:
        given[settings[0]] = build_user.lend_text(
            build.workspace, build.account, "settings", settings[1]
        )
    return {
        **base,
        "PATH": f"{virtualenv}/bin:{base['PATH']}",
        "VIRTUAL_ENV": virtualenv,
        **build_user.lend_files(build.workspace, build.account, given),
    }


def _secrets(build: Build, variables: Mapping[str, str], text: str) -> set[str]:
    """The texts that are not to be seen, in variables and in the text of a settings file."""
    public = masking.public_words(variables, build.account.pw_name, build.root)
    return masking.secrets_of(variables, public) | masking.secrets_of_settings(text, public)


def _run(
    build: Build, command: Sequence[str], environment: Mapping[str, str], secrets: Collection[str]
) -> None:
    folder = os.path.join(_tree(build), os.path.relpath(build.directory, build.root))
    try:
        code, text = build_user.call(build.account, command, environment, os.path.normpath(folder))
    except FileNotFoundError:
        code, text = 127, f"{command[0]}: command not found"
    except PermissionError:
        code, text = 126, f"{command[0]}: may not be executed"
    if code:
        told = refusal(command, code, text, Host().package).replace(_tree(build), build.root)
        raise BuildError(masking.mask(told, secrets))


def refusal(
    command: Sequence[str], code: int, text: str, is_installed: Callable[[str], object]
) -> str:
    """What to say of a command that failed; is_installed tells of a Debian package whether the host
    has it."""
    first, *more = commands.failed(command, code, text)
    advice = missing_packages.advice(text, is_installed, "app_build_packages")
    return "\n".join([f"app_build: {first}", *more, advice or REMEDY])


def _collect(build: Build, fresh: str) -> sealed_tree.Entries:
    """Copy what is in the build user's copy of the source to a folder of root's; returns what that
    is. Raises BuildError on what has no place in a release."""
    tree, uid = _tree(build), build.account.pw_uid

    def written(content: bytes) -> bytes:
        # A text may have the place in it where it was made.
        is_text = b"\0" not in content
        return content.replace(tree.encode(), build.root.encode()) if is_text else content

    os.mkdir(fresh, 0o755)
    made = shared_places.without(sealed_tree.entries(tree, NOT_MADE), build.shared)
    made.pop(".")
    for path in sorted(made):
        status, copy = made[path], os.path.join(fresh, path)
        if stat.S_ISDIR(status.st_mode):
            os.mkdir(copy, 0o755)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(_target(tree, path), copy)
        elif stat.S_ISREG(status.st_mode) and status.st_uid == uid:
            build_user.copy_file(os.path.join(tree, path), copy, path, uid, written)
        else:
            raise BuildError(f"app_build made {path}, which is no file of its own")
    return made


def _target(tree: str, path: str) -> str:
    """Where a link leads, which may be to what is beside it."""
    leads = build_user.beside(os.path.join(tree, path), tree)
    if leads is None:
        to = os.readlink(os.path.join(tree, path))
        raise BuildError(f"app_build made the link {path} to {to}, outside of the release")
    return leads


def _there(build: Build) -> sealed_tree.Entries:
    """What of the release is its source, or was built."""
    found = sealed_tree.entries(build.root, sealed_release.OURS)
    return shared_places.without(found, build.shared)


def _made(build: Build, fresh: str, made: Collection[str], before: Record) -> Record:
    """What the commands have made, of what is in their copy now."""
    digests = sealed_tree.digests(build.root, _there(build))
    source = {path: digest for path, digest in digests.items() if path not in before.added}
    found = sealed_tree.digests(fresh, {p: os.lstat(os.path.join(fresh, p)) for p in made})
    return Record(
        build.commands,
        {path: digest for path, digest in found.items() if path not in source},
        {path: digest for path, digest in found.items() if source.get(path, digest) != digest},
        sorted(source.keys() - found.keys()),
    )


def _put(build: Build, fresh: str, made: Collection[str]) -> None:
    """Have the release be what is in the copy, file by file."""
    there = _there(build)
    for path in sorted(there.keys() - set(made) - {"."}):
        if not stat.S_ISDIR(there[path].st_mode):
            os.unlink(os.path.join(build.root, path))
    for path in sorted(made):
        _place(os.path.join(fresh, path), os.path.join(build.root, path))


def _place(path: str, place: str) -> None:
    """Put a folder, or a file or link that is another one, in its place."""
    is_folder = os.path.isdir(place) and not os.path.islink(place)
    if os.path.isdir(path) and not os.path.islink(path):
        if os.path.lexists(place) and not is_folder:
            os.unlink(place)
        os.makedirs(place, mode=0o755, exist_ok=True)
        return
    if is_folder:
        shutil.rmtree(place)
    elif os.path.lexists(place) and _digest(*os.path.split(path)) == _digest(*os.path.split(place)):
        return
    os.replace(path, place)
