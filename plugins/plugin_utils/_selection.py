# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the command line of a run leaves anything of this collection's playbooks to be run.

Ansible passes over what tags, --limit and --start-at-task leave out, and ends well where nothing
is left. Where playbooks of others are run too, that something is left of them is for them to say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import yaml

# With which a playbook, or a play, is run.
Tags = frozenset[str]

PLAYBOOKS = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "playbooks"))
COLLECTION = "flaskops.stack."
# These show what would be run, and run nothing in any case.
LISTING = ("listhosts", "listtasks", "listtags", "syntax")
REMEDY = (
    "Everything here belongs together, and what is right already is passed over in any case: run"
    " it without that."
)


def refusal(arguments: Mapping[str, Any], asked: Collection[object]) -> str:
    """Why nothing would be run, or ""; to be asked while each playbook is loaded.

    arguments are those of the command line, as context.CLIARGS has them; asked is the list of the
    hosts that --limit leaves to each of the playbooks that were loaded until now.
    """
    entries = _entries(arguments.get("args") or ())
    if not entries or any(arguments.get(name) for name in LISTING):
        return ""
    if arguments.get("start_at_task"):
        return (
            "--start-at-task passes over the comparison, from which all that follows is taken."
            f" {REMEDY}"
        )
    only, skip = (_words(arguments.get(name)) for name in ("tags", "skip_tags"))
    if not any(_is_selected(tags, only, skip) for tags in entries):
        return f"--tags or --skip-tags leave nothing to be run. {REMEDY}"
    if arguments.get("subset") and len(asked) >= len(entries) and not any(asked):
        return (
            f'--limit {arguments["subset"]} leaves no host of the groups "app" and'
            ' "database" to be looked at; limit the run to some that are in them.'
        )
    return ""


def _entries(paths: Iterable[str]) -> list[Tags]:
    """The tags with which each playbook of this collection is run; [] where others are run too."""
    found: list[Tags] = []
    for path in paths:
        tags = _read(path, frozenset(), ())
        if tags is None:
            return []
        found += tags
    return found


def _read(name: str, tags: Tags, within: tuple[str, ...]) -> list[Tags] | None:
    """The tags of each of this collection's playbooks behind a name; None where others are."""
    path = os.path.realpath(name)
    if _is_ours(name, path):
        return [tags]
    if path in within:
        return None
    try:
        with open(path, encoding="utf-8") as stream:
            plays = yaml.load(stream, Loader=_Loader) or []  # noqa: S506 (a safe one)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return None
    found: list[Tags] = []
    for play in plays if isinstance(plays, list) else [None]:
        if not isinstance(play, dict) or not (imported := _imported(play)):
            return None
        own = _words(play.get("tags"))
        name = imported if _is_ours(imported, "") else os.path.join(os.path.dirname(path), imported)
        more = _read(name, tags | own, (*within, path))
        # What a template makes of a name is not known yet.
        if more is None or any("{" in word for word in own):
            return None
        found += more
    return found


def _is_ours(name: str, path: str) -> bool:
    return os.path.dirname(path) == PLAYBOOKS or re.fullmatch(
        re.escape(COLLECTION) + r"\w+", name
    ) is not None  # fmt: skip


def _imported(play: Mapping[str, Any]) -> str | None:
    found = play.get("ansible.builtin.import_playbook") or play.get("import_playbook")
    return found if isinstance(found, str) and "{" not in found else None


def _words(value: Any) -> Tags:
    """Tags, which are lists of words with commas between them."""
    parts = [value] if isinstance(value, str) else value or ()
    return frozenset(
        word.strip() for part in parts for word in str(part).split(",") if word.strip()
    )


def _is_selected(tags: Tags, only: Tags, skip: Tags) -> bool:
    """Whether Ansible runs a task that has these tags."""
    is_tagged = bool(tags)
    own = tags or {"untagged"}
    if only and "always" not in own:
        everything = "all" in only and "never" not in own
        if not (
            everything or own & only or ("tagged" in only and is_tagged and "never" not in own)
        ):
            return False
    if "all" in skip:
        return "always" in own and "always" not in skip
    return not (own & skip or ("tagged" in skip and is_tagged))


class _Loader(yaml.SafeLoader):
    """One that passes over tags such as !vault."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
