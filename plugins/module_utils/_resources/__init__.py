# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources: each module here is one, except cause, difference, lines, needs,
ownership and sealed_files.

A kind says what may be declared of a resource, reads what is there, and compares the two. It only
reads: what it finds is put right by the roles, or by people.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar, Union

from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    NotChecked,
)

Answer = TypeVar("Answer")
# What is declared of one resource: its options, validated, with their defaults.
Options = dict[str, Any]
# What compare() finds.
Found = Union[Difference, NotChecked]


class Experts(Protocol):
    """diagnose(options of connection_info) returns (Case, verdict) of a connection that fails;
    explain(failure), of _application/failures.py, returns (what is wrong, remedy or "")."""

    @property
    def diagnose(self) -> Callable[[Options], tuple[Any, Any]]: ...

    @property
    def explain(self) -> Callable[[Any], tuple[str, str]]: ...


class Host(Protocol):
    """What a kind may ask of the host, and of what else was read of it; _host/readings has it.

    anew: whether what was proven before (proofs.py) is asked again. learned: what was found out now
    and may be kept, {name: (key, proven)}. experts: what the diagnosis says of what fails; None
    where it is the diagnosis that asks. unit_names: the units of all that is compared.
    """

    unit_names: list[str]
    anew: bool
    learned: dict[str, tuple[Any, Any]]

    @property
    def experts(self) -> Experts | None: ...

    def package(self, name: str, /) -> str | None:
        """The installed version of a Debian package, or of what provides it."""

    def unit(self, name: str, /) -> dict[str, str]:
        """The properties of a systemd unit; {} where systemd knows no such unit."""

    def once(self, key: Hashable, read: Callable[[], Answer], /) -> Answer:
        """The answer to any other question, from its first asking."""

    def server(self, login: Options, /) -> Any:
        """The catalogue.Server behind a login; raises session.ServerError."""

    def database(self, login: Options, name: str, schema: str, owner: str, /) -> Any:
        """The catalogue.Database of that name; raises session.ServerError."""


class Kind(Protocol):
    """What every kind has.

    OPTIONS is what may be declared, as an argument_spec. CHECKS are what it can find, by the names
    that difference() takes.
    """

    OPTIONS: dict[str, Any]
    CHECKS: dict[str, Check]

    def identity(self, resource: Options, /) -> str:
        """Which of its kind a resource is, for people and for Causes."""

    def read(self, resource: Options, host: Host, /) -> Any:
        """What is there, in a shape of the kind's own; it is called once.

        Raises OSError, ValueError, session.ServerError or pace.Slow where it cannot be read, which
        the comparison reports as "readable".
        """

    def compare(self, resource: Options, actual: Any, /) -> Sequence[Found]:
        """What differs between what is declared and what read() returned. Pure."""


class Depends(Protocol):
    """A kind whose resources are to be looked at again once something else is put right."""

    def depends(self, resource: Options, /) -> list[Cause]:
        """What that is; where a resource cannot be read, this is why."""


class Begins(Protocol):
    """A kind that takes long, and waits for others meanwhile."""

    def begin(self, resource: Options, host: Host, /) -> Any:
        """Start to read; called for all resources before anything is read."""


class Live(Protocol):
    """A kind that shows whether the site works, of whatever is declared."""

    LIVE: bool


class Running(Protocol):
    """A kind that shows whether something runs on its files.

    MENDED_BY is what takes the files over, by the names of the checks: "restart" or "reload".
    """

    MENDED_BY: dict[str, str]
