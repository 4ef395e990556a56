# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual environment: does its Python run, and has it the packages that were declared?

Reads what pip has left in site-packages; pip itself does not run. A package that nothing
declared needs is reported too. Nothing of it is imported: this runs as root.
"""

from __future__ import annotations

import contextlib
import csv
import glob
import importlib.metadata
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    python_project,
    requirements_file,
)
from ansible_collections.flaskops.stack.plugins.module_utils._application.requirement import (
    Requirement,
    RequirementError,
    normal,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "packages": {"type": "list", "elements": "str", "default": []},
    "directory": {"type": "path"},
    "requirements": {"type": "str", "default": python_project.DEFAULT},
    "complete": {"type": "path"},
}

CHECKS = {
    "python": Check("error", "The system's Python was upgraded, or the folder was removed."),
    "pip": Check("error", "Somebody removed pip from the environment."),
    "requirement": Check("error", "Somebody ran pip by hand, or another package is declared now."),
    "file": Check("error", "Somebody edited or removed a file of an installed package."),
    "writable": Check("error", "Somebody but root may change what the service runs."),
    "package": Check("warning", "Somebody ran pip by hand, or nothing needs the package any more."),
}

# So many findings of one kind are enough.
MAXIMUM = 20
# What a virtual environment is born with.
BASE = {"pip", "setuptools", "wheel", "pkg-resources"}


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def depends(resource: Options) -> list[cause.Cause]:
    return [cause.resource("release", os.path.dirname(resource["path"]))]


def read(resource: Options, _host: Host | None) -> Any:
    """python, the distributions by normalised name, and the requirements as texts."""
    root = resource["path"]
    python = _python(root)
    if python is None:
        return {"python": None, "why": without_python(root)}
    folder = os.path.join(root, "lib", python, "site-packages")
    distributions: dict[str, dict[str, Any]] = {}
    for found in importlib.metadata.distributions(path=[folder]):
        metadata = found.metadata  # Read from its file anew each time.
        if metadata["Name"]:
            distributions[normal(metadata["Name"])] = {
                "version": metadata["Version"],
                "requires": metadata.get_all("Requires-Dist", []),
                "is_direct": _is_direct(found),
                "files": dict(_recorded(found, folder)),
            }
    asked = declared(resource["directory"], resource["requirements"])
    changed, writable, paths = _files(root, resource["complete"])
    recorded = {path: name for name, found in distributions.items() for path in found["files"]}
    return {
        "changed": changed,
        "lost": _below(root, recorded.keys() - paths),
        "recorded": {os.path.relpath(path, root): name for path, name in recorded.items()},
        "writable": writable,
        "python": python,
        "distributions": distributions,
        "requirements": [*resource["packages"], *asked.texts],
        "is_complete": asked.names_all,
        "has_pip": "pip" in distributions,
    }


def _files(root: str, complete: str | None) -> tuple[list[str], list[str], set[str]]:
    """The files written after the environment was complete, what others may write to, and all."""
    limit = os.stat(complete).st_mtime if complete and os.path.exists(complete) else float("inf")
    paths: set[str]
    changed, writable, paths = [], [], set()
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [name for name in subfolders if name != "__pycache__"]
        for name in [*subfolders, *files]:
            path = f"{folder}/{name}"
            status = os.lstat(path)
            if status.st_uid != 0 or (not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o022):
                writable.append(path)
            if status.st_mtime > limit and not stat.S_ISDIR(status.st_mode):
                changed.append(path)
        paths.update(f"{folder}/{name}" for name in files)
    return _below(root, changed), _below(root, writable), paths


def _below(root: str, paths: Iterable[str]) -> list[str]:
    return sorted(os.path.relpath(path, root) for path in paths)


def _python(root: str) -> str | None:
    """The name of the environment's Python, such as python3.11; None where it cannot run."""
    program = os.path.join(root, "bin", "python")
    name = os.path.basename(os.path.realpath(program))
    if not os.access(program, os.X_OK):
        return None
    # Python's own packages are in lib/python3.11, whatever the link says now.
    folders = [os.path.basename(path) for path in glob.glob(os.path.join(root, "lib", "python3*"))]
    return name if name in folders else None


def without_python(root: str) -> str:
    """Why a virtual environment has no Python that runs its packages, for people."""
    program = os.path.join(root, "bin", "python")
    if not os.path.lexists(program):
        return f"{program} is not there"
    interpreter = os.path.realpath(program)
    if not os.path.exists(program):
        return f"{program} leads to {interpreter}, which is not there"
    folders = sorted(os.path.basename(p) for p in glob.glob(os.path.join(root, "lib", "python3*")))
    versions = ", ".join(folders) or "none"
    return f"its packages are for {versions}, and its interpreter is {interpreter}"


