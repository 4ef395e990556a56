# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function run as another system user, in a process of its own that is ended in time."""

from __future__ import annotations

import grp
import json
import os
import pwd
import select
import signal
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace


class CallError(Exception):
    """The function ended with an error."""


def groups_of(account: pwd.struct_passwd) -> list[int]:
    """The groups of a system user, as pwd has it."""
    others = [g.gr_gid for g in grp.getgrall() if account.pw_name in g.gr_mem]
    return sorted({account.pw_gid, *others})


def call(
    account: pwd.struct_passwd,
    function: Callable[..., Any],
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Any:
    """What function(*arguments) returns, which JSON must be able to hold.

    environment is added to the function's; timeout is in seconds. Raises CallError,
    and pace.Slow where there is no answer in time.
    """
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _child(account, function, arguments, environment, send)
    os.close(send)
    limit = pace.Limit(timeout, f"what was asked as the user {account.pw_name}")
    try:
        text = _read(receive, limit)
    finally:
        os.close(receive)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    answer = json.loads(text) if text else {"error": "no answer"}
    if "error" in answer:
        raise CallError(answer["error"])
    return answer["result"]


def _child(
    account: pwd.struct_passwd,
    function: Callable[..., Any],
    arguments: tuple[object, ...],
    environment: Mapping[str, str] | None,
    send: int,
) -> NoReturn:
    """Never returns: what the caller would do at its end is not for this process."""
    try:
        try:
            if os.geteuid() == 0:
                os.setgroups(groups_of(account))
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            os.environ["HOME"] = account.pw_dir
            os.environ.update(environment or {})
            answer: dict[str, Any] = {"result": function(*arguments)}
        except Exception as exc:
            answer = {"error": f"{type(exc).__name__}: {exc}"}
        with os.fdopen(send, "w", encoding="utf-8") as stream:
            json.dump(answer, stream)
    finally:
        os._exit(0)


def _read(descriptor: int, limit: pace.Limit) -> str:
    """All that is written until it is closed; raises pace.Slow."""
    parts: list[bytes] = []
    while True:
        ready, _writable, _broken = select.select([descriptor], [], [], limit.left())
        if not ready:
            continue
        part = os.read(descriptor, 65536)
        if not part:
            return b"".join(parts).decode("utf-8")
        parts.append(part)
