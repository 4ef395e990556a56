# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison found: one attribute of one resource that is not as declared."""

from __future__ import annotations

from collections import namedtuple

# What a kind of resource says of each attribute that it compares. severity is "error"
# (the service fails, or somebody may do what they should not) or "warning"; cause is how
# hosts usually come to differ in it.
Check = namedtuple("Check", "severity cause")

# The remedy of everything that the collection puts right by itself.
CONVERGE = "Run flaskops.stack.site."


def difference(attribute, expected, actual, direction="different", remedy=CONVERGE, because=()):
    """One difference, for compare.py to complete.

    attribute's first word is a key of the kind's CHECKS. direction is "missing",
    "different" or "unexpected". expected and actual are for people to read, and never hold
    a secret. remedy is CONVERGE, or one command for root's shell where the collection
    leaves the decision to people. because names other resources, as "KIND IDENTITY" or as
    a path: while one of them differs, this difference merely follows from it.
    """
    return {
        "attribute": attribute,
        "direction": direction,
        "expected": str(expected),
        "actual": str(actual),
        "remedy": remedy,
        "because": tuple(because),
    }


def not_checked(attribute, reason):
    """In place of a difference, what could not be looked at; reason is a sentence for people.

    A kind's compare() puts it among its differences, with an attribute of its CHECKS.
    compare.py keeps the two apart: it is neither right nor wrong, so it fails nothing, and
    the audit shows it as "not checked", never as "ok". It is for what cannot be seen from where
    we are, such as another host behind a pooler; what is broken is a difference.
    """
    return {"attribute": attribute, "reason": str(reason)}
