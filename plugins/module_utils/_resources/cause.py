# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a difference may follow from: another resource, a check of one, or what is at a path.

While something differs that a cause names, the difference that names it is no finding of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """Made by the functions below. form: "resource", "check", "path", "folder" or "kind"."""

    form: str
    name: str

    def __str__(self) -> str:
        return self.name


def resource(kind: str, identity: str) -> Cause:
    """Any difference of one resource."""
    return Cause("resource", f"{kind} {identity}")


def check(kind: str, name: str, subject: object = "") -> Cause:
    """One check of any resource of a kind; with a subject, of that only."""
    return Cause("check", f"{kind}.{name} {subject}".rstrip())


def kind(name: str, beginning: str = "") -> Cause:
    """Any error of a kind, in a resource whose identity begins so; a warning explains nothing."""
    return Cause("kind", f"{name} {beginning}")


def path(absolute: str) -> Cause:
    """Any difference in what is at a path: a resource that it is, or the subject of a check."""
    return Cause("path", absolute)


def folder(absolute: str) -> Cause:
    """The same at any path below a folder."""
    return Cause("folder", absolute.rstrip("/") + "/")
