# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd-system.conf(5) says of every service: its files, in which a distribution says
nothing. daemon-reload reads them anew, and each start takes them over."""

from __future__ import annotations

import glob

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import directives

PLACES = (
    "/etc/systemd/system.conf",
    "/etc/systemd/system.conf.d/*.conf",
    "/run/systemd/system.conf.d/*.conf",
    "/usr/local/lib/systemd/system.conf.d/*.conf",
)


def files() -> dict[str, list[directives.Directive]]:
    """{path: what it says of services} of the files that say something."""
    found = {}
    for path in (path for place in PLACES for path in sorted(glob.glob(place))):
        try:
            with open(path, encoding="utf-8", errors="replace") as stream:
                said = directives.parse(stream.read())
        except OSError:
            continue
        said = [each for each in said if each.name.startswith(("Default", "Capability", "NoNew"))]
        if said:
            found[path] = said
    return found


def variables(found: dict[str, list[directives.Directive]]) -> dict[str, str]:
    """{variable: path of the file that gives it to every service}."""
    return {
        name: path for path, said in found.items() for each in said
        if each.name == "DefaultEnvironment" for name in directives.variables(each.value)
    }  # fmt: skip
