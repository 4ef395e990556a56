# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual environment: does its Python run, and has it the packages that were declared?

Reads what pip has left in site-packages; pip itself does not run. A package that nothing
declared needs is reported too, and each file that is not as it was when the environment was made.
Nothing of it is imported: this runs as root.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.metadata
import json
import os
import re
from collections.abc import Mapping, Set
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    pip_record,
    python_project,
    requirements_file,
    sealed_tree,
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
    sealed_files,
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
}

CHECKS = {
    "python": Check("error", "The system's Python was upgraded, or the folder was removed."),
    "pip": Check("error", "Somebody removed pip from the environment."),
    "requirement": Check("error", "Somebody ran pip by hand, or another package is declared now."),
    "version": Check("warning", "Somebody ran pip by hand; the declared versions allow both."),
    "package": Check("warning", "Somebody ran pip by hand, or nothing needs the package any more."),
    "manifest": Check("error", "Somebody removed the digests that were noted of its files."),
    "file": Check("error", "Somebody edited, added or removed a file of the environment."),
    **sealed_files.CHECKS,
}

# A requirement of one version.
PINNED = re.compile(r"\s*[A-Za-z0-9._-]+\s*==\s*[^\s*,;]+\s*")
# What a virtual environment is born with.
BASE = {"pip", "setuptools", "wheel", "pkg-resources"}


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def depends(resource: Options) -> list[cause.Cause]:
    return [cause.resource("release", os.path.dirname(resource["path"]))]


def read(resource: Options, host: Host | None) -> Any:
    """python, the distributions by normalised name, the requirements as texts, and what differs
    from the manifest."""
    root = resource["path"]
    release = os.path.dirname(root)
    for path in (release, root):
        if os.path.islink(path):
            return {"python": None, "why": f"{path} is a link to {os.readlink(path)}"}
    python = _python(root)
    if python is None:
        return {"python": None, "why": without_python(root)}
    found = sealed_tree.entries(root)
    name = "virtualenv" + os.path.dirname(release).replace("/", "_")
    looked = sealed_tree.once(name, root, found, host, lambda: _look(root, python, found))
    asked = declared(resource["directory"], resource["requirements"])
    return {
        **looked,
        "python": python,
        "requirements": [
            *python_project.beside(resource["packages"], asked),
            *asked.contents.texts,
        ],
        "is_complete": asked.contents.names_all,
        "has_pip": "pip" in looked["distributions"],
    }


def _look(root: str, python: str, found: sealed_tree.Entries) -> dict[str, Any]:
    """What is known of the files alone, and so is kept until one of them changes."""
    folder = os.path.join(root, "lib", python, "site-packages")
    distributions: dict[str, dict[str, Any]] = {}
    recorded: pip_record.Recorded = {}
    for each in importlib.metadata.distributions(path=[folder]):
        metadata = each.metadata  # Read from its file anew each time.
        if metadata["Name"]:
            name = normal(metadata["Name"])
            distributions[name] = {
                "version": metadata["Version"],
                "requires": metadata.get_all("Requires-Dist", []),
                "is_direct": _is_direct(each),
            }
            for path, digest in pip_record.rows(each, folder, root):
                recorded.setdefault(path, {})[name] = digest
    manifest = sealed_tree.noted(root)
    changes = sealed_tree.UNCHANGED
    if manifest is not None:
        content = {path: status for path, status in found.items() if path != sealed_tree.MANIFEST}
        changes = sealed_tree.changes(root, content, manifest)
    told = {*changes.lost, *changes.changed, *changes.added, *changes.byte_code}
    return {
        **changes._asdict(),
        "rights": sealed_tree.rights(root, found),
        "owners": pip_record.owners(root, found, recorded, told) if told else {},
        "distributions": distributions,
        "versions": None
        if manifest is None
        else [
            pip_record.versions(manifest),
            pip_record.versions(found),
        ],
    }


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


def _is_direct(found: importlib.metadata.Distribution) -> bool:
    """Whether pip was told the place of a package instead of its name."""
    with contextlib.suppress(ValueError):
        return "url" in json.loads(found.read_text("direct_url.json") or "{}")
    return False


def declared(directory: str | None, requirements: str) -> python_project.Installation:
    """What the application's files ask for; nothing is known where they cannot be read."""
    nothing = requirements_file.NOTHING
    if directory is None:
        return python_project.Installation(None, False, nothing, "")
    try:
        return python_project.installation(directory, requirements)
    except python_project.ProjectError:
        return python_project.Installation(None, False, nothing._replace(names_all=False), "")


def compare(resource: Options, actual: Any) -> list[Difference]:
    return [found._replace(because=tuple(depends(resource))) for found in _compare(actual)]


def _compare(actual: Mapping[str, Any]) -> list[Difference]:
    if actual["python"] is None:
        return [difference("python", "a Python that runs", actual["why"], "missing")]
    if not actual["has_pip"]:
        return [difference("pip", "installed", "not installed", "missing")]
    packages = _compare_packages(actual)
    files = _compare_files(actual, {each.subject for each in packages})
    rights = sealed_files.compare_rights(actual)
    return packages + (files + rights)[: sealed_files.MAXIMUM]


def _compare_files(actual: Mapping[str, Any], packages: Set[str]) -> list[Difference]:
    """The files that differ, without those that pip wrote or removed where packages (names) differ:
    what it did is told by them."""
    if actual["versions"] is None:
        return [difference("manifest", "the digests of its files", "none", "missing")]

    def is_told(found: Difference) -> bool:
        owners = set(actual["owners"].get(found.subject, ()))
        # Nobody has a file any more that pip has removed.
        is_known = bool(owners) or found.direction == "missing"
        return bool(packages) and is_known and owners <= packages

    files = sealed_files.compare_files(actual, "as installed")
    return [each for each in files if not is_told(each)]


def _compare_packages(actual: Mapping[str, Any]) -> list[Difference]:
    found, needed = _compare_requirements(actual)
    found += _compare_versions(actual, {each.subject for each in found})
    told = {each.subject for each in found}
    # What a path, a URL or a missing package needs is not known by name.
    if not actual["is_complete"] or any(each.direction == "missing" for each in found):
        return found
    return found + [
        difference("package", "not installed", distribution["version"], "unexpected", subject=name)
        for name, distribution in sorted(actual["distributions"].items())
        if name not in needed | BASE | told and not distribution["is_direct"]
    ]


def _compare_versions(actual: Mapping[str, Any], told: Set[str]) -> list[Difference]:
    """The packages that are not those with which the environment was made, without those of told,
    whose requirement is not met."""
    before, now = actual["versions"] or ({}, {})
    found = []
    for name in sorted((before.keys() | now.keys()) - told):
        if name not in before:
            found.append(
                difference("package", "not installed", now[name], "unexpected", subject=name)
            )
        elif before[name] != now.get(name):
            direction = "different" if name in now else "missing"
            there = now.get(name, "not installed")
            found.append(difference("version", before[name], there, direction, subject=name))
    return found


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
    roots = set(actual["requirements"])
    pinned = {normal(text.partition("==")[0]) for text in roots if PINNED.fullmatch(text)}
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
        # A lock may have another version than a package says that it needs; its own word counts.
        is_judged = text in roots or name not in pinned
        if is_judged and not _accepts(requirement, installed["version"]):
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
