# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why the first things that are asked of a host fail, in words that say what to do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

# What says nothing about the failure: of SSH's client, and of a shell without its language.
NOISE = re.compile(r"(Shared )?[Cc]onnection to .* closed|warning: setlocale: ")
NO_PYTHON = re.compile(r"module interpreter '([^']*)' was not found|(/\S*python\S*): not found")
PYTHON = "apt-get update && apt-get install --yes python3"


def reason(result: Mapping[str, Any], host: str, inventories: Iterable[str] = ()) -> str:
    """Why a task failed, by its result; a host and its inventories name what is to be typed."""
    said = [_told(result.get(name)) for name in ("stderr", "module_stderr")]
    if result.get("rc"):
        said += [_told(result.get(name)) for name in ("stdout", "module_stdout")]
    message = str(result.get("msg") or "")
    text = next(filter(None, [*said, message]), "")
    everything = "\n".join([*said, message])
    missing = NO_PYTHON.search(everything)
    if missing:
        named = "".join(f" --inventory {shlex.quote(path)}" for path in inventories)
        return (
            f"{host} has no Python ({missing.group(1) or missing.group(2)}). Install it once, with:"
            f" ansible {shlex.quote(host)}{named} --become --module-name ansible.builtin.raw"
            f' --args "{PYTHON}"'
        )
    if "must have a tty" in everything:
        return (
            f"sudo on {host} wants a terminal (requiretty), which there is not where the connection"
            " pipelines. Declare ansible_pipelining: false for this host, or take requiretty out of"
            " its sudoers."
        )
    if text and "os-release" in text:
        return f"{host} is no Debian 12 or 13: {text}"
    return text


def _told(text: object) -> str:
    lines = str(text or "").splitlines()
    return "\n".join(line for line in lines if line.strip() and not NOISE.search(line)).strip()
