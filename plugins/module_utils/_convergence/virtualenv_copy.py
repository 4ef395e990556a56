# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of a virtual environment, which is that of another release with the same packages.

The one in use may have been changed by hand: nothing is copied unless each file has the digest that
was noted when the environment was made.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_tree
from ansible_collections.flaskops.stack.plugins.module_utils._resources import virtualenv

PARTIAL = ".new"


def obstacle(
    source: str,
    complete: str,
    packages: Iterable[str],
    directory: str,
    requirements: str,
    before: str,
) -> str | None:
    """Why the environment in source may not stand for one with these packages; None if it may.

    before is the application's folder in the release of source.
    """
    resource = {
        "path": source,
        "packages": packages,
        "directory": directory,
        "requirements": requirements,
    }
    if not os.path.isfile(complete):
        return f"{complete} is not there"
    actual = virtualenv.read(resource, None)
    for found in virtualenv.compare(resource, actual):
        return f"{found.attribute}: {found.actual}"
    # An option may ask for other versions, or include a file that does; the same lock does not.
    asked = virtualenv.declared(directory, requirements)
    is_same_lock = asked.locked and asked.locked == virtualenv.declared(before, requirements).locked
    if not actual["is_complete"] or (asked.contents.has_options and not is_same_lock):
        return f"{directory} does not only name packages"
    for name, distribution in actual["distributions"].items():
        if distribution["is_direct"]:
            return f"{name} was not installed by its name"
    return None


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
    sealed_tree.note(partial)
    os.rename(partial, destination)


def _replace(path: str, old: bytes, new: bytes) -> None:
    with open(path, "r+b") as stream:
        content = stream.read()
        if old in content:
            stream.seek(0)
            stream.truncate()
            stream.write(content.replace(old, new))
