# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SQL that makes a thing of a database what it was again, where no row is lost by it."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What goes without any row of a table; a schema goes only where nothing is in it.
REPLACEABLE = frozenset(
    ("schema", "index", "constraint", "trigger", "rule", "policy", "view", "routine", "aggregate",
     "operator", "cast", "collation", "conversion", "operator class", "language",
     "text search configuration", "event trigger", "publication", "statistics object", "server",
     "foreign-data wrapper")
)  # fmt: skip
# As DROP has the kinds that PostgreSQL calls otherwise.
WORDS = {
    "statistics object": "STATISTICS",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
}
ON_TABLE = ("trigger", "rule", "policy", "constraint")


def parts(name: str, kind: str) -> tuple[str, str]:
    """(what a thing is called, the table that it is on) of its name."""
    rest = name[len(kind) + 1 :]
    if kind == "column":
        table, _dot, column = rest.rpartition('."') if rest.endswith('"') else rest.rpartition(".")
        return (f'"{column}' if rest.endswith('"') else column), table
    if kind in ON_TABLE:
        called, _on, table = rest.rpartition(" on ")
        return called, table
    return rest, ""


def drop(name: str, kind: str) -> list[str]:
    """The statements that take a thing away; none where that could lose rows."""
    if kind not in REPLACEABLE:
        return []
    called, table = parts(name, kind)
    if kind == "constraint":
        return [f"ALTER TABLE {table} DROP CONSTRAINT {called}"]
    if table:
        return [f"DROP {kind.upper()} {called} ON {table}"]
    return [remove(name, kind)]


def before_removal(name: str, kind: str) -> list[str]:
    """What lets a thing go: a subscription, without asking the other server for its slot."""
    if kind != "subscription":
        return []
    alter = f"ALTER SUBSCRIPTION {parts(name, kind)[0]}"
    return [f"{alter} DISABLE", f"{alter} SET (slot_name = NONE)"]


def remove(name: str, kind: str) -> str:
    """The statement that takes a thing away with all the rows in it; it fails where something else
    depends on it."""
    called, table = parts(name, kind)
    if kind == "column":
        return f"ALTER TABLE {table} DROP COLUMN {called}"
    return f"DROP {WORDS.get(kind, kind.upper())} {called}"


def create(name: str, kind: str, attributes: Mapping[str, str]) -> list[str]:
    """The statements that make a thing again; none where its definition is not known."""
    definition = attributes.get("definition", "")
    called, table = parts(name, kind)
    if kind == "constraint":
        return [f"ALTER TABLE {table} ADD CONSTRAINT {called} {definition}"]
    if kind == "schema":
        return [f"CREATE SCHEMA {called}"]
    if kind in ("index", "trigger", "rule", "policy"):
        return [definition.rstrip(";"), *_state(called, table, kind, attributes.get("state", ""))]
    return []


def change(name: str, kind: str, attribute: str, expected: str, current: str) -> list[str]:
    """The statements that give one attribute of a thing its value again; none where that is
    nothing that a statement does without knowing more."""
    called, table = parts(name, kind)
    if kind == "column":
        return _column(f"ALTER TABLE {table} ALTER COLUMN {called}", attribute, expected)
    if attribute == "state":
        if kind == "index":
            return [f"REINDEX INDEX {called}"] if expected == "valid" else []
        return _state(called, table, kind, expected)
    return _table(f"ALTER TABLE {called}", attribute, expected, current)


def _state(called: str, table: str, kind: str, expected: str) -> list[str]:
    word = {"enabled": "ENABLE", "disabled": "DISABLE", "enabled for A": "ENABLE ALWAYS",
            "enabled for R": "ENABLE REPLICA"}.get(expected)  # fmt: skip
    if kind not in ("trigger", "rule") or not word:
        return []
    return [f"ALTER TABLE {table} {word} {kind.upper()} {called}"]


def _column(alter: str, attribute: str, expected: str) -> list[str]:
    if attribute == "default":
        return [f"{alter} SET DEFAULT {expected}" if expected else f"{alter} DROP DEFAULT"]
    if attribute == "null":
        return [f"{alter} {'SET' if expected == 'not allowed' else 'DROP'} NOT NULL"]
    return []


def _table(alter: str, attribute: str, expected: str, current: str) -> list[str]:
    if attribute == "persistence":
        return [f"{alter} SET {expected.upper()}"]
    if attribute == "row security":
        return [f"{alter} {'ENABLE' if expected == 'enabled' else 'DISABLE'} ROW LEVEL SECURITY"]
    if attribute == "row security of the owner":
        return [f"{alter} {'' if expected else 'NO '}FORCE ROW LEVEL SECURITY"]
    if attribute == "tablespace":
        return [f"{alter} SET TABLESPACE {expected or 'pg_default'}"]
    if attribute == "system triggers" and expected == "enabled":
        return [f"{alter} ENABLE TRIGGER ALL"]
    if attribute == "inherits":
        were, are = (re.split(", ", text) if text else [] for text in (expected, current))
        return [f"{alter} NO INHERIT {parent}" for parent in are if parent not in were] + [
            f"{alter} INHERIT {parent}" for parent in were if parent not in are
        ]
    if attribute == "options":
        names = ", ".join(each.partition("=")[0] for each in current.split(", ") if each)
        found = [f"{alter} RESET ({names})"] if names else []
        return [*found, f"{alter} SET ({expected})"] if expected else found
    return []
