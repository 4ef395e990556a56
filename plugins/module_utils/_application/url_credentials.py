# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials taken out of web addresses, and written where programs look for them.

What is in an address is in the arguments of every process that a program starts with it, which
all users of a host can read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

# (user, password)
Login = tuple[str, str]

CREDENTIALS = re.compile(r"^((?:\w+\+)?https?://)([^/?#\s]*)@(?=[^/?#@\s]+)", re.IGNORECASE)


def split(url: str) -> tuple[str, None, None] | tuple[str, str, str]:
    """(url without its credentials, user, password), decoded; None for both where it has none."""
    found = CREDENTIALS.match(url)
    if found is None:
        return url, None, None
    user, _colon, password = found.group(2).partition(":")
    return found.group(1) + url[found.end() :], unquote(user), unquote(password)


def shown(url: str) -> str:
    """An address as people may see it: without credentials, query and fragment."""
    bare = split(url)[0]
    return re.split(r"[?#]", bare)[0] if "://" in bare else bare


def host(url: str) -> str:
    """The host of an address without credentials, as .netrc has it: without its port."""
    place = re.match(r"[\w+]*://([^/?#\s]*)", url)[1]  # type: ignore[index]  # it has a scheme
    return re.sub(r":\d*\Z", "", place)


def git_store(url: str) -> str:
    """The line of git's credential store for an address; "" where it has no credentials.

    git takes an entry only that has a password, if an empty one.
    """
    bare, user, password = split(url)
    if user is None or password is None:
        return ""
    scheme, _separator, rest = bare.partition("://")
    place = re.split(r"[/?#]", rest)[0]
    return (
        f"{scheme.rpartition('+')[2]}://{quote(user, safe='')}:{quote(password, safe='')}@{place}\n"
    )


def to_netrc(variables: Mapping[str, object]) -> tuple[dict[str, str], str]:
    """(variables without credentials in addresses, the text of a .netrc with them).

    A host has one entry there: of a second one with others, the address keeps them.
    """
    machines: dict[str, Login] = {}
    kept: dict[str, str] = {}
    for name, value in variables.items():
        kept[name] = "".join(_move(part, machines) for part in re.split(r"(\s+)", str(value)))
    return kept, "".join(
        f"machine {place} login {_token(user)} password {_token(password)}\n"
        for place, (user, password) in machines.items()
    )


def _move(text: str, machines: dict[str, Login]) -> str:
    bare, user, password = split(text)
    if user is None or password is None:
        return text
    if machines.setdefault(host(bare), (user, password)) != (user, password):
        return text
    return bare


def _token(text: str) -> str:
    """A word of .netrc; the quotes, which older readers do not know, only where it needs them."""
    if text and not re.search(r"[\s\"\\#]", text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
