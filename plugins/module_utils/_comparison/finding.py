# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison answers with: findings, complete with where, how grave and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import attribute


class Finding(NamedTuple):
    """A Difference of a declared resource.

    role is who declared it. severity and cause are those of the kind's Check. live: whether it
    shows that the site does not work, or hides what is declared. because are the Causes that
    apply, of those that could. waits, loads: see Difference.
    """

    role: str
    kind: str
    resource: str
    check: str
    subject: str
    direction: str
    severity: str
    expected: str
    actual: str
    cause: str
    remedy: str
    owned: bool
    live: bool
    because: tuple[Cause, ...]
    waits: bool = False
    loads: str = ""

    @property
    def attribute(self) -> str:
        """Check and subject, for people."""
        return attribute(self.check, self.subject)

    @property
    def id(self) -> str:
        """KIND.CHECK, which is stable."""
        return f"{self.kind}.{self.check}"

    def as_dict(self) -> dict[str, Any]:
        """As modules return it."""
        because = sorted(str(each) for each in self.because)
        own = {"id": self.id, "attribute": self.attribute, "because": because}
        fields = self._asdict()
        # It is the end of the remedy.
        del fields["loads"]
        return {**fields, **own}


class Unseen(NamedTuple):
    """A NotChecked of a declared resource."""

    role: str
    kind: str
    resource: str
    check: str
    subject: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """As modules return it."""
        own = {"id": f"{self.kind}.{self.check}", "attribute": self.attribute}
        return {**self._asdict(), **own}

    @property
    def attribute(self) -> str:
        """Check and subject, for people."""
        return attribute(self.check, self.subject)


class Follower(NamedTuple):
    """A resource that is right now, and has to be looked at again once its causes are put right."""

    role: str
    kind: str
    resource: str
    because: tuple[Cause, ...]

    def as_dict(self) -> dict[str, Any]:
        """As modules return it."""
        return {**self._asdict(), "because": sorted(str(each) for each in self.because)}
