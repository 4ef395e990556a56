# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a host: by its inventory, and by what it said when it was first asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# What the task that asks a host prints, and registers as _site_known.
RELEASE = re.compile(r"^release=(\w+);", re.M)
ADDRESS = re.compile(r"^address=([0-9a-f.:]+);", re.M)


def answer(name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return {release, address, is_guess} of a host, by its name and its variables.

    release is Debian's code name, or "unknown". address is the declared one, or the one from which
    the host reaches others; of a host that does not answer it is a guess. Of a host that was not
    asked and declares none there is no address, so that what needs it fails.
    """
    known = variables.get("_site_known")
    said = str((known or {}).get("stdout") or "")
    found = {
        "release": _first(RELEASE, said) or "unknown",
        "is_guess": False,
    }
    declared = variables.get("site_address")
    if declared:
        found["address"] = str(declared)
    elif known is not None and known.get("unreachable"):
        found["address"] = str(variables.get("ansible_host") or name)
        found["is_guess"] = True
    elif known is not None:
        # A host without a route to others is alone.
        found["address"] = _first(ADDRESS, said) or "127.0.0.1"
    return found


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
