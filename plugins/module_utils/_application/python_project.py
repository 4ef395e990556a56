# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pip is to install for an application, by the files in its folder; or why that is unknown.

What other tools have locked is not guessed at: pip would install other versions.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from types import ModuleType
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import requirements_file
from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

DEFAULT = "requirements.txt"
PROJECT = "pyproject.toml"
BUILT = ("setup.py", "setup.cfg")
# What makes a requirements file out of another tool's; the first that is there counts.
LOCKS = {
    "uv.lock": "uv export --frozen --no-dev --no-emit-project --output-file requirements.txt",
    "poetry.lock": "poetry export --output requirements.txt",
    "pdm.lock": "pdm export --prod --output requirements.txt",
    "Pipfile.lock": "pipenv requirements > requirements.txt",
    "Pipfile": "pipenv lock && pipenv requirements > requirements.txt",
}
# What such a command needs besides its tool.
NEEDED = {"poetry.lock": ', and once before "poetry self add poetry-plugin-export"'}


class Installation(NamedTuple):
    """file: the requirements file, or None; is_built: whether the folder itself is installed;
    contents: what the file or the project says; python: the versions of Python that the project
    allows."""

    file: str | None
    is_built: bool
    contents: requirements_file.Contents
    python: str


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
            raise ProjectError(_locked(directory, os.path.basename(path)))
        if os.path.exists(path):
            return Installation(path, False, requirements_file.read(path), "")
        if requirements != DEFAULT:
            raise ProjectError(f"app_requirements is {requirements}, and there is no {path}.")
        for name in LOCKS:
            if os.path.exists(os.path.join(directory, name)):
                raise ProjectError(_locked(directory, name))
        return _project(directory)
    except requirements_file.RequirementsError as exc:
        raise ProjectError(f"{exc}.") from exc


def _locked(directory: str, name: str) -> str:
    text = (
        f"{directory} has {name}, which pip cannot read, and no {DEFAULT} (app_requirements)."
        f' In that folder, run "{LOCKS[name]}"{NEEDED.get(name, "")}.'
    )
    if os.path.exists(os.path.join(directory, PROJECT)):
        text += f" Or declare app_requirements: {PROJECT} for whatever versions that file allows."
    return text


def _project(directory: str) -> Installation:
    """The project itself, or what it depends on where it has no way to be built."""
    path = os.path.join(directory, PROJECT)
    has_old = any(os.path.exists(os.path.join(directory, name)) for name in BUILT)
    if not os.path.exists(path):
        if has_old:
            return BUILT_ALONE
        raise ProjectError(
            f"{directory} has neither {DEFAULT} (app_requirements) nor {PROJECT}; write one, which"
            " names the packages that the application needs."
        )
    data = _parsed(path)
    project, tools = data.get("project", {}), data.get("tool", {})
    is_package = (
        "build-system" in data
        or has_old
        or "dependencies" in project.get("dynamic", [])
        # Where setuptools, which is meant where nothing is, looks for packages.
        or os.path.isdir(os.path.join(directory, "src"))
    )
    for tool, word in (("poetry", "package-mode"), ("uv", "package")):
        is_package = tools.get(tool, {}).get(word, is_package)
    if is_package:
        return BUILT_ALONE
    if not project and "poetry" in tools:
        raise ProjectError(
            f"{path} names its dependencies for Poetry alone, and there is no {DEFAULT}"
            f' (app_requirements). In that folder, run "poetry lock && {LOCKS["poetry.lock"]}"'
            f"{NEEDED['poetry.lock']}."
        )
    if not project:
        raise ProjectError(
            f"{path} declares neither a [project] with dependencies nor a [build-system], and there"
            f" is no {DEFAULT} (app_requirements); write one of them."
        )
    texts = project.get("dependencies", [])
    contents = requirements_file.Contents(list(texts), True, False, False)
    return Installation(None, False, contents, project.get("requires-python", ""))


def _parsed(path: str) -> dict[str, Any]:
    toml = _toml(path)
    with open(path, "rb", opener=regular_file.opener) as stream:
        content = stream.read()
    try:
        data: dict[str, Any] = toml.loads(requirements_file.decode(content, path))
        return data
    except toml.TOMLDecodeError as exc:
        raise ProjectError(f"{path}: {exc}.") from exc


def _toml(path: str) -> ModuleType:
    # Where it is needed, because it takes its time, which every comparison of a host would spend.
    for name in ("tomllib", "tomli"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise ProjectError(
        f"{path} is read by Python 3.11 or newer; older ones need the Debian package python3-tomli."
    )
