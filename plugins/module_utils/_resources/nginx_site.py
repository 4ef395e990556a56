# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site of nginx: does it get the requests to its names on its ports?

nginx judges by the socket first: one that is bound to an address takes all that comes to this
address from those that are bound to any. Of the servers on one socket it takes the one whose name
means most (nginx_names.py), and where none has it, the socket's default server. What stands outside
of all servers holds for each of them (nginx_common.py).
"""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._host import (
    addresses,
    nginx_common,
    nginx_configuration,
    nginx_names,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    Configuration,
    Listen,
    ServerBlock,
    Statement,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "server_names": {"type": "list", "elements": "str", "required": True},
    "ports": {"type": "list", "elements": "int", "required": True},
    "ipv6": {"type": "bool", "default": True},
}

CHECKS = {
    "included": Check("error", "Somebody took the line out of nginx.conf that includes the sites."),
    "rival": Check("error", "Another site was enabled that answers to the same names."),
    "bypass": Check(
        "warning",
        "Another site passes requests to the application, which trusts the headers of its own one.",
    ),
    "common": Check(
        "warning",
        "Somebody wrote into nginx's configuration outside of a site, where it holds for all.",
    ),
}


# What a server takes, in words; the edit that makes it leave that, or "" where people have to; and
# which of its names that is, if it is one.
class Taken(NamedTuple):
    text: str
    edit: str
    name: str = ""


# What nginx reads in a file; is_optional: it would start without the file.
class File(NamedTuple):
    servers: list[ServerBlock]
    statements: list[Statement]
    is_optional: bool = True


NO_DEFAULT = r"s/\(listen[^;]*\) default\(_server\)\?\b/\1/g"
# A server with names may have this one too.
A_NAME = "s/\\bserver[[:space:]]*{/& server_name _;/g"
# What all servers on a socket speak as soon as one of them says so.
SPOKEN = ("ssl", "proxy_protocol", "quic")
RELOAD = "nginx -t && systemctl reload nginx"
ANY_NAME = nginx_names.ANY_NAME
ENABLED = "/etc/nginx/sites-enabled"
INCLUDE = rf"sed -i --follow-symlinks 's,^\s*http\s*{{,&\n\tinclude {ENABLED}/*;,'"


def identity(resource: Options) -> str:
    return f"{' '.join(resource['server_names'])} in {resource['path']}"


def read(resource: Options, host: Host) -> Any:
    """What nginx reads besides this site: {path: File}; whether it reads the site, with the
    variables and upstreams that this uses; and the host's own names."""
    configuration: Configuration = host.once("nginx", nginx_configuration.read)
    own = os.path.realpath(resource["path"])
    real = {path: os.path.realpath(path) for path in configuration.files}
    mine = [path for path, target in real.items() if target == own]
    return {
        "files": _files(configuration, [path for path in configuration.files if path not in mine]),
        "before": configuration.files[: configuration.files.index(mine[0])] if mine else [],
        "own": _files(configuration, mine),
        "text": _text(own) if mine else "",
        "here": host.once("own names", addresses.own_names),
    }


def _files(configuration: Configuration, paths: Sequence[str]) -> dict[str, File]:
    found = {path: File([], [], path in configuration.optional) for path in paths}
    for each in configuration.servers:
        if each.path in found:
            found[each.path].servers.append(each)
    for statement in configuration.statements:
        if statement.path in found:
            found[statement.path].statements.append(statement)
    return found


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    return [
        *_compare_included(resource, actual),
        *_compare_rivals(resource, actual),
        *_compare_bypass(actual),
        *_compare_common(actual),
    ]


def _compare_included(resource: Options, actual: Mapping[str, Any]) -> list[Difference]:
    if actual["own"]:
        return []
    main = nginx_configuration.MAIN
    because = [
        cause.path(resource["path"]),
        cause.resource("link", f"{ENABLED}/{os.path.basename(resource['path'])}"),
        cause.resource("package", "nginx"),
    ]
    return [
        difference(
            "included", f"read by nginx from {main}", "not read", "missing",
            f"{INCLUDE} {main}", because, loads=RELOAD,
        )
    ]  # fmt: skip