def _recorded(found: importlib.metadata.Distribution, folder: str) -> Iterator[tuple[str, str]]:
    """(path, digest or "") of what pip has installed, less byte code, which Python writes anew."""
    for row in csv.reader((found.read_text("RECORD") or "").splitlines()):
        if row and not row[0].endswith(".pyc"):
            path = os.path.join(folder, row[0])
            yield os.path.normpath(path) if ".." in row[0] else path, row[1]


def _is_direct(found: importlib.metadata.Distribution) -> bool:
    """Whether pip was told the place of a package instead of its name."""
    with contextlib.suppress(ValueError):
        return "url" in json.loads(found.read_text("direct_url.json") or "{}")
    return False


def declared(directory: str | None, requirements: str) -> requirements_file.Contents:
    """What the application's files ask for; nothing is known where they cannot be read."""
    if directory is None:
        return requirements_file.NOTHING
    try:
        return python_project.installation(directory, requirements).contents
    except python_project.ProjectError:
        return requirements_file.NOTHING._replace(names_all=False)


def compare(resource: Options, actual: Any) -> list[Difference]:
    return [found._replace(because=tuple(depends(resource))) for found in _compare(actual)]


def _compare(actual: Mapping[str, Any]) -> list[Difference]:
    if actual["python"] is None:
        return [difference("python", "a Python that runs", actual["why"], "missing")]
    if not actual["has_pip"]:
        return [difference("pip", "installed", "not installed", "missing")]
    writable = [
        difference("writable", "root's, and writable by root alone", "otherwise", subject=path)
        for path in actual["writable"][:MAXIMUM]
    ]
    packages = _compare_packages(actual)
    files = _compare_files(actual, {each.subject for each in packages})
    return packages + files[:MAXIMUM] + writable


def _compare_files(actual: Mapping[str, Any], packages: Set[str]) -> list[Difference]:
    """The files that differ, without those that pip wrote or removed where packages (names) differ:
    what it did is told by them."""

    def is_told(path: str) -> bool:
        return bool(packages) and actual["recorded"].get(path) in (None, *packages)

    return [
        difference("file", "as installed", "changed later", subject=path)
        for path in actual["changed"]
        if not is_told(path)
    ] + [
        difference("file", "as installed", "not there", "missing", subject=path)
        for path in actual["lost"]
        if not is_told(path)
    ]


def _compare_packages(actual: Mapping[str, Any]) -> list[Difference]:
    found, needed = _compare_requirements(actual)
    # What a path, a URL or a missing package needs is not known by name.
    if not actual["is_complete"] or any(each.direction == "missing" for each in found):
        return found
    return found + [
        difference("package", "not installed", distribution["version"], "unexpected", subject=name)
        for name, distribution in sorted(actual["distributions"].items())
        if name not in needed and name not in BASE and not distribution["is_direct"]
    ]


def _compare_requirements(actual: Mapping[str, Any]) -> tuple[list[Difference], set[str]]:
    """The differences of what is required, and the names of all that is needed for it."""
    found: dict[str, Difference]
    seen: set[tuple[str, frozenset[str]]]
    names: set[str]
    found, seen, names = {}, set(), set()
    queue: list[tuple[str, frozenset[str]]] = [
        (text, frozenset()) for text in actual["requirements"]
    ]
    for distribution in actual["distributions"].values():
        if distribution["is_direct"]:
            queue += [(text, frozenset()) for text in distribution["requires"]]
    while queue:
        text, extras = queue.pop()
        # Most are for an extra that nobody asked for, or known, and reading one takes a while.
        if (not extras and re.search(r"\bextra\s*==", text)) or (text, extras) in seen:
            continue
        seen.add((text, extras))
        try:
            requirement = Requirement(text)
        except ValueError:
            continue  # An old package's metadata; pip has passed over it too.
        if not _applies(requirement, extras):
            continue
        name = normal(requirement.name)
        names.add(name)
        installed = actual["distributions"].get(name)
        if installed is None:
            found[name] = difference("requirement", text, "not installed", "missing", subject=name)
            continue
        if not _accepts(requirement, installed["version"]):
            found[name] = difference("requirement", text, installed["version"], subject=name)
        chosen = frozenset(requirement.extras)
        queue += [(needed, chosen) for needed in installed["requires"]]
    return [found[name] for name in sorted(found)], names


def _accepts(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.accepts(version)
    except RequirementError:
        return False  # An old package's version, which is no one's to compare.


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    return any(requirement.applies(extra) for extra in extras or {""})
