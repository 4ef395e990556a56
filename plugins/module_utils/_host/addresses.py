# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By what names and addresses others speak to this host."""

from __future__ import annotations

import contextlib
import os
import socket


def own_addresses() -> list[str]:
    """The addresses from which this host speaks to others, of each family that it has."""
    found = []
    for family, other in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Nothing is sent for it.
            probe.connect((other, 9))
            address: str = probe.getsockname()[0]
            found.append(f"[{address}]" if family == socket.AF_INET6 else address)
    return found


def own_names() -> list[str]:
    """The host's name, without asking anybody for its domain, and its addresses."""
    return [os.uname().nodename.lower(), *own_addresses()]
