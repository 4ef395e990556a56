# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that cannot write, for an application that is only asked something.

Loading an application runs its code, and some migrate or write when they are loaded. PostgreSQL's
default_transaction_read_only alone does not keep them from it: an application may set READ WRITE
itself, asyncpg does not read PGOPTIONS, and a pooler drops or refuses what a session starts with.
So every driver is wrapped when it is imported, which is before the application has it:

- a session begins read-only (options of libpq, server_settings of asyncpg, mode=ro of SQLite), and
  is asked whether it is;
- psycopg2 and psycopg begin each transaction with READ ONLY, also where a pooler swallowed the
  option; there, an own COMMIT or autocommit is refused, since it would lead out of it;
- a statement that would make anything READ WRITE again is refused;
- a driver with which none of this is possible opens no connection, and neither does a program
  that the application starts.
"""

from __future__ import annotations

import importlib.abc
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs.drivers import (
    asyncpg,
    libpq,
    others,
    psycopg,
    psycopg2,
    sqlite,
)

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

# What changes a driver's module once it is imported.
Wrap = Callable[[Any], None]

# Programs that would have a driver of their own.
PROGRAM = re.compile(r"(?:python[\d.]*|flask|alembic|gunicorn|psql|pg_\w+|uv|poetry)\Z")
WRAPPERS: dict[str, Wrap] = {
    **psycopg2.WRAPPERS,
    **psycopg.WRAPPERS,
    **asyncpg.WRAPPERS,
    **sqlite.WRAPPERS,
    **others.WRAPPERS,
}


def install() -> None:
    """Wrap every driver that is imported from now on, or was already."""
    sys.meta_path.insert(0, _Finder(WRAPPERS))
    # For what reaches libpq in another way.
    os.environ["PGOPTIONS"] = libpq.with_option(os.environ.get("PGOPTIONS"))
    for name, wrap in WRAPPERS.items():
        if name in sys.modules:
            wrap(sys.modules[name])
    sys.addaudithook(_refuse_programs)


def start_with(settings: Mapping[str, str]) -> None:
    """Begin every session with these settings, of an application that may write."""
    words = " ".join(f"-c {name}={value}" for name, value in settings.items())
    os.environ["PGOPTIONS"] = f"{os.environ.get('PGOPTIONS') or ''} {words}".strip()

    def wrap(module: Any) -> None:
        original = module._connect

        async def connect(*arguments: Any, **options: Any) -> Any:
            given = {**settings, **(options.get("server_settings") or {})}
            return await original(*arguments, **{**options, "server_settings": given})

        module._connect = connect

    sys.meta_path.insert(0, _Finder({"asyncpg.connect_utils": wrap}))


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps a driver at the end of its import; the other finders find it."""

    def __init__(self, wrappers: Mapping[str, Wrap]) -> None:
        self._wrappers = wrappers
        self.is_read_only = wrappers is WRAPPERS

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._wrappers:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find else None
            if spec and spec.loader:
                _after_import(spec.loader, self._wrappers[name])
                return spec
        return None


def _after_import(loader: importlib.abc.Loader, wrap: Wrap) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        wrap(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]  # of this import alone


def has_refused() -> bool:
    """Whether the application tried what it must not."""
    return bool(read_only.attempts or read_only.unguarded)


def has_written(error: BaseException | None) -> bool:
    """Whether the server has refused to write somewhere in the chain of an exception, because of
    what install() did."""
    if not any(isinstance(f, _Finder) and f.is_read_only for f in sys.meta_path):
        return False
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        original = getattr(error, "orig", None)
        if any(read_only.state(each) in read_only.STATES for each in (error, original)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _refuse_programs(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"):
        for word in _words(arguments[:2]):
            name = os.path.basename(word)
            if PROGRAM.match(name):
                read_only.refuse(read_only.unguarded, f"the program {name}")


def _words(found: object) -> Iterator[str]:
    """The words of a command line, however it is given."""
    if isinstance(found, (list, tuple)):
        for part in found:
            yield from _words(part)
    elif isinstance(found, (str, bytes, os.PathLike)):
        yield from os.fsdecode(found).split()