def _compare_rivals(resource: Options, actual: Mapping[str, Any]) -> Iterator[Difference]:
    for path, file in actual["files"].items():
        taken = [list(_taken(resource, actual, block)) for block in file.servers]
        taken += [list(_defined_again(statement, actual)) for statement in file.statements]
        texts = dict.fromkeys(one.text for each in taken for one in each)
        if texts:
            yield difference(
                "rival",
                "answers to other names",
                f"answers to {', '.join(texts)} too",
                "unexpected",
                remedy=_remedy(path, file, taken[: len(file.servers)], list(texts)),
                loads=RELOAD,
                # Not of whatever is told of the path, which may follow from this.
                because=[cause.resource("link", path), cause.resource("file", path)],
                subject=path,
            )


def _taken(resource: Options, actual: Mapping[str, Any], block: ServerBlock) -> Iterator[Taken]:
    """What a server of another file takes of the requests to this site."""
    names = {name if name[:1] == "~" else name.lower() for name in resource["server_names"]}
    ports = {str(port) for port in resource["ports"]}
    anywhere = {"*", "[::]"} if resource["ipv6"] else {"*"}
    for listen in block.listens:
        at = f"{listen.address}:{listen.port}"
        is_both = listen.address == "[::]" and "ipv6only=off" in listen.options
        if listen.port not in ports or (
            listen.address[:1] == "[" and not resource["ipv6"] and not is_both
        ):
            continue
        if block.protocol != "http":
            yield Taken(f"every request at {at}, as a server of {block.protocol},", "")
        elif listen.address not in anywhere and not is_both:
            if _is_reached(listen.address):
                yield Taken(f"every name at {at}", f"s/{_pattern(at)}/{listen.port}/g")
        else:
            yield from _taken_at(listen, names, actual, block)


def _taken_at(
    listen: Listen, names: set[str], actual: Mapping[str, Any], block: ServerBlock
) -> Iterator[Taken]:
    """The same of one of the sockets that this site has too."""
    own = [each for file in actual["own"].values() for each in file.servers]
    spoken = {
        word for server in own for each in server.listens if each.port == listen.port
        for word in each.options
    }  # fmt: skip
    for word in SPOKEN:
        if own and word in listen.options and word not in spoken:
            edit = rf"s/\(listen[^;]*\) {word}\b/\1/g"
            yield Taken(f"whoever speaks {word} on port {listen.port}, and nobody else,", edit)
    if listen.is_default and ANY_NAME in names:
        text = f"every name that no site has, on port {listen.port},"
        yield Taken(text, NO_DEFAULT)
        if "" in block.names:
            yield Taken(text, A_NAME)
        return
    for theirs in sorted(set(block.names)):
        text = nginx_names.taken(names, theirs, actual["here"], block.path in actual["before"])
        if text and not theirs:
            yield Taken(text, A_NAME)
        elif text:
            yield Taken(text, _no_longer(theirs), theirs)


def _no_longer(name: str) -> str:
    """The edit that takes a name from a server; "" where sed cannot know how it was quoted."""
    if re.search(r"[\s\"'\\;{}]", name):
        return ""
    found = rf"\(server_name[^;]*[[:space:]]\)[\"']\?{_pattern(name)}[\"']\?\([[:space:];]\)"
    return rf"s/{found}/\1_\2/g"


def _defined_again(statement: Statement, actual: Mapping[str, Any]) -> Iterator[Taken]:
    """An upstream that this site has too, with which nginx would not start."""
    if statement.words[0] == "upstream" and statement.context == ("http",):
        mine = [each.words for file in actual["own"].values() for each in file.statements]
        if statement.words in mine:
            yield Taken(f"the requests to the upstream {statement.words[-1]}", "")


def _is_reached(address: str) -> bool:
    """Whether visitors come to an address to which a socket is bound."""
    try:
        return not ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return not address.startswith("unix:") and address != "localhost"


def _pattern(text: str) -> str:
    return re.sub(r"[][\\/.*^$]", r"\\\g<0>", text)


