# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database URL of SQLAlchemy: built from its parts with every part encoded, and read as
SQLAlchemy reads it, into libpq's connection parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

DEFAULT_PORT = 5432
# Debian's place for the server's socket, which its libpq looks in where no host is named.
DEFAULT_HOST = "/var/run/postgresql"


# driver: "psycopg2", "psycopg", ... or "" where the URL leaves it to SQLAlchemy, and ANY_DRIVER
# where there is no URL that would tell.
# endpoints: the Endpoints in the order in which libpq tries them. parameters: libpq's other
# parameters (user, password, dbname, sslmode, ...). warnings: what works by luck only.
class Target(NamedTuple):
    driver: str
    endpoints: list[Endpoint]
    parameters: dict[str, str]
    warnings: list[str]


# host: a name, an address or the directory of a socket; hostaddr: an address that replaces
# looking the name up, or "".
class Endpoint(NamedTuple):
    host: str
    hostaddr: str
    port: int


# What a URL is built with.
SCHEMES = {
    "": "postgresql",
    "psycopg2": "postgresql+psycopg2",
    "psycopg": "postgresql+psycopg",
}
# SQLAlchemy's dialects of PostgreSQL; those that libpq's parameters are good for.
LIBPQ_DRIVERS = ("", "psycopg2", "psycopg", "psycopg_async", "psycopg2cffi")
ANY_DRIVER = "any"
OTHER_DRIVERS = ("asyncpg", "pg8000")

# libpq's documentation, 34.1.2. A parameter it does not know keeps every connection from opening.
PARAMETERS = frozenset({
    "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "require_auth",
    "channel_binding", "connect_timeout", "client_encoding", "options", "application_name",
    "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout", "replication", "gssencmode", "sslmode",
    "requiressl", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslkeylogfile",
    "sslpassword", "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "min_protocol_version",
    "max_protocol_version", "krbsrvname", "gsslib", "gssdelegation", "scram_client_key",
    "scram_server_key", "service", "target_session_attrs", "load_balance_hosts", "oauth_issuer",
    "oauth_client_id", "oauth_client_secret", "oauth_scope",
})  # fmt: skip
KNOWN_VALUES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": (
        "any", "read-write", "read-only", "primary", "standby", "prefer-standby",
    ),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
}  # fmt: skip
# What SQLAlchemy's psycopg2 dialect takes for itself.
SQLALCHEMY_PARAMETERS = frozenset({"async_fallback", "prepared_statement_cache_size"})

URL = re.compile(
    r"""
    (?P<scheme>[A-Za-z][\w+.-]*)://
    (?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?
    (?P<hosts>[^/?]*)
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?\Z
    """,
    re.X | re.S,
)


class DatabaseUrlError(ValueError):
    """Parts that make no database URL; the message never has the password."""


class TargetError(ValueError):
    """A URL that names no PostgreSQL database; code is the end of one of the layer's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def build(parts: Mapping[str, Any]) -> str:
    """The URL for a mapping with name, user, password, host, port, driver and query.

    host may be a name, an IPv4 or IPv6 address, the absolute directory of a unix socket, or
    several of them with commas between, and port then too; query maps libpq parameters (sslmode,
    sslrootcert, ...) to values, of which empty ones are left out.
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
    if host.startswith("/") or "," in host:
        location, query = "", {"host": host, "port": str(port), **query}
    else:
        location = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    credentials = _encode(parts["user"])
    if parts.get("password"):
        credentials += ":" + _encode(parts["password"])
    url = f"{scheme}://{credentials}@{location}/{_encode(parts['name'])}"
    # quote, not quote_plus: libpq does not read a plus sign as a space.
    return url + ("?" + urlencode(query, quote_via=quote, safe="/") if query else "")


def _encode(text: object) -> str:
    return quote(str(text), safe="")


