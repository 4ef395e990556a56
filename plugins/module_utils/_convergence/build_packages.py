# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian packages that only a build needs: what came for it goes again, and nothing else.

What was there before is noted before anything is installed, so that a run that is killed takes the
rest away the next time. What something else has come to need meanwhile stays, as apt sees it; so
does a library that what was built is linked with.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import proofs
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace, process

# The name of a shared library's file by which programs ask for it.
LIBRARY = re.compile(r".*/(lib[^/]*\.so(\.\d+)+)")
REMOVED = re.compile(r"^Remv (\S+)", re.MULTILINE)
# In the seconds that another installation may take.
WAIT = ["-o", "DPkg::Lock::Timeout=900"]
QUESTION_TIMEOUT = 60
ATTEMPTS = 5


class PackageError(Exception):
    """apt did not do what it was asked for."""


def installed() -> set[str]:
    """The names of all packages that are installed."""
    text = _ask(["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n"])
    return {line.split()[1] for line in text.splitlines() if line.startswith("ii")}


def begin(application: str, names: Iterable[str], folder: str = proofs.FOLDER) -> list[str]:
    """Those of the packages that are to be installed; notes what is there before."""
    there = installed()
    missing = [name for name in names if name not in there]
    if missing:
        noted = _noted(application, folder)
        asked = sorted({*noted.get("asked", []), *missing})
        before = noted.get("before") or sorted(there)
        proofs.write(
            f"{application}.build-packages", {}, {"asked": asked, "before": before}, folder
        )
    return missing


def end(application: str, root: str, folder: str = proofs.FOLDER) -> list[str]:
    """Remove what came for a build since begin(); returns the names. root is the release, whose
    libraries stay. Raises PackageError."""
    noted = _noted(application, folder)
    if not noted:
        return []
    came = installed() - set(noted["before"])
    kept = linked(root, _libraries(came)) if came else set()
    if kept:
        _run(["apt-mark", "manual", *sorted(kept)])
    asked = sorted((set(noted["asked"]) & came) - kept)
    if asked:
        _run(["apt-mark", "auto", *asked])
    gone = needless(_simulated(["autoremove"]), came) if came else []
    if gone:
        _run(["apt-get", "remove", "--yes", "--quiet", *WAIT, *gone])
    os.unlink(os.path.join(folder, f"{application}.build-packages.json"))
    return gone


def _noted(application: str, folder: str) -> Mapping[str, Any]:
    found = proofs.read(f"{application}.build-packages", {}, folder)
    return found if isinstance(found, dict) else {}


def needless(simulated: str, came: Collection[str]) -> list[str]:
    """Of what apt would take away by itself, what came for the build."""
    names = {name.partition(":")[0] for name in REMOVED.findall(simulated)}
    return sorted(names & set(came))


def _libraries(packages: Collection[str]) -> dict[str, set[str]]:
    """{package: the names of the shared libraries that it has}"""
    found: dict[str, set[str]] = {}
    for package in sorted(packages):
        text = _ask(["dpkg-query", "--listfiles", package])
        names = {match[1] for match in map(LIBRARY.fullmatch, text.splitlines()) if match}
        if names:
            found[package] = names
    return found


def linked(root: str, libraries: Mapping[str, Collection[str]]) -> set[str]:
    """The packages of which a library is asked for by one in a folder."""
    asked: set[str] = set()
    for folder, _subfolders, files in os.walk(root):
        for name in files:
            if ".so" in name:
                asked |= _named(os.path.join(folder, name))
    return {package for package, names in libraries.items() if asked & set(names)}


def _named(path: str) -> set[str]:
    """The names of libraries in a file: a dynamic section has them as texts that NUL ends."""
    if os.path.islink(path) or not os.path.isfile(path):
        return set()
    with open(path, "rb") as stream:
        content = stream.read()
    if not content.startswith(b"\x7fELF"):
        return set()
    found = re.findall(rb"(lib[\w+.-]*\.so(?:\.\d+)+)\0", content)
    return {name.decode() for name in found}


def _simulated(command: Sequence[str]) -> str:
    """What apt would do. Another installation, as of a database server in the background, may leave
    dependencies unmet for a while; it is waited for, and one that begins meanwhile too."""
    for _attempt in range(ATTEMPTS):
        _run(["apt-get", "check", "--quiet", *WAIT])
        try:
            return _ask(["apt-get", "--simulate", *command])
        except PackageError as exc:
            refusal = exc
    raise refusal


def _ask(command: list[str]) -> str:
    done = pace.run(command, QUESTION_TIMEOUT, text=True, env=_environment())
    if done.returncode:
        raise PackageError(f"{' '.join(command[:2])}: {done.stderr.strip()}")
    return str(done.stdout)


def _run(command: Sequence[str]) -> None:
    with tempfile.TemporaryFile() as output:
        code = process.call(command, stdout=output, stderr=subprocess.STDOUT, env=_environment())
        output.seek(0)
        if code:
            text = output.read().decode("utf-8", "replace").strip()[-2000:]
            raise PackageError(f"{' '.join(command[:2])} ended with {code}: {text}")


def _environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
