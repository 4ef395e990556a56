# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator declares, judged before anything of it reaches a file: names and texts.

A mistake is a sentence that names the variable and never shows a secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError

# Where a value may have line ends, because what it is written to has a way to hold them: an
# environment file's quotes, SQL's parameters, a URL's percent encoding, a file of its own.
SEVERAL_LINES = {
    "app_database_ca",
    "app_database_password",
    "app_environment",
    "app_secret_key",
    "database_owner_password",
    "database_password",
    "migrations_settings_content",
    "postgresql_tls_certificate",
    "postgresql_tls_private_key",
}
# A tab is a space to every file that is written; NUL is nowhere.
# As Jinja says it.
UNDEFINED = re.compile(r"'(\w+)' is undefined")
CONTROL = re.compile("[\0-\b\n-\x1f\x7f]")
# What PostgreSQL takes for a verifier and stores as it is; get_password_type() in its
# src/backend/libpq/crypt.c.
VERIFIER = re.compile(r"md5[0-9a-f]{32}\Z|SCRAM-SHA-256\$")
# A truth value is a number to Python.
TYPES = (
    (bool, "a truth value"), ((int, float), "a number"), ((list, tuple), "a list"),
    (dict, "a mapping"), (object, "no text"),
)  # fmt: skip
PASSWORDS = ("database_password", "database_owner_password", "app_database_password")

# How alike a name must be to one that is known: a letter left out, doubled or changed.
ALIKE = 0.88


def mistakes(options: Mapping[str, Mapping[str, Any]], said: Mapping[str, Any]) -> list[str]:
    """The mistakes in values said = {name: value}, by the specification of the roles' options."""
    found: list[str] = []
    for name, value in said.items():
        if value is None:
            # To Ansible it is a value, and as a text it is "None".
            found.append(f"{name} has no value (null); give it one, or leave it out.")
            continue
        option = options[name]
        if option.get("no_log") and option.get("type") == "str":
            found += _no_text(name, value)
        found += _control_characters(name, value)
    return found


def _no_text(name: str, value: object) -> Iterator[str]:
    """A secret that YAML read as something else than what was written: yes, 0123, 1e5."""
    if not isinstance(value, str):
        kind = next((words for types, words in TYPES if isinstance(value, types)), "no text")
        yield f"{name} is {kind} to YAML, and must be a text; put it in quotes."
    elif name in PASSWORDS and VERIFIER.match(value):
        yield (
            f"{name} has the form of a stored verifier (md5..., SCRAM-SHA-256$...); declare the"
            " password itself."
        )


def _control_characters(name: str, value: object) -> Iterator[str]:
    for text in _texts(value):
        found = CONTROL.search(text)
        if found and (found.group() == "\0" or name not in SEVERAL_LINES):
            code = ord(found.group())
            what = {0: "NUL", 10: "a line end", 13: "a carriage return"}.get(code, f"U+{code:04X}")
            yield f"{name} has {what} in it, which what it is written to cannot hold."
            return


def _texts(value: object) -> Iterator[str]:
    """All texts in a value, names of variables included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            for part in pair:
                yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


def innermost(error: BaseException) -> str:
    """What the innermost of several errors of Ansible says, each the reason of the one
    around it. A plugin has put what it knows into its own, around what its core raised."""
    while isinstance(error.__cause__, AnsibleError):
        error = error.__cause__
    return str(error).strip()


def not_worked_out(said: str, names: Iterable[str], templates: Mapping[str, Any]) -> str:
    """A sentence about a value that cannot be worked out, for what an error says of it.

    names are those of variables that may be it; templates are all variables as they were declared.
    The one whose own text has what is not defined is at fault, and not those that use it.
    """
    found = UNDEFINED.search(said)
    word = re.compile(rf"(?<![\w.'\"]){re.escape(found[1])}\b") if found else None
    own = [n for n in names if word and any(word.search(t) for t in _texts(templates.get(n)))]
    if not own:
        return f"{said.rstrip('.')}."
    return f"{own[0]} cannot be worked out: {said}."


def misspelt(names: Iterable[str], known: Collection[str], others: Iterable[str] = ()) -> list[str]:
    """Sentences about names that are none of the known ones and much like one of them.

    others are names that the operator says are meant as they are.
    """
    beginnings = {name.partition("_")[0] for name in known}
    strangers = {name for name in names if not name.startswith("_")} - set(known) - set(others)
    # Few beginnings are shared by many names, and to compare texts takes long.
    alike = {
        beginning
        for beginning in {name.partition("_")[0] for name in strangers}
        if difflib.get_close_matches(beginning, beginnings, 1, 0.85)
    }
    found = []
    for name in sorted(strangers):
        if name.partition("_")[0] not in alike:
            continue
        meant = difflib.get_close_matches(name, known, 1, ALIKE)
        if meant:
            found.append(
                f"There is no variable {name}; did you mean {meant[0]}? If it is one of your own,"
                " list it in site_own_variables."
            )
    return found
