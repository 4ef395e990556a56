# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database URL of SQLAlchemy, built from its parts with every part encoded."""

from __future__ import annotations

from urllib.parse import quote, urlencode

# The plain scheme is what libpq reads. SQLAlchemy takes psycopg2 for it up to version 2.0,
# and psycopg from 2.1 on.
SCHEMES = {
    "": "postgresql",
    "psycopg2": "postgresql+psycopg2",
    "psycopg": "postgresql+psycopg",
}


class DatabaseUrlError(ValueError):
    """Parts that make no database URL; the message never has the password."""


def build(parts):
    """The URL for a mapping with name, user, password, host, port, driver and query.

    host may be a name, an IPv4 or IPv6 address, or the absolute directory of a unix
    socket; query maps libpq parameters (sslmode, sslrootcert, ...) to values, of which
    empty ones are left out.
    """
    for key in ("name", "user", "host"):
        if not parts.get(key):
            raise DatabaseUrlError(f"a database URL needs {key}, which is empty")
    scheme = SCHEMES.get(parts.get("driver") or "")
    if scheme is None:
        raise DatabaseUrlError(
            f"the driver {parts['driver']!r} is not one of {', '.join(filter(None, SCHEMES))}"
        )
    query = {key: str(value) for key, value in (parts.get("query") or {}).items() if value}
    host, port = str(parts["host"]), parts.get("port") or 5432
    if host.startswith("/"):
        location, query = "", {"host": host, "port": str(port), **query}
    else:
        location = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    credentials = _encode(parts["user"])
    if parts.get("password"):
        credentials += ":" + _encode(parts["password"])
    url = f"{scheme}://{credentials}@{location}/{_encode(parts['name'])}"
    # quote, not quote_plus: libpq does not read a plus sign as a space.
    return url + ("?" + urlencode(query, quote_via=quote, safe="/") if query else "")


def _encode(text):
    return quote(str(text), safe="")