def _remedy(path: str, file: File, taken: Sequence[Sequence[Taken]], texts: Sequence[str]) -> str:
    """Where another file has nothing but these names, it goes; else it leaves what it takes."""
    whole = [
        all(block.names) and {one.name for one in each} == set(block.names)
        for block, each in zip(file.servers, taken)
    ]
    if whole and all(whole) and os.path.realpath(path) != nginx_configuration.MAIN:
        return _without(path, file)
    edits = dict.fromkeys(one.edit for each in taken for one in each)
    if not edits or "" in edits:
        return f"Take {' and '.join(texts)} away from {path}"
    words = " ".join(f"-e {shlex.quote(edit)}" for edit in edits)
    return f"sed -i -z --follow-symlinks {words} {shlex.quote(path)}"


def _without(path: str, file: File) -> str:
    """A file goes; one without which nginx would not start becomes empty."""
    command = "rm" if file.is_optional else "truncate --size=0"
    return f"{command} {shlex.quote(path)}"


def _compare_bypass(actual: Mapping[str, Any]) -> Iterator[Difference]:
    """Where other files pass requests to the upstream of this site, or to its socket."""
    own = [each for file in actual["own"].values() for each in file.statements]
    doors = {each.words[1] for each in own if each.words[0] == "upstream" and each.words[1:]}
    doors |= {
        each.words[1] for each in own if each.context[-1:] == ("upstream",) and each.words[1:]
    }
    for path, file in actual["files"].items():
        passed = [
            each for each in file.statements
            if each.words[1:] and _is_passed(each.words, each.context, doors)
        ]  # fmt: skip
        if passed:
            lines = ", ".join(str(each.line) for each in passed)
            yield difference(
                "bypass", "this site alone passes requests to the application",
                f"passes requests to it on line {lines}", "unexpected",
                _without_lines(path, passed), subject=path, loads=RELOAD,
            )  # fmt: skip


def _is_passed(words: Sequence[str], context: Sequence[str], doors: Collection[str]) -> bool:
    """Whether a statement names a door: http://NAME/, unix:/PATH:, or a server of an upstream."""
    target = re.sub(r"^[a-z]+://", "", words[1])
    place = re.split("[/:]", target)[0]
    if target.startswith("unix:"):
        place = ":".join(target.split(":")[:2])
    is_passing = words[0].endswith("_pass") or (words[0] == "server" and "upstream" in context)
    return is_passing and place in doors


def _compare_common(actual: Mapping[str, Any]) -> Iterator[Difference]:
    own = set(re.findall(r"\$\{?(\w+)", actual["text"]))
    for path, file in actual["files"].items():
        judged = [(each, nginx_common.severity(each, own)) for each in file.statements]
        odd = [each for each, severity in judged if severity]
        if odd:
            yield difference(
                "common", "nothing for all sites",
                "; ".join(nginx_common.shown(each) for each in odd), "unexpected",
                remedy=_remedy_common(path, file, odd), subject=path, loads=RELOAD,
                severity=max((severity for _each, severity in judged), key=_gravity),
            )  # fmt: skip


def _gravity(severity: str) -> int:
    return ("", "warning", "error").index(severity)


def _remedy_common(path: str, file: File, odd: Sequence[Statement]) -> str:
    """A file with nothing else goes; a line of its own is taken out where it still says this."""
    if len(odd) == len(file.statements):
        return _without(path, file)
    return _without_lines(path, odd)


def _without_lines(path: str, odd: Sequence[Statement]) -> str:
    """An upstream without servers would keep nginx from its start, and is for people."""
    if all(each.alone and "upstream" not in each.context for each in odd):
        words = " ".join(f"-e {shlex.quote(_edit(each))}" for each in odd)
        return f"sed -i --follow-symlinks {words} {shlex.quote(path)}"
    numbers = ", ".join(str(each.line) for each in odd)
    return f"Take what stands on line {numbers} out of {path}"


def _edit(statement: Statement) -> str:
    """The line goes, if it is still this; without a user, nginx would take one that may not connect
    to the application."""
    found = f"^{_pattern(statement.alone)}$"
    if statement.words[0] == "user":
        return f"{statement.line}s/{found}/user {nginx_common.WORKERS};/"
    return f"{statement.line}{{/{found}/d}}"
