# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment variables by which an application gets its database: a URL, or its parts.

Their names are a mapping of parts to variables: {"url": "DATABASE_URL"}, or {"host": "DB_HOST",
"name": "DB_NAME", ...} of an application that builds its own URL. Where both are there, both are
written, and the URL is the one that is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url

DEFAULT = {"url": "DATABASE_URL"}
# What is left out where it has no value.
OPTIONAL = ("sslmode", "sslrootcert")
# libpq's own variables count for every driver that is made of it.
LIBPQ = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
PARTS = ("host", "port", "name", "user", "password", *OPTIONAL)
# What helps where the application reads its database from another place.
OTHERWISE = (
    "or declare what it reads: a variable of another name (app_database_url_variable), one for each"
    " part (app_database_variables), or a settings file (app_settings_template)."
)
# Without these, nobody can tell which database it is.
NEEDED = ("host", "name", "user", "password")


def needed(names: Mapping[str, str]) -> list[str]:
    """The variables that must have a value."""
    if "url" in names:
        return [names["url"]]
    return [names[part] for part in PARTS if part in names and part not in OPTIONAL]


def spoken(names: Mapping[str, str]) -> str:
    """The variables, for people."""
    return ", ".join(needed(names))


def values(names: Mapping[str, str], text: str) -> dict[str, str]:
    """What each variable has for the database of a URL, {variable: value}.

    Raises url.TargetError where parts are wanted of what is no URL of PostgreSQL.
    """
    if not text:
        return {}
    whole = {names["url"]: text} if "url" in names else {}
    if not set(names) & set(PARTS):
        return whole
    target = url.parse(text)
    parts = {
        **{part: target.parameters.get(part, "") for part in ("user", "password", *OPTIONAL)},
        "name": target.parameters.get("dbname", ""),
        "host": ",".join(endpoint.host for endpoint in target.endpoints),
        "port": ",".join(str(endpoint.port) for endpoint in target.endpoints),
    }
    kept = {part: value for part, value in parts.items() if value or part not in OPTIONAL}
    return {**whole, **{names[part]: value for part, value in kept.items() if part in names}}


def target(names: Mapping[str, str], environment: Mapping[str, str]) -> url.Target:
    """The database that the variables name; raises url.TargetError.

    Which driver it is of is the application's own business, where it builds its URL.
    """
    found = url.parse(as_url(names, environment))
    return found if "url" in names else found._replace(driver=url.ANY_DRIVER)


def as_url(names: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The URL in an environment, or the one that its parts make; "" where one is missing."""
    if "url" in names:
        return environment.get(names["url"], "")
    found = {part: environment.get(names[part], "") for part in PARTS if part in names}
    try:
        return url.build({**found, "query": {part: found.get(part) for part in OPTIONAL}})
    except url.DatabaseUrlError:
        return ""
