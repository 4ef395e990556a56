# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind finds: an attribute of a resource that is not as declared, or could not be seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause

CONVERGE = "Run flaskops.stack.site."


class Check(NamedTuple):
    """What a kind can find: "error" or "warning", and how hosts usually come to it.

    hides: whether what is declared cannot be seen behind it, so that no run that ends with it is
    right, whoever is to put it right.
    """

    severity: str
    cause: str
    hides: bool = False


def attribute(check: str, subject: str) -> str:
    """What of a resource a finding is about, for people."""
    return f"{check} {subject}".rstrip()


def is_command(remedy: str) -> bool:
    """Whether a remedy is to be typed: one that is to be read begins like a sentence."""
    return not re.match(r"[A-Z][a-z]* ", remedy)


class Difference(NamedTuple):
    """One attribute that differs; made by difference().

    check is a key of the kind's CHECKS, and subject what of the resource it was found in, such as a
    variable's name or a path; "" where the resource has one such thing. direction is "missing",
    "different" or "unexpected". owned: whether the roles put it right. waits: nobody declared it,
    and the next reload or restart would bring it into effect. severity: "error" or "warning" where
    its effect is known; "" for that of the check. loads: the command that brings the remedy into
    effect, with all else that waits in the same process's files; the comparison ends the remedy
    with it where nothing does.
    """

    check: str
    subject: str
    direction: str
    expected: str
    actual: str
    remedy: str
    owned: bool
    because: tuple[Cause, ...]
    waits: bool = False
    severity: str = ""
    loads: str = ""

    @property
    def attribute(self) -> str:
        """Check and subject, for people."""
        return attribute(self.check, self.subject)


class NotChecked(NamedTuple):
    """What could not be looked at; made by not_checked(). reason is a sentence for people."""

    check: str
    subject: str
    reason: str

    @property
    def attribute(self) -> str:
        """Check and subject, for people."""
        return attribute(self.check, self.subject)


def difference(
    check: str,
    expected: object,
    actual: object,
    direction: str = "different",
    remedy: str | None = None,
    because: Iterable[Cause] = (),
    *,
    subject: object = "",
    waits: bool = False,
    severity: str = "",
    loads: str = "",
) -> Difference:
    """The Difference between what was declared and what is there.

    expected and actual are for people to read, and never hold a secret. A remedy, one command for
    root's shell or a sentence, is for people to decide about; without one the roles put it right.
    because are Causes: while one of them differs, this merely follows from it. waits: see
    Difference; it has a remedy then, because no role may bring it into effect. severity: of this
    one, where it is not that of its check: a drop-in that sets a limit is no drop-in that makes the
    service root's. loads: see Difference.
    """
    return Difference(
        check, str(subject), direction, str(expected), str(actual),
        remedy=CONVERGE if remedy is None else remedy,
        owned=remedy is None,
        because=tuple(because),
        waits=waits,
        severity=severity,
        loads=loads,
    )  # fmt: skip


def not_checked(check: str, reason: object, *, subject: object = "") -> NotChecked:
    """In place of a difference, what could not be looked at.

    It is neither right nor wrong, so it fails nothing, and the audit shows it as "not checked",
    never as "ok". It is for what cannot be seen from where we are, such as another host behind a
    pooler; what is broken is a difference.
    """
    return NotChecked(check, str(subject), str(reason))