def parse(text: str) -> Target:
    """The Target of a database URL; raises TargetError, whose message has no password."""
    if text != text.strip() or text[:1] in "'\"":
        raise TargetError("malformed", "it begins or ends with a blank, a line break or a quote")
    found = URL.match(text)
    if not found:
        raise TargetError("malformed", "it is not of the form postgresql://USER:PASSWORD@HOST/NAME")
    driver = _driver(found["scheme"])
    if "@" in found["hosts"]:
        raise TargetError(
            "unencoded_password",
            "there is more than one @, so what follows the first is taken for the host: "
            "in the user and the password, @ is written %40",
        )
    query = _query(found["query"] or "")
    parameters = {key: values[-1] for key, values in query.items()}
    for key, value in (("user", found["user"]), ("password", found["password"]),
                       ("dbname", found["database"])):  # fmt: skip
        if value:
            parameters[key] = unquote(value)
    if driver in LIBPQ_DRIVERS:
        _check(parameters)
    endpoints = _endpoints(found["hosts"], query)
    for key in ("host", "hostaddr", "port"):
        parameters.pop(key, None)
    return Target(driver, endpoints, parameters, _warnings(found["password"] or ""))


def _driver(scheme: str) -> str:
    dialect, _plus, driver = scheme.partition("+")
    if dialect == "postgres":
        raise TargetError("scheme", "it begins with postgres://, which SQLAlchemy no longer takes")
    if dialect != "postgresql":
        raise TargetError("not_postgresql", f"it is a URL of {dialect}, not of postgresql")
    if driver not in LIBPQ_DRIVERS + OTHER_DRIVERS:
        raise TargetError("unknown_driver", f"SQLAlchemy has no driver {driver} for PostgreSQL")
    return driver


def _query(text: str) -> dict[str, list[str]]:
    """{parameter: its values}; SQLAlchemy reads a plus sign in them as a space."""
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        query.setdefault(key, []).append(value)
    return query


def _check(parameters: dict[str, str]) -> None:
    unknown = sorted(set(parameters) - PARAMETERS - SQLALCHEMY_PARAMETERS)
    if unknown:
        raise TargetError("option", f"libpq has no parameter {', '.join(unknown)}")
    for key, known in KNOWN_VALUES.items():
        value = parameters.get(key)
        if value is not None and value not in known:
            raise TargetError("option", f"{key} is {value!r}; it is one of {', '.join(known)}")
    for key in SQLALCHEMY_PARAMETERS & set(parameters):
        del parameters[key]


def _endpoints(authority: str, query: Mapping[str, list[str]]) -> list[Endpoint]:
    """In libpq's form (h1:1,h2:2), in SQLAlchemy's (?host=h1:1&host=h2:2), or both lists apart."""
    if authority:
        pairs = [_host_and_port(part) for part in authority.split(",")]
    else:
        listed = [part for value in query.get("host", [""]) for part in value.split(",")]
        pairs = [_host_and_port(part) for part in listed]
    addresses = [a for value in query.get("hostaddr", []) for a in value.split(",")]
    ports = [p for value in query.get("port", []) for p in value.split(",")]
    count = max(len(pairs), len(addresses))
    pairs += [("", "")] * (count - len(pairs))
    found = []
    for index, (host, own_port) in enumerate(pairs):
        address = addresses[index] if index < len(addresses) else ""
        port = own_port or (ports[min(index, len(ports) - 1)] if ports else "")
        found.append(Endpoint(host or address or DEFAULT_HOST, address, _port(port)))
    return found


def _host_and_port(text: str) -> tuple[str, str]:
    found = re.match(r"(?:\[(?P<address>[^\]]*)\]|(?P<name>[^:]*))(?::(?P<port>.*))?\Z", text)
    if text.startswith("/") or not found:
        return text, ""
    return unquote(found["address"] or found["name"] or ""), found["port"] or ""


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise TargetError(
            "malformed",
            "the port is not a number from 1 to 65535; a : or / in the user or the password "
            "is written %3A or %2F",
        )
    return int(text)


def _warnings(password: str) -> list[str]:
    """What in a password SQLAlchemy takes as it stands, and psql and other tools do not."""
    plain = [character for character in ":/#?" if character in password]
    if re.search(r"%(?![0-9A-Fa-f]{2})", password):
        plain.append("%")
    return plain
