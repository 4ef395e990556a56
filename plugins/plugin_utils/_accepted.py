# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which entries of audit_accepted are for a host today."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

KEYS = {"id", "subject", "hosts", "reason", "until"}
ID = re.compile(r"[a-z_]+\.[a-z_]+")


class AcceptedError(Exception):
    """An entry that makes no sense; the message names it."""


def for_host(
    entries: object, host: str, groups: Sequence[str], today: datetime.date
) -> list[dict[str, str]]:
    """[{id, subject, reason, until}] of the entries that are for a host and whose time is not over.

    Raises AcceptedError.
    """
    if not isinstance(entries, list):
        raise AcceptedError("audit_accepted is no list")
    valid = [_valid(entry, f"audit_accepted[{n}]") for n, entry in enumerate(entries)]
    return [
        {key: entry[key] for key in ("id", "subject", "reason", "until")}
        for entry in valid
        if {host, *groups, "all"}.intersection(entry["hosts"]) and _holds(entry["until"], today)
    ]


def _valid(entry: object, name: str) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise AcceptedError(f"{name} is no mapping with id and reason")
    unknown = sorted(set(entry) - KEYS)
    if unknown:
        raise AcceptedError(f"{name} has {unknown[0]}, which is none of {', '.join(sorted(KEYS))}")
    if not ID.fullmatch(str(entry.get("id", ""))):
        raise AcceptedError(f"{name}.id is no id of a finding, such as unit.drop_in")
    if not str(entry.get("reason") or "").strip():
        raise AcceptedError(f"{name}.reason is empty, and who reads the report needs it")
    hosts = entry.get("hosts", ["all"])
    if isinstance(hosts, str) or not isinstance(hosts, Sequence):
        raise AcceptedError(f"{name}.hosts is no list of hosts or groups")
    until = str(entry.get("until") or "")
    try:
        datetime.date.fromisoformat(until or "2000-01-01")
    except ValueError:
        raise AcceptedError(f"{name}.until is no day such as 2027-01-31: {until}") from None
    subject, reason = str(entry.get("subject") or ""), str(entry["reason"])
    return {
        **entry, "subject": subject, "reason": reason, "until": until,
        "hosts": [str(each) for each in hosts],
    }  # fmt: skip


def _holds(until: str, today: datetime.date) -> bool:
    return not until or today <= datetime.date.fromisoformat(until)
