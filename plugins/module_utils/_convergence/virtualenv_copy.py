# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of a virtual environment, which is that of another release with the same packages.

The one in use may have been changed by hand: nothing is copied unless each file belongs to a
package and has the digest that pip has noted. Programs and byte code have none that would hold.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping

from ansible_collections.flaskops.stack.plugins.module_utils._resources import virtualenv

# What python -m venv puts beside the packages.
BORN_WITH = re.compile(r"pyvenv\.cfg|\.gitignore|lib64|bin/(python[\d.]*|[Aa]ctivate(\.\w+)?)")
PARTIAL = ".new"


def obstacle(
    source: str, complete: str, packages: Iterable[str], directory: str, requirements: str
) -> str | None:
    """Why the environment in source may not stand for one with these packages; None if it may."""
    resource = {
        "path": source,
        "packages": packages,
        "directory": directory,
        "requirements": requirements,
        "complete": complete,
    }
    if not os.path.isfile(complete):
        return f"{complete} is not there"
    actual = virtualenv.read(resource, None)
    for found in virtualenv.compare(resource, actual):
        return f"{found.attribute}: {found.actual}"
    # An option may ask for other versions, or include a file that does.
    if not actual["is_complete"] or virtualenv.declared(directory, requirements).has_options:
        return f"{directory} does not only name packages"
    recorded: dict[str, str] = {}
    for name, distribution in actual["distributions"].items():
        if distribution["is_direct"]:
            return f"{name} was not installed by its name"
        recorded.update(distribution["files"])
    return _foreign(source, recorded)


def _foreign(root: str, recorded: Mapping[str, str]) -> str | None:
    """What pip has not installed, or not as it is now; None if there is no such file."""
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [name for name in subfolders if name != "__pycache__"]
        for name in files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            if path not in recorded and not BORN_WITH.fullmatch(relative):
                return f"{relative} belongs to no package"
            # Of the programs, the first line is made for the place where they are.
            is_comparable = recorded.get(path) and not relative.startswith("bin/")
            if is_comparable and _digest(path) != recorded[path]:
                return f"{relative} is not as it was installed"
    return None


def _digest(path: str) -> str:
    with open(path, "rb") as stream:
        found = hashlib.sha256(stream.read()).digest()
    return "sha256=" + base64.urlsafe_b64encode(found).decode().rstrip("=")


def discard(destination: str) -> None:
    """Remove what a copy that was interrupted has left."""
    shutil.rmtree(destination + PARTIAL, ignore_errors=True)


def copy(source: str, destination: str) -> None:
    """Copy the environment, which names its own place in its programs and in pyvenv.cfg."""
    discard(destination)
    partial = destination + PARTIAL
    shutil.copytree(source, partial, symlinks=True)
    programs = os.path.join(partial, "bin")
    paths = [os.path.join(programs, name) for name in os.listdir(programs)]
    for path in [*paths, os.path.join(partial, "pyvenv.cfg")]:
        if os.path.isfile(path) and not os.path.islink(path):
            _replace(path, source.encode(), destination.encode())
    os.rename(partial, destination)


def _replace(path: str, old: bytes, new: bytes) -> None:
    with open(path, "r+b") as stream:
        content = stream.read()
        if old in content:
            stream.seek(0)
            stream.truncate()
            stream.write(content.replace(old, new))
