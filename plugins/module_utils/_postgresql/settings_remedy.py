# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes settings out of a server's files again, as one command for root's shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import catalogue, session

# What ALTER SYSTEM writes.
AUTO = "postgresql.auto.conf"
# The context of pg_settings of what only a restart changes.
FIXED = "postmaster"


class Remedy(NamedTuple):
    """The command that takes settings out, and the one that has the server follow."""

    remedy: str
    loads: str


def without(
    login: session.Login,
    server: catalogue.Server,
    name: str,
    own: Collection[str] = (),
    instead: Mapping[str, tuple[str, str]] | None = None,
) -> Remedy:
    """What takes a setting out of the files in which somebody put it, and has the server follow.

    With it goes all that waits in files of others than own, because the reload would bring it. Of a
    setting that own decides, only the lines behind its own go. instead is {setting: (file, value)}
    of lines that stay, with their own value, where Debian has written them.
    """
    instead = instead or {}
    name = name.lower()
    out = [(name, file) for file in _files(server, name, own)]
    out += [
        (each, line.file) for each, line in server.applied.items()
        if line.waits and line.file not in own and (each, line.file) not in out
    ]  # fmt: skip
    resets = [f"ALTER SYSTEM RESET {each}" for each, file in out if file.endswith(AUTO)]
    edits: dict[str, list[str]] = {}
    for each, file in out:
        if not file.endswith(AUTO):
            edits.setdefault(file, []).append(_edit(each, file, instead))
    if name in instead and not any(each == name and file == instead[name][0]
                                   for each, file, _value in server.lines):  # fmt: skip
        file, value = instead[name]
        edits.setdefault(file, []).append(f"$a {name} = {_quoted(value)}")
    commands = [
        " ".join(["sed -i", *(f"-e {shlex.quote(e)}" for e in found), shlex.quote(file)])
        for file, found in edits.items()
    ]
    if resets:
        commands.append(session.command(login, *resets))
    return Remedy(" && ".join(commands), _follow(login, server, name))


def restart(login: session.Login) -> str:
    """What starts a server anew on its files."""
    unit = login.get("unit")
    return f"systemctl restart {shlex.quote(unit or 'postgresql')}"


def reload(login: session.Login) -> str:
    """What has a server read its files."""
    command: str = session.command(login, "SELECT pg_reload_conf()")
    return command


def _follow(login: session.Login, server: catalogue.Server, name: str) -> str:
    row = server.settings.get(name, {})
    line = server.applied.get(name)
    # What merely waits has not come yet: then there is nothing to restart for.
    is_there = not (line and line.waits)
    if row.get("context") == FIXED and is_there and login.get("unit"):
        return restart(login)
    return reload(login)


def _files(server: catalogue.Server, name: str, own: Collection[str]) -> list[str]:
    """The files with a line of a setting that counts for more than own's."""
    files = [file for each, file, _value in server.lines if each == name]
    lasts = [number for number, file in enumerate(files) if file in own]
    later = files[lasts[-1] + 1 :] if lasts else files
    line = server.applied.get(name)
    if not later and line and line.file not in own:
        later = [line.file]
    return list(dict.fromkeys(later))


def _edit(name: str, file: str, instead: Mapping[str, tuple[str, str]]) -> str:
    pattern = f"^[[:space:]]*{re.escape(name)}\\b"
    if name in instead and instead[name][0] == file:
        text = f"{name} = {_quoted(instead[name][1])}"
        escaped = re.sub(r"([\\&|])", r"\\\1", text)
        return f"s|{pattern}.*|{escaped}|I"
    return f"s/{pattern}/#&/I"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
