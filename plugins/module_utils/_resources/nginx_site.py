# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site of nginx: does it get the requests to its names on its ports?

nginx judges by the socket first: one that is bound to an address takes all that comes to this
address from those that are bound to any. Of the servers on one socket it takes the first that has
the name, in the order of their files, and where none has it, the socket's default server.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._host import nginx_configuration
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "server_names": {"type": "list", "elements": "str", "required": True},
    "ports": {"type": "list", "elements": "int", "required": True},
    "ipv6": {"type": "bool", "default": True},
}

CHECKS = {
    "rival": Check("error", "Another site was enabled that answers to the same names."),
}


# What a server takes, in words, and the edit that makes it leave that; "" where it is a name.
class Taken(NamedTuple):
    text: str
    edit: str


NO_DEFAULT = r"s/\(listen[^;]*\) default\(_server\)\?\b/\1/g"

# The name that stands for every name which no other site has.
ANY_NAME = "_"
RELOAD = "nginx -t && systemctl reload nginx"


def identity(resource: Options) -> str:
    return f"{' '.join(resource['server_names'])} in {resource['path']}"


def read(resource: Options, _host: Host) -> Any:
    """The server blocks of every other file that nginx reads, by path."""
    own = os.path.realpath(resource["path"])
    found: dict[str, list[Any]] = {}
    for path, block in nginx_configuration.read():
        if os.path.realpath(path) != own:
            found.setdefault(path, []).append(block)
    return found


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    found = []
    for path, blocks in actual.items():
        taken = [list(_taken(resource, block)) for block in blocks]
        texts = dict.fromkeys(one.text for each in taken for one in each)
        if texts:
            found.append(
                difference(
                    "rival",
                    "answers to other names",
                    f"answers to {', '.join(texts)} too",
                    "unexpected",
                    remedy=_remedy(path, taken),
                    # Not of whatever is told of the path, which may follow from this.
                    because=[cause.resource("link", path), cause.resource("file", path)],
                    subject=path,
                )
            )
    return found


def _taken(resource: Options, block: nginx_configuration.ServerBlock) -> Iterator[Taken]:
    """What a server of another file takes of the requests to this site."""
    names = {name.lower() for name in resource["server_names"]}
    ports = {str(port) for port in resource["ports"]}
    anywhere = {"*", "[::]"} if resource["ipv6"] else {"*"}
    for listen in block.listens:
        at = f"{listen.address}:{listen.port}"
        if listen.port not in ports or (listen.address[0] == "[" and not resource["ipv6"]):
            continue
        if listen.address not in anywhere:
            if _is_reached(listen.address):
                yield Taken(f"every name at {at}", f"s/{_pattern(at)}/{listen.port}/g")
        elif listen.is_default and ANY_NAME in names:
            yield Taken(f"every name that no site has, on port {listen.port},", NO_DEFAULT)
        else:
            # That this name is nobody's makes it no rival.
            for name in sorted(names & set(block.names) - {ANY_NAME}):
                yield Taken(name, "")


def _is_reached(address: str) -> bool:
    """Whether visitors come to an address to which a socket is bound."""
    try:
        return not ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return not address.startswith("unix:") and address != "localhost"


def _pattern(text: str) -> str:
    return re.sub(r"[][\\/.*^$]", r"\\\g<0>", text)


def _remedy(path: str, taken: Sequence[Sequence[Taken]]) -> str:
    """Where another site has nothing but these names, it goes; else it leaves what it takes."""
    quoted = shlex.quote(path)
    edits: Collection[str] = dict.fromkeys(one.edit for each in taken for one in each if one.edit)
    names = dict.fromkeys(one.text for each in taken for one in each if not one.edit)
    if not edits and all(taken) and os.path.realpath(path) != nginx_configuration.MAIN:
        return f"rm {quoted} && {RELOAD}"
    edits = [*edits, *(rf"s/\(server_name[^;]*\s\){_pattern(n)}\([ ;]\)/\1_\2/" for n in names)]
    words = " ".join(f"-e {shlex.quote(edit)}" for edit in edits)
    return f"sed -i --follow-symlinks {words} {quoted} && {RELOAD}"
