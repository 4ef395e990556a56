# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of the diagnosis: each module here is one, except outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case


class Layer(Protocol):
    """What every layer has.

    NEEDS are the layers without which this one has nothing to look at: where one of them fails, it
    is skipped. CODES are what it can find, by the ends of the codes.
    """

    @property
    def NEEDS(self) -> tuple[str, ...]: ...

    @property
    def CODES(self) -> dict[str, Code]: ...

    def check(self, case: Case, /) -> Outcome:
        """Look at the layer of a case, and leave there what later layers need.

        Raises pace.Slow where there was no answer in time, of what may be well.
        """
