# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heads of an application's migrations, read from its scripts without running them.

Starting Flask to ask Alembic takes a second; reading constants takes milliseconds. Where
the scripts say their revisions in another way than Alembic writes them, the answer is None,
and Alembic has to be asked.
"""

from __future__ import annotations

import ast
import configparser
import os
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file

NAMES = ("revision", "down_revision")


# What alembic.ini may say of other places than versions/.
PLACES = ("version_locations", "recursive_version_locations")


def place(config: str, directory: str) -> str | None:
    """The directory of the scripts by the path of an alembic.ini; None where that does not say so
    plainly. directory is the one in which Alembic runs."""
    try:
        text = _parsed(config).get("alembic", "script_location")
    except (configparser.Error, UnicodeDecodeError):
        return None
    text = text.replace("%(here)s", os.path.dirname(config))
    return None if "%" in text or ":" in text else os.path.join(directory, text)


def heads(directory: str, config: str = "") -> list[str] | None:
    """The revisions that no other one follows, sorted; None where the scripts do not tell.

    config is their alembic.ini; by default, the one beside them.
    """
    if not _has_usual_place(directory, config or os.path.join(directory, "alembic.ini")):
        return None
    revisions: set[str] = set()
    followed: set[str | None] = set()
    folder = os.path.join(directory, "versions")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py") or name == "__init__.py":
            continue
        constants = _constants(os.path.join(folder, name))
        if constants is None:
            return None
        revisions.add(constants["revision"])
        below = constants["down_revision"]
        followed |= set(below if isinstance(below, (tuple, list)) else [below])
    return sorted(revisions - followed)


def _has_usual_place(directory: str, config: str) -> bool:
    """Whether the scripts are in versions/, which alembic.ini may say otherwise."""
    if not os.path.isdir(os.path.join(directory, "versions")):
        return False
    try:
        parser = _parsed(config)
    except (configparser.Error, UnicodeDecodeError):
        return False
    return not any(parser.has_option("alembic", name) for name in PLACES)


def _parsed(path: str) -> configparser.RawConfigParser:
    """An alembic.ini; one without anything in it where there is none."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(path, encoding="utf-8")
    return parser


def _constants(path: str) -> dict[str, Any] | None:
    """revision and down_revision as the script assigns them; None unless they are constants."""
    try:
        with open(path, "rb", opener=regular_file.opener) as stream:
            tree = ast.parse(stream.read())
    except (SyntaxError, ValueError):
        return None
    found: dict[str, Any] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [t.id for t in targets if isinstance(t, ast.Name) and t.id in NAMES]
        if names:
            # Others have a target too, such as a loop, and assign no constant.
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                return None
            try:
                value = ast.literal_eval(node.value)
            except (ValueError, TypeError):
                return None
            found.update(dict.fromkeys(names, value))
    return found if set(found) == set(NAMES) and isinstance(found["revision"], str) else None
