# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of Debian packages: whose is one, and is it as it was installed?"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

INFO = "/var/lib/dpkg/info"


def strangers(paths: Iterable[str]) -> set[str]:
    """Those of the paths that no package has."""
    paths = set(paths)
    if not paths:
        return set()
    spelt = [name for path in paths for name in _spellings(path)]
    try:
        done = pace.run(["dpkg-query", "--search", *spelt], 30, text=True)
    except FileNotFoundError:
        return set()
    known = {line.partition(": ")[2] for line in done.stdout.splitlines()}
    return {path for path in paths if not known & set(_spellings(path))}


def changed(path: str, stem: str) -> str:
    """The package, of those whose names begin with a stem, that has a path, if what is there is not
    what it brought; else ""."""
    names = [re.escape(name.lstrip("/")) for name in _spellings(path)]
    line = re.compile(rf"^([0-9a-f]{{32}})  (?:{'|'.join(names)})$", re.M)
    for list_of in glob.glob(f"{INFO}/{glob.escape(stem)}*.md5sums"):
        known = line.search(_text(list_of))
        if known:
            with open(path, "rb") as stream:
                found = hashlib.md5(stream.read(), usedforsecurity=False).hexdigest()
            package = os.path.basename(list_of)[: -len(".md5sums")].partition(":")[0]
            return package if found != known[1] else ""
    return ""


def _text(path: str) -> str:
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()
    return ""


def _spellings(path: str) -> list[str]:
    """A path with /usr and without it: packages have either."""
    other = path[len("/usr") :] if path.startswith("/usr/") else f"/usr{path}"
    return [path, other]
