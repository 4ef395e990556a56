# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which line of pg_hba.conf decides about a login: the first that matches, as in the server."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypedDict, Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Interface = Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]


class Rule(TypedDict):
    """A row of pg_hba_file_rules, as far as it decides."""

    line_number: int
    type: str
    database: list[str]
    user_name: list[str]
    # A text; None for the local socket, of which it is not asked.
    address: Any
    netmask: str | None
    auth_method: str
    options: list[str] | None


class Who(TypedDict):
    """Who comes in, encrypted or not; see first()."""

    user: str
    database: str
    address: str
    roles: Collection[str]
    own: Sequence[Interface]


class Client(Who):
    """Who comes in, and whether that is encrypted."""

    tls: bool


def first(rules: Iterable[Rule], client: Client) -> Rule | None:
    """The first rule that matches, or None.

    rules are rows of pg_hba_file_rules, in their order. client is a dict with user, database,
    address ("" for the local socket), tls, roles (the role and all that it is a member of) and
    own (the server's own networks, as ipaddress interfaces).
    """
    return next((rule for rule in rules if _matches(rule, client)), None)


def _matches(rule: Rule, client: Client) -> bool:
    return (
        _is_of_type(rule["type"], client)
        and any(_is_database(name, client) for name in rule["database"])
        and any(_is_user(name, client) for name in rule["user_name"])
        and (rule["type"] == "local" or _is_address(rule, client))
    )


def _is_of_type(kind: str, client: Client) -> bool:
    if not client["address"]:
        return kind == "local"
    return {
        "host": True,
        "hostssl": client["tls"],
        "hostnossl": not client["tls"],
        # libpq encrypts with GSSAPI only where there is a ticket.
        "hostnogssenc": True,
    }.get(kind, False)


def _is_database(name: str, client: Client) -> bool:
    if name == "all":
        return True
    if name == "sameuser":
        return client["database"] == client["user"]
    if name in ("samerole", "samegroup"):
        return client["database"] in client["roles"]
    # Of replication connections only.
    if name == "replication":
        return False
    return _is_name(name, client["database"])


def _is_user(name: str, client: Client) -> bool:
    if name == "all":
        return True
    if name.startswith("+"):
        return name[1:] in client["roles"]
    return _is_name(name, client["user"])


def _is_name(pattern: str, name: str) -> bool:
    """PostgreSQL 16 and later take what begins with a slash for a regular expression."""
    if not pattern.startswith("/"):
        return pattern == name
    try:
        return re.search(pattern[1:], name) is not None
    except re.error:
        return False


def _is_address(rule: Rule, client: Client) -> bool:
    declared, address = rule["address"], ipaddress.ip_address(client["address"])
    if declared == "all":
        return True
    if declared == "samehost":
        return any(address == own.ip for own in client["own"])
    if declared == "samenet":
        return any(address in own.network for own in client["own"])
    declared_network = network(rule)
    if declared_network is None:
        return _is_host(declared, client["address"])
    return address.version == declared_network.version and address in declared_network


def network(rule: Rule) -> Network | None:
    """The network that a row of pg_hba_file_rules names; None for a word or a host's name."""
    try:
        return ipaddress.ip_network(f"{rule['address']}/{_bits(rule['netmask'])}", strict=False)
    except ValueError:
        return None


def _bits(netmask: str | None) -> int | str:
    if netmask is None:
        return ""
    return bin(int(ipaddress.ip_address(netmask))).count("1")


def _is_host(name: str, address: str) -> bool:
    """PostgreSQL looks the address up, and the name that it finds once more."""
    try:
        if name.startswith("."):
            return socket.gethostbyaddr(address)[0].lower().endswith(name.lower())
        return any(a[4][0] == address for a in socket.getaddrinfo(name, None))
    except OSError:
        return False
