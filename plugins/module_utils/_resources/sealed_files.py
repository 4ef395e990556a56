# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs in a folder of code or packages: its files, its byte code, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import byte_code
from ansible_collections.flaskops.stack.plugins.module_utils._resources import ownership
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

CHECKS = {
    "byte_code": Check(
        "error", "Somebody put byte code there, or root ran the application or its Python."
    ),
    "writable": Check("error", "Somebody but root may change what the service runs."),
    "mode": Check(
        "error", "Somebody took the right to read it from the service, or set a setuid bit."
    ),
    "acl": Check("error", "Somebody gave rights with setfacl, which the mode does not show."),
    "capability": Check("error", "Somebody ran setcap; who runs the file, gets its capabilities."),
    "immutable": Check("warning", "Somebody ran chattr; what is to change there cannot."),
}
EXPECTED = {
    "writable": "root's, and writable by root alone",
    "mode": "readable by everybody, without setuid, setgid and sticky bits",
    "acl": "none",
    "capability": "none",
    "immutable": "can be changed",
}
UNEXPECTED = {"acl", "capability", "immutable"}
# So many findings of one kind are enough.
MAXIMUM = 20


def compare_files(looked: Mapping[str, Any], expected: str) -> list[Difference]:
    """The files that differ from the manifest; expected is how they should be: "as deployed"."""
    found = [_changed(path, what, expected) for path, what in sorted(looked["changed"].items())] + [
        difference("file", expected, "not there", "missing", subject=path)
        for path in looked["lost"]
    ]
    found += [
        difference("file", "not there", f"{what or 'a file'}, not {expected[3:]}", "unexpected",
                   subject=path)
        for path, what in sorted(looked["added"].items())
    ]  # fmt: skip
    return found + [
        difference("byte_code", "none", what, "unexpected", subject=path,
                   severity="error" if is_loaded else "warning")
        for path, (what, is_loaded) in sorted(looked["byte_code"].items())
    ]  # fmt: skip


def _changed(path: str, what: str, expected: str) -> Difference:
    if not what and byte_code.is_byte_code(path):
        return difference("byte_code", expected, "another content", subject=path)
    return difference("file", expected, what or "edited", subject=path)


def compare_rights(looked: Mapping[str, Any]) -> list[Difference]:
    """One difference for each thing that is wrong with rights, however many paths have it. What is
    to go, or to come anew, is not told of again."""
    told = {*looked["changed"], *looked["added"], *looked["byte_code"]}
    paths: dict[tuple[str, str], dict[str, str]] = {}
    for check, path, actual in looked["rights"]:
        if not is_below(path, told):
            # A list gives other rights on a folder than on the files in it.
            kind = "" if check == "acl" else actual
            paths.setdefault((check, kind), {})[path] = actual
    return [_rights(key[0], found) for key, found in sorted(paths.items())]


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of some, or in one of them."""
    return any(path == each or path.startswith(f"{each}/") for each in folders)


def _rights(check: str, actual: Mapping[str, str]) -> Difference:
    """actual: what is there, by the paths."""
    first = min(actual)
    shown = ownership.named(actual[first]) if check == "acl" else actual[first]
    if len(actual) > 1:
        shown += f", and {len(actual) - 1} more"
    direction = "unexpected" if check in UNEXPECTED else "different"
    return difference(check, EXPECTED[check], shown, direction, subject=first)
