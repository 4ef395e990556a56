# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An installation of Debian packages that was broken off: how apt says so, and what finishes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# apt and dpkg refuse everything until somebody has finished what was begun.
SAID = re.compile(
    r"dpkg --configure -a|--fix-broken|fix-missing|[Uu]nmet dependencies|needs to be reinstalled"
    r"|inconsistent state|not fully installed"
)
KEEP = ("--force-confdef", "--force-confold")
# In this order: what is unpacked is configured, and what it depends on is brought, which configures
# the rest. Both do nothing where nothing is to be done.
FINISH = (
    f"DEBIAN_FRONTEND=noninteractive dpkg {' '.join(KEEP)} --configure -a;"
    " DEBIAN_FRONTEND=noninteractive apt-get --yes -o DPkg::Lock::Timeout=900"
    f" -o Dpkg::Options::='{KEEP[0]}' -o Dpkg::Options::='{KEEP[1]}'"
    " --no-remove --fix-broken install"
)


def is_meant(result: Mapping[str, Any]) -> bool:
    """Whether the answer of the module apt says that an earlier installation was broken off."""
    texts = (result.get(name) or "" for name in ("msg", "stderr", "module_stderr"))
    return bool(result.get("failed")) and any(SAID.search(str(text)) for text in texts)
