# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server that is down would start with and has not run on before, by its files alone.

Nobody can ask it then. Its files are read in the order of guc-file.l: postgresql.conf with what it
includes, and what ALTER SYSTEM has written.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import (
    file_times,
    regular_file,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    catalogue,
    server_settings,
    settings_file,
    settings_remedy,
)

INCLUDES = re.compile(r"(?m)^[ \t]*(include(?:_if_exists|_dir)?)[ \t]*=?[ \t]*'([^'\n]+)'")
DEPTH = 10


class Line(NamedTuple):
    """A setting of a file; remedy: a command for root's shell that takes it out, while nobody runs
    on it."""

    name: str
    value: str
    file: str
    remedy: str


def changed_since(path: str, when: float | None) -> bool:
    """Whether a file changed after a time in seconds since the epoch; not where none is known."""
    if when is None:
        return False
    try:
        # Of a link, itself and the file behind it.
        times = [file_times.changed(each) for each in (path, os.path.realpath(path))]
    except OSError:
        return False
    return any(changed is None or changed > when for changed in times)


def waiting(
    cluster: server_settings.Cluster, own: Collection[str], usual: Mapping[str, str],
    read: float | None, stopped: float | None,
) -> list[Line]:  # fmt: skip
    """The Lines that a start would bring into effect, in files other than own. usual is {setting:
    value} of what a cluster has by itself; read and stopped are when the server has last read its
    files, as far as systemd has brought that about, and when it went down.

    Of a setting the last line decides. What changed while it ran it may have read: then only what
    opens or endangers the server is told; what costs time or memory may start.
    """
    files = list(_included(cluster.file, 0))
    if "data_directory" in usual:
        files.append(f"{usual['data_directory']}/{settings_remedy.AUTO}")
    decided: dict[str, tuple[str, str]] = {}
    for path in files:
        for name, value in settings_file.assigned(path).items():
            decided[name.lower()] = value, path
    # A link may lead to what is root's alone to read, so what it has is not told.
    links = [
        Line(os.path.basename(path), "a link, whose settings are not looked at,", path,
             f"rm {shlex.quote(path)}")
        for path in files
        if os.path.islink(path) and path not in own and changed_since(path, read)
    ]  # fmt: skip
    return links + [
        Line(name, value, path, _comment_out(name, path))
        for name, (value, path) in sorted(decided.items())
        if path not in own
        and changed_since(path, read if server_settings.severity(name) == "error" else stopped)
        and not name.startswith("include")
        and not (name in usual and catalogue.same(value, usual[name]))
    ]  # fmt: skip


def _included(path: str, depth: int) -> Iterator[str]:
    """A file, and the files that it includes, behind it: Debian's includes are at its end."""
    yield path
    if os.path.islink(path):
        return
    try:
        with open(
            path, encoding="utf-8", errors="replace", opener=regular_file.opener
        ) as stream:  # fmt: skip
            text = stream.read(settings_file.LONGEST)
    except OSError:
        return
    for word, name in INCLUDES.findall(text) if depth < DEPTH else ():
        place = os.path.join(os.path.dirname(path), name)
        found = [place]
        if word == "include_dir":
            found = sorted(glob.glob(f"{glob.escape(place)}/[!.]*.conf"))
        for each in found:
            yield from _included(each, depth + 1)


def _comment_out(name: str, path: str) -> str:
    edit = f"s/^[[:space:]]*{re.escape(name)}\\b/#&/I"
    return f"sed -i {shlex.quote(edit)} {shlex.quote(path)}"
