# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login by hand as libpq would go about it: all hosts, all that sslmode allows, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import (
    Endpoint,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import protocol
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire.protocol import (
    Attempt,
    Parameters,
)

STAGES = ("connect", "tls", "startup", "auth", "session", "ready")
TLS: dict[str, tuple[bool | str, ...]] = {
    "disable": (False,),
    "allow": (False, True),
    "prefer": ("prefer", False),
}
# The server's routine that goes through pg_hba.conf; its name is not translated.
NO_LINE = "ClientAuthentication"


def attempt(
    parameters: Parameters, places: Iterable[Sequence[Any]], timeout: float
) -> Attempt | None:
    """The attempt that came farthest; see protocol.login().

    places: [(endpoint, address)], as lists where JSON was between. It also has unsuitable (why
    a session is not what target_session_attrs asks for, or "") and tls_would ("required" or
    "forbidden" where encryption is all that the server minds, or "").
    """
    best: Attempt | None = None
    for endpoint, address in places:
        found = _at(parameters, Endpoint(*endpoint), address, timeout)
        found["unsuitable"] = _unsuitable(found, parameters.get("target_session_attrs", "any"))
        if best is None or _rank(found) > _rank(best):
            best = found
        if found["stage"] == "ready" and not found["unsuitable"]:
            break
    return best


def _rank(found: Attempt) -> tuple[int, bool]:
    return STAGES.index(found["stage"]), not found["unsuitable"]


def _at(parameters: Parameters, endpoint: Endpoint, address: str, timeout: float) -> Attempt:
    mode = parameters.get("sslmode", "prefer")
    # There is at least one way to try.
    best: Attempt = None  # type: ignore[assignment]
    for tls in TLS.get(mode, (True,)):
        found = protocol.login(parameters, endpoint, address, timeout, tls)
        if best is None or STAGES.index(found["stage"]) > STAGES.index(best["stage"]):
            best = found
        # What encryption cannot change, libpq does not try again either.
        if not _refused_by_line(found) and found["failure"] != "tls_failed":
            break
    best["tls_would"] = ""
    if _refused_by_line(best) and mode not in ("allow", "prefer"):
        other = protocol.login(
            parameters, endpoint, address, timeout, mode == "disable", verify=False,
            credentials=False,
        )  # fmt: skip
        if other["stage"] in ("auth", "session", "ready"):
            best["tls_would"] = "required" if mode == "disable" else "forbidden"
    return best


def _refused_by_line(found: Attempt) -> bool:
    error = found["error"]
    return bool(error) and error["sqlstate"] == "28000" and error["routine"] == NO_LINE


def _unsuitable(found: Attempt, wanted: str) -> str:
    if found["stage"] != "ready" or wanted in ("any", "prefer-standby"):
        return ""
    standby = found["status"].get("in_hot_standby") == "on"
    read_only = standby or found["status"].get("default_transaction_read_only") == "on"
    is_wanted = {
        "read-write": not read_only,
        "read-only": read_only,
        "primary": not standby,
        "standby": standby,
    }[wanted]
    kind = "a standby" if standby else "read-only" if read_only else "a primary"
    return "" if is_wanted else f"{found['host']}:{found['port']} is {kind}, not {wanted}"
