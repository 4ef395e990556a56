# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do all hosts that use one database host declare the same application and database?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# What they must say alike, and what is taken where a host does not say it, as the playbooks do.
DEFAULTS = {
    "app_name": "",
    "database_name": "{app_name}",
    "database_user": "{database_name}",
    "database_owner": "{database_name}_owner",
    "database_schema": "public",
    "database_port": "",
    "database_password": "",
    "database_owner_password": "",
}
SECRET = ("database_password", "database_owner_password")


def mistakes(declared: Mapping[str, Mapping[str, Any]], server: str) -> list[str]:
    """A sentence for what hosts {name: {variable: value}} declare differently; [] where it is one
    application. server is the database host's name, or "" for one that somebody else runs."""
    complete = {host: _complete(said) for host, said in declared.items()}
    found = [_differing(name, complete) for name in DEFAULTS]
    found = [text for text in found if text]
    if not found:
        return []
    place = f"the database host {server}" if server else "one database server"
    return [
        f"Several applications would share {place} in one run: {'; '.join(found)}. Give each"
        ' application an inventory of its own, in which the group "database" may have the same'
        " host, and run flaskops.stack.site with each."
    ]


def _complete(said: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, default in DEFAULTS.items():
        value = said.get(name)
        values[name] = default.format(**values) if value in (None, "") else str(value)
    return values


def _differing(name: str, complete: Mapping[str, Mapping[str, str]]) -> str:
    """What a variable is on which hosts; "" where it is the same on all."""
    hosts: dict[str, list[str]] = {}
    for host, values in complete.items():
        hosts.setdefault(values[name], []).append(host)
    if len(hosts) == 1:
        return ""
    if name in SECRET:
        return f"{name} is not the same on {_several([names[0] for names in hosts.values()])}"
    parts = [f'"{value}" on {_several(names)}' for value, names in hosts.items()]
    return f"{name} is {' and '.join(parts)}"


def _several(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
