# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that an operator declares: as words without a shell, what is wrong with them, and which
have run on this host.

The record is root's own: what the application could write there would keep a command from running.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.flaskops.stack.plugins.module_utils._application import proofs

# A text that is split as a shell would, or the words themselves.
Command = Union[str, Sequence[Any]]
# {name: the releases for which a command has run}
Record = dict[str, list[str]]

# What is quoted in a text; and what only a shell would do something with.
QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
VARIABLE = re.compile(r"\$[A-Za-z_({]\w*|`")
OPERATOR = re.compile(r"[;&|<>]+")
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
# The lines of a command's output that a failure shows.
LINES = 25


class CommandError(ValueError):
    """A command that cannot be run as it is declared."""


def words(command: Command) -> list[str]:
    """The words of a command, the program first. Raises CommandError."""
    if isinstance(command, (list, tuple)):
        found = [str(word) for word in command]
    elif isinstance(command, str):
        try:
            found = shlex.split(command)
        except ValueError as exc:
            raise CommandError(f"{command!r}: {str(exc).lower()}") from exc
        shell = _for_a_shell(command)
        if shell:
            raise CommandError(
                f"{command!r}, in which {shell!r} is for a shell, and none runs it; put it in"
                " quotes, declare several commands, or [sh, -c, '...']"
            )
    else:
        raise CommandError(f"{command!r}, which is neither a text nor a list of words")
    if not found or not found[0]:
        raise CommandError(f"{command!r}, which names no program")
    if any("\0" in word for word in found):
        raise CommandError("a word with a NUL in it")
    return found


def _for_a_shell(text: str) -> str:
    """What of a text only a shell would understand; "" where nothing is."""
    # In double quotes a shell still puts variables in.
    bare = QUOTED.sub(lambda match: match[0] if match[0].startswith('"') else "", text)
    found = VARIABLE.search(re.sub(r"\\.", "", bare)) or OPERATOR.search(QUOTED.sub("", text))
    return found[0] if found else ""


def mistakes(commands: Sequence[Any]) -> list[str]:
    """What is wrong with declared commands, or with {name, command, ...} of them, as parts of a
    sentence."""
    found, names = [], []
    for each in commands:
        if isinstance(each, Mapping):
            name = str(each.get("name", ""))
            if not NAME.fullmatch(name):
                found.append(
                    f"the name {name!r}; it is lower-case letters, digits and hyphens, and begins"
                    " with a letter"
                )
            elif name in names:
                found.append(f"the name {name} twice")
            names.append(name)
            each = each.get("command")
        try:
            words(each)
        except CommandError as exc:
            found.append(str(exc))
    return found


def shown(command: Sequence[str]) -> str:
    """A command for people."""
    return shlex.join(command)


def failed(command: Sequence[str], code: int, text: str) -> list[str]:
    """The lines that say of a command how it ended: the first with the last one of its output,
    which most often has the cause; then those before it."""
    lines = text.strip().splitlines()[-LINES:]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    last = lines[-1].strip() if lines else "it said nothing"
    return [f'"{shown(command)}" {how}: {last}', *lines[:-1]]


def recorded(application: str, folder: str = proofs.FOLDER) -> Record:
    """Which commands have run on this host; none where nothing is known."""
    found = proofs.read(f"{application}.commands", {}, folder)
    return found if isinstance(found, dict) else {}


def note(application: str, name: str, release: str, folder: str = proofs.FOLDER) -> None:
    """Note that a command has run for a release."""
    record = recorded(application, folder)
    record[name] = [*(each for each in record.get(name, []) if each != release), release]
    proofs.write(f"{application}.commands", {}, record, folder)


def has_run(record: Record, name: str, release: str, once: str) -> bool:
    """Whether a command is not to run (again): once is "release" or "ever"."""
    releases = record.get(name, [])
    return bool(releases) if once == "ever" else release in releases
