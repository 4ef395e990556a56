# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diagnosis of an application's way to its database: one layer after the other.

The first layer that fails is to blame. Those that do not depend on it are looked at all the
same, and the others are skipped.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import (
    Layer,
    application,
    auth,
    capacity,
    config,
    database,
    dns,
    driver,
    privileges,
    request,
    schema,
    service,
    tcp,
    tls,
    url,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    failed,
    not_checked,
    skipped,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

# What a layer answered with: layer, status, code, message, milliseconds and evidence; and the
# verdict: ok, status, layer, code, message, cause and remedy. As connection_info returns them.
Looked = dict[str, Any]
Verdict = dict[str, Any]

# In the order of the diagnosis, from the host outwards and on into the server.
LAYERS: dict[str, Layer] = {
    "config": config,
    "url": url,
    "driver": driver,
    "dns": dns,
    "tcp": tcp,
    "tls": tls,
    "auth": auth,
    "database": database,
    "privileges": privileges,
    "schema": schema,
    "capacity": capacity,
    "service": service,
    "request": request,
    "application": application,
}
UNEXPECTED = Code(
    "Something stood in the way of the check itself.",
    "See the message; run it again with become: true.",
)
SLOW = Code(
    "The machine has too much other work, or too little CPU or memory; or what was asked waits for"
    " something. Nothing says that it is broken.",
    "See what takes the time (top, vmstat 1), and diagnose again when it is less; there is nothing"
    " to repair for this.",
)


def codes() -> dict[str, Code]:
    """{code: Code} of all layers, in their order."""
    return {
        f"{name}.{code}": text
        for name, layer in LAYERS.items()
        for code, text in {**layer.CODES, "slow": SLOW, "unexpected": UNEXPECTED}.items()
    }


def diagnose(case: Case, last: str = "application") -> tuple[Verdict, list[Looked]]:
    """(verdict, layers) of a case, down to the layer named last."""
    layers: list[Looked] = []
    for name in list(LAYERS)[: list(LAYERS).index(last) + 1]:
        blocked = [
            layer["layer"]
            for layer in layers
            if layer["layer"] in LAYERS[name].NEEDS and _keeps_others(layer)
        ]
        layers.append(_look(name, case, blocked))
    return verdict(layers), layers


def _keeps_others(layer: Looked) -> bool:
    """Whether a layer leaves those that need it without what they need."""
    return layer["status"] in ("failed", "skipped") or str(layer["code"]).endswith(".slow")


def _look(name: str, case: Case, blocked: list[str]) -> Looked:
    started = time.monotonic()
    try:
        outcome = skipped(f"needs {blocked[0]}") if blocked else LAYERS[name].check(case)
    except pace.Slow as exc:
        outcome = not_checked("slow", str(exc), limit=round(exc.limit), seconds=round(exc.elapsed))
    except Exception as exc:
        # What no layer has foreseen must not keep the others from being looked at.
        outcome = failed("unexpected", f"{type(exc).__name__}: {exc}")
    return {
        "layer": name,
        "status": outcome.status,
        "code": f"{outcome.of or name}.{outcome.code}" if outcome.code else "",
        "message": outcome.message,
        "milliseconds": round((time.monotonic() - started) * 1000),
        "evidence": outcome.evidence,
    }


def verdict(layers: list[Looked]) -> Verdict:
    """What is to blame: the first layer that fails, else the first that warns; else what was not
    checked, because all is well only where all was looked at."""
    for status in ("failed", "warning", "not_checked"):
        for layer in layers:
            if layer["status"] == status:
                return {
                    "ok": False,
                    "status": status,
                    "layer": layer["layer"],
                    "code": layer["code"],
                    "message": layer["message"] + _before(layer, layers),
                    **codes()[layer["code"]]._asdict(),
                }
    return {
        "ok": True, "status": "ok", "layer": "", "code": "ok", "message": "every layer is well",
        "cause": "", "remedy": "",
    }  # fmt: skip


def _before(blamed: Looked, layers: list[Looked]) -> str:
    """What warned or was slow before a layer failed may be its reason, and is said behind its
    message."""
    if blamed["status"] != "failed":
        return ""
    earlier = layers[: layers.index(blamed)]
    return "".join(
        f"; before that, {layer['code']}: {layer['message']}"
        for layer in earlier
        if layer["status"] in ("warning", "not_checked")
    )


MARKS = {
    "ok": "ok", "failed": "FAILED", "warning": "warning", "skipped": "-",
    "not_checked": "not checked",
}  # fmt: skip


def ladder(layers: list[Looked]) -> list[str]:
    """A line for each layer, for people."""
    return [
        f"{layer['layer']:<11} {MARKS[layer['status']]:<11} {layer['message']}".rstrip()
        for layer in layers
    ]


def explanation(found: Verdict) -> list[str]:
    """The lines of a verdict, for people; none where all is well."""
    if found["ok"]:
        return []
    return [
        f"{found['code']}: {found['message']}",
        f"  cause:  {found['cause']}",
        f"  remedy: {found['remedy']}",
    ]
