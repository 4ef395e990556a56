# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a remedy: the reload or restart that brings it into effect, where it brings no more.

A reload takes over all that a server's files say. Where something else in them waits or is still to
be put right, the remedy ends before its reload, and a run of the site does it at last. What only
has to be loaded, once somebody has looked at it, cannot wait for that run, which refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import Finding
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    is_command,
)

# Roles that declare the files of one and the same process.
TOGETHER = {"pg_hba": "postgresql", "app": "gunicorn"}
# Findings each of whose remedies takes along what waits of the others.
TAKES_ALONG = (
    {"postgresql_configuration.waiting", "postgresql_configuration.preload",
     "postgresql_settings.setting", "postgresql_settings.undeclared"},
    {"unit.drop_in"},
    {"unit.manager"},
    {"process.configuration"},
)  # fmt: skip
FIRST = "Put right what else waits first, then run: {}"


def complete(
    differences: Iterable[Finding], consequences: Iterable[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """(differences, consequences) with the remedies as they are to be run.

    That a file was not loaded follows from what waits in it only while its remedy loads it.
    """
    given, following = list(differences), list(consequences)
    ended = [
        _ended(
            each,
            any(_comes_with(each, other) for other in given)
            or any(other.waits and _is_beside(each, other) for other in following),
        )
        for each in given
    ]
    left = {_process(each) for each, done in zip(given, ended) if each.loads and not done.loads}
    left -= {_process(each) for each in given if each.owned}
    stay = [f for f in following if f.owned and f.check == "loaded" and _process(f) in left]
    follow = [each for each in following if each not in stay]
    return ended + [each._replace(because=()) for each in stay], follow


def _ended(found: Finding, brings_more: bool) -> Finding:
    if not found.loads:
        return found
    if brings_more:
        return found._replace(remedy=found.remedy or FIRST.format(found.loads), loads="")
    then = " && " if is_command(found.remedy) else ", and run: "
    return found._replace(remedy=then.join(filter(None, (found.remedy, found.loads))))


def _comes_with(found: Finding, other: Finding) -> bool:
    """Whether the end of a remedy would bring another finding's change into effect."""
    if other is found or not _is_beside(found, other):
        return False
    if other.owned:
        return bool(found.remedy)
    return other.waits and not any({found.id, other.id} <= ids for ids in TAKES_ALONG)


def _is_beside(found: Finding, other: Finding) -> bool:
    """Whether it is in files of the same process, and not the same thing seen by another kind."""
    return _process(other) == _process(found) and (
        not other.subject or other.subject != found.subject
    )


def _process(found: Finding) -> str:
    return TOGETHER.get(found.role, found.role)
