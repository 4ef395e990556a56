# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual environment built by a user who may do nothing else, and taken over by root.

pip executes the code of every package that has no wheel, and of the application. All of it runs
as the build user, on a copy of the source; root then copies what was made, file by file, so that
nothing which that user may still hold open becomes a part of what the service runs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import pwd
import re
import shutil
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    build_user,
    lock_file,
    missing_packages,
    pip_failure,
    pip_record,
    python_project,
    requirement,
    sealed_tree,
    url_credentials,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.build_user import (
    BuildError,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._host.readings import Host

# What a host's own environment may say of its network and of pip.
INHERITED = re.compile(rf"{build_user.NETWORK.pattern}|PIP_\w+", re.IGNORECASE)
# What pip keeps in its cache.
CACHED = {"http", "http-v2", "wheels", "selfcheck", "CACHEDIR.TAG"}
LINES = 25


class Build(NamedTuple):
    """account: the build user; source: the release; directory: the application in it; path: the
    environment, in the release; workspace: root's, where the build user has its places."""

    account: pwd.struct_passwd
    source: str
    directory: str
    path: str
    workspace: str
    requirements: str
    packages: list[str]
    unwanted: list[str]
    clear: bool


def install(build: Build, variables: Mapping[str, str]) -> None:
    """Build the environment, or change a copy of it, and put it in place. Raises BuildError."""
    os.umask(0o022)
    build_user.end_processes(build.account.pw_uid)
    shutil.rmtree(build.workspace, ignore_errors=True)
    netrc = os.path.join("/run", f"{build.account.pw_name}.netrc")
    try:
        _prepare(build)
        environment = _environment(build, variables, netrc)
        _run_pip(build, environment, masking.secrets_of(variables))
        build_user.end_processes(build.account.pw_uid)
        made = _copy_of(build, build.path)
        fresh = os.path.join(build.workspace, "new")
        take_over(made, fresh, build.account.pw_uid, (_tree(build), build.source))
        sealed_tree.note(fresh)
        _put(fresh, build)
    finally:
        build_user.end_processes(build.account.pw_uid)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(netrc)
        shutil.rmtree(build.workspace, ignore_errors=True)


def _tree(build: Build) -> str:
    return os.path.join(build.workspace, "tree")


def _copy_of(build: Build, path: str) -> str:
    """Where something of the release is in the build user's copy."""
    return os.path.normpath(os.path.join(_tree(build), os.path.relpath(path, build.source)))


def _prepare(build: Build) -> None:
    """The build user's places, with copies of the source and of an environment to change."""
    build_user.make_places(build.workspace)
    build_user.copy_source(build.source, _tree(build))
    if not build.clear and os.path.isdir(build.path):
        places = (build.source, _tree(build))
        build_user.copy_environment(build.path, _copy_of(build, build.path), places)
    build_user.give_places(build.workspace, build.account)


def _environment(build: Build, variables: Mapping[str, str], netrc: str) -> dict[str, str]:
    """The environment of the build: the credentials of addresses are in a file of its user."""
    given, credentials = url_credentials.to_netrc({**build_user.inherited(INHERITED), **variables})
    proxy = given.pop("PIP_PROXY", None)
    if proxy:
        # pip would hand its own setting on as an argument.
        given = {"http_proxy": proxy, "https_proxy": proxy, **given}
    cache = given.setdefault("PIP_CACHE_DIR", f"/var/cache/{build.account.pw_name}")
    _own_cache(cache, build.account)
    if credentials:
        with open(netrc, "w", encoding="utf-8", opener=build_user.private) as stream:
            os.fchown(stream.fileno(), build.account.pw_uid, build.account.pw_gid)
            stream.write(credentials)
        given.setdefault("NETRC", netrc)
    lent = build_user.lend_files(build.workspace, build.account, given)
    return {**build_user.environment(build.workspace), **lent}


def _own_cache(path: str, owner: pwd.struct_passwd) -> None:
    """Make a folder in which nothing is but pip's cache the build user's."""
    if not os.path.isabs(path) or os.path.islink(path):
        return
    os.makedirs(path, mode=0o755, exist_ok=True)
    if os.stat(path).st_uid != owner.pw_uid and set(os.listdir(path)) <= CACHED:
        build_user.give(path, owner)


def _run_pip(build: Build, environment: Mapping[str, str], secrets: Collection[str]) -> None:
    def run(*command: str) -> str:
        return _run(build, command, environment, secrets)

    made = _copy_of(build, build.path)
    quiet = ["--disable-pip-version-check", "--no-input"]
    pip = [os.path.join(made, "bin", "python"), "-m", "pip"]
    install = [*pip, "install", "--progress-bar=off", *quiet]
    found = _wanted(build)
    if build.clear or not os.path.isdir(build.path):
        run("python3", "-m", "venv", "--clear", made)
    if build.unwanted:
        run(*pip, "uninstall", "--yes", *quiet, *build.unwanted)
    steps = _steps(build, found)
    packages = python_project.beside(build.packages, found)
    if not found.contents.has_hashes:
        _run_as_before(build, run, [*install, *packages, *steps[0]])
        return
    # Where one package has a digest, pip takes none without: what has none comes behind it, and
    # changes nothing that is there.
    for step in steps:
        run(*install, *step)
    if packages:
        there = run(*pip, "list", "--format=freeze", *quiet)
        run(
            *install,
            "--constraint",
            build_user.lend_text(build.workspace, build.account, "there.txt", there),
            *packages,
        )


def _run_as_before(build: Build, run: Callable[..., str], install: Sequence[str]) -> None:
    """Install with the versions with which the environment was made that is made anew: it brings
    back what was there, and no newer ones. Where that is not possible any more, without."""
    is_known = build.clear and not os.path.islink(build.path)
    noted = sealed_tree.noted(build.path) if is_known else None
    before = pip_record.named_versions((noted or {}).keys())
    if before:
        text = "\n".join(f"{name}=={version}" for name, version in sorted(before.items()))
        with contextlib.suppress(BuildError):
            run(
                *install,
                "--constraint",
                build_user.lend_text(build.workspace, build.account, "before.txt", text),
            )
            return
    run(*install)


def _wanted(build: Build) -> python_project.Installation:
    """What the application asks for."""
    try:
        found = python_project.installation(_copy_of(build, build.directory), build.requirements)
        _require_python(found.python)
    except python_project.ProjectError as exc:
        raise BuildError(str(exc).replace(_tree(build), build.source)) from exc
    return found


def _steps(build: Build, found: python_project.Installation) -> list[list[str]]:
    """pip's arguments, one list for each time that it runs."""
    if found.locked:
        return _locked_steps(build, found, found.locked)
    if found.is_built:
        return [["."]]
    path = found.file or build_user.lend_text(
        build.workspace, build.account, "needed.txt", "\n".join(found.contents.texts)
    )
    return [["--requirement", path]]


def _locked_steps(
    build: Build, found: python_project.Installation, locked: lock_file.Locked
) -> list[list[str]]:
    """What a lock has, of which nothing is resolved: first what has a digest."""
    lines = [f"--extra-index-url {url}" for url in locked.indexes]
    lines += [" --hash=".join([pin.text, *pin.digests]) for pin in locked.pins]
    steps = [
        [
            "--no-deps",
            "--requirement",
            build_user.lend_text(build.workspace, build.account, "locked.txt", "\n".join(lines)),
        ]
    ]
    if locked.places or found.is_built:
        text = "\n".join([*locked.places, *(["."] if found.is_built else [])])
        steps.append(
            [
                "--no-deps",
                "--requirement",
                build_user.lend_text(build.workspace, build.account, "places.txt", text),
            ]
        )
    return steps


def _require_python(text: str) -> None:
    """That the project allows this Python, where pip does not look at it."""
    version = platform.python_version()
    try:
        is_allowed = requirement.Requirement(f"python {text}").accepts(version)
    except requirement.RequirementError as exc:
        raise BuildError(f"requires-python is {text}: {exc}") from exc
    if not is_allowed:
        raise BuildError(
            f"the project requires Python {text}, and this host has {version}; allow it there and"
            " lock anew (app_requirements), or take a release of Debian that has another"
        )


def _run(
    build: Build, command: Sequence[str], environment: Mapping[str, str], secrets: Collection[str]
) -> str:
    """Run a program as the build user; what it said. Raises BuildError."""
    code, text = _call(build, command, environment)
    if code:
        advice = missing_packages.advice(text, Host().package) or _cause(
            build, command, environment, text
        )
        what = "pip" if "pip" in command else "python3 -m venv"
        tail = "\n".join(text.strip().splitlines()[-LINES:])
        told = f"{advice and advice + chr(10)}{what} ended with {code}: {tail}"
        raise BuildError(masking.mask(told.replace(_tree(build), build.source), secrets))
    return text


def _call(build: Build, command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """(how a program of the build user ended, what it said)"""
    folder = _copy_of(build, build.directory)
    return build_user.call(build.account, command, environment, folder)


def _cause(build: Build, command: Sequence[str], environment: Mapping[str, str], text: str) -> str:
    """Why pip failed and what to do; it is asked once more for the files that it passed over."""
    sought = pip_failure.sought(text)
    passed_over = ""
    if sought:
        folder = os.path.join(build.workspace, "tmp", "sought")
        question = [
            *command[:3],
            "download",
            "--no-deps",
            "--no-input",
            "-vv",
            "-d",
            folder,
            sought,
        ]
        passed_over = _call(build, question, environment)[1]
    return pip_failure.explain(text, platform.python_version(), passed_over)


def take_over(made: str, fresh: str, uid: int, places: tuple[str, str]) -> None:
    """Copy what the build user has made, as root's; refuse what has no place in an environment.

    places is (where it was made, where it will be). Raises BuildError.
    """
    os.mkdir(fresh, 0o755)
    for folder, subfolders, files in os.walk(made):
        for name in subfolders + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, made)
            copy = os.path.join(fresh, relative)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                os.symlink(_target(path, relative, made), copy)
            elif stat.S_ISDIR(status.st_mode):
                os.mkdir(copy, 0o755)
            elif stat.S_ISREG(status.st_mode) and status.st_uid == uid:
                build_user.copy_file(path, copy, relative, uid, _written(relative, places))
            else:
                raise BuildError(f"the build made {relative}, which is no file of its own")


def _target(path: str, relative: str, made: str) -> str:
    """Where a link leads; it may to a file beside it, and from bin/ to the system's Python."""
    beside = build_user.beside(path, made)
    if beside is not None:
        return beside
    target = os.readlink(path)
    place = os.path.normpath(os.path.join(os.path.dirname(path), target))
    found = os.stat(place) if os.path.isfile(place) else None
    is_python = re.fullmatch(r"bin/python[\d.]*", relative)
    if is_python and found and found.st_uid == 0 and not found.st_mode & 0o022:
        return target
    raise BuildError(f"the build made the link {relative} to {target}, outside of the environment")


def _written(relative: str, places: tuple[str, str]) -> Callable[[bytes], bytes]:
    """What a file of an environment has where it will be."""

    def written(content: bytes) -> bytes:
        is_placed = build_user.is_placed(relative)
        return content.replace(places[0].encode(), places[1].encode()) if is_placed else content

    return written


def _put(fresh: str, build: Build) -> None:
    """Put the new environment in the place of the old one."""
    if os.path.lexists(build.path):
        try:
            os.rename(build.path, os.path.join(build.workspace, "old"))
        except OSError as exc:
            if exc.errno != errno.EXDEV:
                raise
            # An overlay cannot rename a folder of a layer below, as in an image of a host.
            shutil.rmtree(build.path)
    os.rename(fresh, build.path)
