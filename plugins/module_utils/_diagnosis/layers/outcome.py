# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one layer of the diagnosis found."""

from __future__ import annotations

from collections import namedtuple

# What a layer says of one of its codes: how it usually comes about, and what to do.
Code = namedtuple("Code", "cause remedy")

# status is "ok", "failed", "warning" (it works, and should not stay so), "skipped" (nobody asked
# for it, or it needs a layer that failed) or "not_checked" (it could not be looked at; code says
# why). code is a key of the layer's CODES, "" for ok and skipped. evidence is a dict of
# facts for people, without secrets.
Outcome = namedtuple("Outcome", "status code message evidence")


def ok(message="", **evidence):
    return Outcome("ok", "", message, evidence)


def failed(code, message, **evidence):
    return Outcome("failed", code, message, evidence)


def warning(code, message, **evidence):
    return Outcome("warning", code, message, evidence)


def not_checked(code, message, **evidence):
    """What could not be looked at is neither well nor broken, and never to blame."""
    return Outcome("not_checked", code, message, evidence)


def skipped(message):
    return Outcome("skipped", "", message, {})
