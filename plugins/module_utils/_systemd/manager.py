# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd-system.conf(5) says of every service: its files, in which a distribution says
nothing. daemon-reload reads them anew, and each start takes them over."""

from __future__ import annotations

import glob
import os

from ansible_collections.flaskops.stack.plugins.module_utils._systemd import directives

PLACES = (
    "/etc/systemd/system.conf",
    "/etc/systemd/system.conf.d/*.conf",
    "/run/systemd/system.conf.d/*.conf",
    "/usr/local/lib/systemd/system.conf.d/*.conf",
)
# Programs that root runs at each daemon-reload, systemd.generator(7), without those of packages.
GENERATORS = tuple(
    f"{place}/systemd/system-{name}/*"
    for place in ("/etc", "/run", "/usr/local/lib")
    for name in ("generators", "environment-generators")
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
    return {**found, **{path: [RUN] for path in _generators()}}


# In the place of what a program says.
RUN = directives.Directive("", "Generator", "runs at each daemon-reload")


def _generators() -> list[str]:
    """One that is a link to /dev/null takes away a package's, and does nothing."""
    paths = [path for place in GENERATORS for path in sorted(glob.glob(place))]
    return [path for path in paths if os.access(path, os.X_OK) and os.path.isfile(path)]


def variables(found: dict[str, list[directives.Directive]]) -> dict[str, str]:
    """{variable: path of the file that gives it to every service}."""
    return {
        name: path for path, said in found.items() for each in said
        if each.name == "DefaultEnvironment" for name in directives.variables(each.value)
    }  # fmt: skip
