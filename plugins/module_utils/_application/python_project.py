# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pip is to install for an application, by the files in its folder; or why that is unknown.

What other tools have locked is installed as they have locked it, or not at all: nothing is guessed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    lock_file,
    requirements_file,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.requirement import (
    RequirementError,
    normal,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

DEFAULT = "requirements.txt"
PROJECT = "pyproject.toml"
BUILT = ("setup.py", "setup.cfg")
# What makes a lock that can be read, or a requirements file of what cannot; the first that is there
# counts.
LOCKS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pylock.toml": "pip lock",
    "Pipfile.lock": "pipenv lock",
    "pdm.lock": "pdm export --prod --output requirements.txt",
    "Pipfile": "pipenv lock",
}
# Packages of the same modules: who installs both has the files of the later one.
TWINS = {"psycopg2-binary": "psycopg2", "psycopg2": "psycopg2-binary"}
# The name with which a requirement begins.
NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


class Installation(NamedTuple):
    """file: the requirements file, or None; is_built: whether the folder itself is installed;
    contents: what the file or the project says; python: the versions of Python that the project
    allows; locked: what a lock has, of which nothing is resolved; names: of all that the files ask
    for by name, normalised."""

    file: str | None
    is_built: bool
    contents: requirements_file.Contents
    python: str
    locked: lock_file.Locked | None = None
    names: frozenset[str] = frozenset()


BUILT_ALONE = Installation(None, True, requirements_file.Contents([], False, True, False), "")


class ProjectError(ValueError):
    """What is wrong with the files, and what to do."""


def installation(directory: str, requirements: str = DEFAULT) -> Installation:
    """What to install for the application in a folder; raises ProjectError."""
    path = os.path.normpath(os.path.join(directory, requirements))
    try:
        if os.path.basename(path) in (PROJECT, *BUILT):
            return _project(directory)
        if os.path.basename(path) in LOCKS:
            return _locked(directory, path)
        if os.path.exists(path):
            return _installation(path, requirements_file.read(path), "")
        if requirements != DEFAULT:
            raise ProjectError(f"app_requirements is {requirements}, and there is no {path}.")
        for name in LOCKS:
            if os.path.exists(os.path.join(directory, name)):
                return _locked(directory, os.path.join(directory, name))
        return _project(directory)
    except requirements_file.RequirementsError as exc:
        raise ProjectError(f"{exc}.") from exc


def beside(packages: Iterable[str], found: Installation) -> list[str]:
    """Those of app_packages that are installed: not the one of which the application has a twin,
    whose files it would write over."""
    return [text for text in packages if TWINS.get(_name(text)) not in found.names]


def _installation(
    path: str | None, contents: requirements_file.Contents, python: str
) -> Installation:
    names = frozenset(map(_name, contents.texts))
    return Installation(path, False, contents, python, None, names)


def _name(text: str) -> str:
    """The normalised name in a requirement; "" where there is none."""
    found = NAME.match(text)
    return normal(found[1]) if found else ""


def _locked(directory: str, path: str) -> Installation:
    """What a lock says; raises ProjectError where it is not known, or older than the project."""
    name = os.path.basename(path)
    if name not in lock_file.READERS:
        raise ProjectError(
            f"{directory} has {name}, which pip cannot read, and no {DEFAULT} (app_requirements)."
            f' In that folder, run "{LOCKS[name]}".{_without_lock(directory)}'
        )
    project = _optional(directory, PROJECT)
    try:
        locked = lock_file.read(name, _parsed(path))
    except (lock_file.LockError, RequirementError) as exc:
        raise ProjectError(f"{path} {exc}.{_without_lock(directory)}") from exc
    asked = _asked(_optional(directory, "Pipfile") if name == "Pipfile.lock" else project)
    forgotten = ", ".join(sorted(asked - locked.names))
    if forgotten:
        raise ProjectError(
            f"{path} has no {forgotten}, which the application asks for since; in that folder, run"
            f' "{LOCKS[name]}".'
        )
    is_built = locked.is_built or (name == "poetry.lock" and _is_package(directory, project))
    texts = [pin.text for pin in locked.pins if " @ " not in pin.text]
    names_all = not is_built and not locked.places and len(texts) == len(locked.pins)
    contents = requirements_file.Contents(texts, names_all, True, True)
    return Installation(None, is_built, contents, locked.python, locked, locked.names)


def _optional(directory: str, name: str) -> dict[str, Any]:
    path = os.path.join(directory, name)
    return _parsed(path) if os.path.exists(path) else {}


def _asked(data: Mapping[str, Any]) -> set[str]:
    """The normalised names of what a pyproject.toml or a Pipfile asks for."""
    texts = data.get("project", {}).get("dependencies", [])
    poetrys = data.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return {_name(text) for text in (*texts, *poetrys, *data.get("packages", {}))} - {"python"}


def _without_lock(directory: str) -> str:
    if not os.path.exists(os.path.join(directory, PROJECT)):
        return ""
    return f" Or declare app_requirements: {PROJECT} for whatever versions that file allows."


def _project(directory: str) -> Installation:
    """The project itself, or what it depends on where it has no way to be built."""
    path = os.path.join(directory, PROJECT)
    if not os.path.exists(path):
        if _has_setup(directory):
            return BUILT_ALONE
        raise ProjectError(
            f"{directory} has neither {DEFAULT} (app_requirements) nor {PROJECT}; write one, which"
            " names the packages that the application needs."
        )
    data = _parsed(path)
    if _is_package(directory, data):
        return BUILT_ALONE._replace(names=frozenset(_asked(data)))
    project = data.get("project", {})
    if not project and "poetry" in data.get("tool", {}):
        raise ProjectError(
            f"{path} names its dependencies for Poetry alone, and there is neither poetry.lock nor"
            f' {DEFAULT} (app_requirements). In that folder, run "{LOCKS["poetry.lock"]}".'
        )
    if not project:
        raise ProjectError(
            f"{path} declares neither a [project] with dependencies nor a [build-system], and there"
            f" is no {DEFAULT} (app_requirements); write one of them."
        )
    texts = project.get("dependencies", [])
    contents = requirements_file.Contents(list(texts), True, False, False)
    return _installation(None, contents, project.get("requires-python", ""))


def _has_setup(directory: str) -> bool:
    return any(os.path.exists(os.path.join(directory, name)) for name in BUILT)


def _is_package(directory: str, data: Mapping[str, Any]) -> bool:
    """Whether a folder with this pyproject.toml is to be installed itself."""
    is_package: bool = (
        "build-system" in data
        or _has_setup(directory)
        or "dependencies" in data.get("project", {}).get("dynamic", [])
        # Where setuptools, which is meant where nothing is, looks for packages.
        or os.path.isdir(os.path.join(directory, "src"))
    )
    for tool, word in (("poetry", "package-mode"), ("uv", "package")):
        is_package = data.get("tool", {}).get(tool, {}).get(word, is_package)
    return is_package


def _parsed(path: str) -> dict[str, Any]:
    with open(path, "rb", opener=regular_file.opener) as stream:
        text = requirements_file.decode(stream.read(), path)
    loads = json.loads if os.path.basename(path) == "Pipfile.lock" else _toml(path).loads
    try:
        data: dict[str, Any] = loads(text)
    except ValueError as exc:
        raise ProjectError(f"{path}: {exc}.") from exc
    return data


def _toml(path: str) -> ModuleType:
    # Where it is needed, because it takes its time, which every comparison of a host would spend.
    for name in ("tomllib", "tomli"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise ProjectError(
        f"{path} is read by Python 3.11 or newer; older ones need the Debian package python3-tomli."
    )
