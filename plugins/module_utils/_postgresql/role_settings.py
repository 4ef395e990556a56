# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of ALTER ROLE ... SET: as SQL writes them, and as the catalogue has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Lists of names, each a value by itself (GUC_LIST_QUOTE in the server's guc_tables.c): one text
# with a comma in it would be one name.
LISTS = ("local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces")


def literals(settings: Mapping[str, object]) -> dict[str, str]:
    """{name: what stands behind TO}, for a mapping of names to texts, numbers or booleans."""
    return {
        name: ", ".join(_literal(part) for part in parts(name, value))
        for name, value in settings.items()
    }


def by_name(lines: Iterable[str]) -> dict[str, str]:
    """{name: value} of the lines of pg_db_role_setting, such as "work_mem=4MB"."""
    return {name: value for name, _equals, value in (line.partition("=") for line in lines)}


def parts(name: str, value: object) -> list[str]:
    """The names in a list, without the quotes around them; any other value is one."""
    if name.lower() not in LISTS:
        return [str(value)]
    names = [part.strip() for part in str(value).split(",")]
    return [n[1:-1].replace('""', '"') if n[:1] == '"' == n[-1:] else n for n in names]


def _literal(text: str) -> str:
    # A backslash would be one even so, where standard_conforming_strings is off.
    prefix = "E" if "\\" in text else ""
    return prefix + "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
