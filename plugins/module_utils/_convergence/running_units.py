# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units that are enabled and run on what their files say now.

What is to be done follows from the comparison, as everywhere, and from no earlier task.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import failures
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import accepted
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import recognition
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._host.readings import Host
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Options,
    postgresql_configuration,
    process,
    service_processes,
    unit,
    unix_socket,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import Difference
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import (
    environment_file,
    journal,
    units,
)

# Not the whole comparison, which would make the module several times as large.
KINDS = {
    "postgresql_configuration": postgresql_configuration,
    "process": process,
    "service_processes": service_processes,
    "unit": unit,
    "unix_socket": unix_socket,
}
# Seconds within which a server has read its files after a reload.
RELOAD_TIMEOUT = 10


class UnitError(Exception):
    """A unit does not do what it was told."""


class Stranger(NamedTuple):
    """A difference that waits for a reload or a start, with the id under which it is accepted."""

    id: str
    subject: str
    found: Difference


def refusal(strangers: Sequence[Stranger]) -> str:
    """Why nothing is reloaded or restarted, for people."""
    told = "; ".join(
        f"{each.id} {each.subject}: {each.found.actual} (remedy: {each.found.remedy})"
        for each in strangers
    )
    return (
        "Nothing was reloaded or restarted, because that would bring into effect what nobody"
        f" declared: {told}. Take it away, or accept it with audit_accepted, and run it again."
    )


class Units:
    """The units among the declared resources, and what shows whether they run on their files.

    resources are the names of KINDS with their options. systemctl is called with its arguments, and
    raises UnitError.
    """

    def __init__(
        self,
        resources: Sequence[tuple[str, Options]],
        systemctl: Callable[..., object],
        exceptions: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._systemctl = systemctl
        self._resources = resources
        self._exceptions = exceptions
        self._began = time.time()
        self._options = [options for _kind, options in resources]
        self._units = [options for kind, options in resources if kind == "unit"]
        self._running = [(KINDS[kind], options) for kind, options in resources if kind != "unit"]
        self.names: list[str] = [options["unit"] for options in self._units]

    def enable(self) -> list[str]:
        """Have the units start at boot, and systemd know their files; returns those that were not
        enabled."""
        found = units.show(self.names)
        masked = [n for n in self.names if _enabled(found[n]).startswith("masked")]
        for name in masked:
            where = ["--runtime"] if "runtime" in _enabled(found[name]) else []
            self._systemctl("unmask", *where, name)
        if masked or any(not each or each["NeedDaemonReload"] == "yes" for each in found.values()):
            self._refuse_strangers()
            self._systemctl("daemon-reload")
            found = units.show(self.names)
        disabled = [n for n in self.names if _enabled(found[n]) != "enabled"]
        if disabled:
            self._systemctl("enable", *disabled)
        return [n for n in self.names if n in masked + disabled]

    def reload(self) -> list[str]:
        """Reload the units that run; returns them."""
        host = Host(self._options)
        active = [n for n in self.names if host.unit(n).get("ActiveState") == "active"]
        if active:
            self._refuse_strangers()
            self._systemctl("reload", *active)
        return active

    def await_reload(self, timeout: float = RELOAD_TIMEOUT) -> None:
        """Wait until what a reload brings is there; raises UnitError where that
        takes longer than timeout, in seconds."""
        limit = pace.Limit(timeout, f"The reload of {', '.join(self.names)}")
        while waiting := [text for _unit, by, text in self._wrong() if by == "reload"]:
            try:
                limit.left()
            except pace.Slow as exc:
                raise UnitError(f"{exc}: {waiting[0]}") from None
            time.sleep(0.05)

    def restart(self, also_for_reload: bool) -> list[str]:
        """Start what does not run, and restart what does not run on its files, with what goes down
        with it; returns these.

        also_for_reload: whether a restart takes the place of a reload.
        """
        found = units.show(self.names)
        states = {n: found[n].get("ActiveState") for n in self.names}
        due = {n for n in self.names if states[n] != "active"}
        ways = {"restart", "reload"} if also_for_reload else {"restart"}
        due |= {name for name, by, _text in self._wrong() if by in ways}
        due |= {each["unit"] for each in self._units if due & set(each["requires"])}
        names = [n for n in self.names if n in due]
        # One that failed often just now would be refused another start.
        failed = [n for n in names if states[n] == "failed"]
        if failed:
            self._systemctl("reset-failed", *failed)
        if names:
            self._refuse_strangers()
            self._refuse_to_end()
            # All at once, because systemd knows which goes before which.
            self._systemctl("restart", *names)
        return names

    def _refuse_strangers(self) -> None:
        """Raise UnitError where a reload or a start would bring what nobody declared."""
        host = Host(self._options)
        found = [
            Stranger(f"{name}.{each.check}", each.subject, each)
            for name, options in self._resources
            for each in KINDS[name].compare(options, KINDS[name].read(options, host))
            if isinstance(each, Difference) and each.waits
        ]
        strangers, _accepted = accepted.split(found, self._exceptions)
        if strangers:
            raise UnitError(refusal(strangers))

    def _refuse_to_end(self) -> None:
        """Raise UnitError where a unit would go down, and not start again."""
        host = Host(self._options)
        missing = [
            f"{each.subject} is {each.actual} (remedy: {each.remedy})"
            for name, options in self._resources
            for each in KINDS[name].compare(options, KINDS[name].read(options, host))
            if each.check in getattr(KINDS[name], "UNSTARTABLE", ())
        ]
        if missing:
            raise UnitError(
                f"Nothing was restarted, because it would not start: {'; '.join(missing)}"
            )

    def absent(self) -> list[str]:
        """What to do for each program of a service that is not there."""
        programs = dict.fromkeys(options.get("program") for _kind, options in self._running)
        return [
            f"{path} is not there: neither the application's requirements nor app_packages ask for"
            f" {os.path.basename(path)}; add it to one of them."
            for path in programs
            if path and not os.path.exists(path)
        ]

    def exceptions(self) -> list[str]:
        """With what the services ended, by their journals, without secrets."""
        secrets: set[str] = set()
        for path in filter(None, (options.get("environment_file") for options in self._options)):
            # That it is not there may be why the service does not start.
            if not os.path.isfile(path):
                continue
            variables = environment_file.read(path).variables
            names = [name.rpartition(".")[0] for name in self.names]
            secrets |= masking.secrets_of(variables, masking.public_words(variables, *names))
        found = dict.fromkeys(_last(name, self._began, secrets) for name in self.names)
        return [text for text in found if text]

    def _wrong(self) -> list[tuple[str, str | None, str]]:
        """(unit, what mends it, what it is) of each difference between what runs and its files."""
        host = Host(self._options)
        return [
            (options["unit"], kind.MENDED_BY.get(found.check), f"{found.attribute}: {found.actual}")
            for kind, options in self._running
            for found in kind.compare(options, kind.read(options, host))
            # What could not be checked is no reason to restart.
            if isinstance(found, Difference)
        ]  # fmt: skip


def _last(name: str, since: float, secrets: Collection[str]) -> str:
    """What a service ended with, and what to do where that is known; "" if nothing is."""
    text = masking.mask(journal.written(name, since), secrets)
    found = [each for each in failures.parse(text) if not failures.is_only_the_end(each)]
    if not found:
        return journal.exception_of(text)
    said, remedy = recognition.explain(found[-1])
    return f"{said}. Remedy: {remedy}" if remedy else said


def _enabled(properties: Mapping[str, str]) -> str:
    return properties.get("UnitFileState", "")
