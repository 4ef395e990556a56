# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one layer of the diagnosis found."""

from __future__ import annotations

from typing import Any, NamedTuple


class Code(NamedTuple):
    """What a layer says of one of its codes: how it usually comes about, and what to do."""

    cause: str
    remedy: str


class Outcome(NamedTuple):
    """What a layer found; made by the functions below.

    status is "ok", "failed", "warning" (it works, and should not stay so), "skipped" (nobody asked
    for it, or it needs a layer that failed) or "not_checked" (it could not be looked at; code says
    why). code is a key of the layer's CODES, "" for ok and skipped; or of another layer's, whose
    name is of then. evidence are facts for people, without secrets.
    """

    status: str
    code: str
    message: str
    evidence: dict[str, Any]
    of: str = ""


def ok(message: str = "", **evidence: Any) -> Outcome:
    return Outcome("ok", "", message, evidence)


def failed(code: str, message: str, **evidence: Any) -> Outcome:
    return Outcome("failed", code, message, evidence)


def warning(code: str, message: str, **evidence: Any) -> Outcome:
    return Outcome("warning", code, message, evidence)


def not_checked(code: str, message: str, **evidence: Any) -> Outcome:
    """What could not be looked at is neither well nor broken, and never to blame."""
    return Outcome("not_checked", code, message, evidence)


def skipped(message: str) -> Outcome:
    return Outcome("skipped", "", message, {})
