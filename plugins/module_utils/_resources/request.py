# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live request: does this application answer, and as its visitors expect?

That it is this one is proven by a word which its site of nginx gives back to who sends it, and no
other site does; and by the socket that the site passes requests to, on which nobody else listens.
"""

from __future__ import annotations

import http.client
import os
import secrets
import shlex
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ansible_collections.flaskops.stack.plugins.module_utils._application import failures
from ansible_collections.flaskops.stack.plugins.module_utils._host import (
    addresses,
    masking,
    peers,
    strangers,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    needs,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import journal, units

SERVER_ERROR = 500

OPTIONS = {
    "url": {"type": "str", "required": True},
    "host": {"type": "str", "default": ""},
    "status": {"type": "list", "elements": "int", "required": True},
    "timeout": {"type": "int", "default": 30},
    "units": {"type": "list", "elements": "str", "default": []},
    "site": {"type": "str", "default": ""},
    "socket": {"type": "path", "default": ""},
    "service": {"type": "str", "default": ""},
}

CHECKS = {
    "status": Check("error", "The application fails, or nothing answers for it; see its journal."),
    "answered_by": Check(
        "error", "Another site of nginx, or another program, has the name, the port or the socket."
    ),
}

REMEDY = "See journalctl --unit of the service, and /var/log/nginx/error.log."
# Shows who has which name on which port.
SITES = "nginx -T 2>/dev/null | grep -E '^# configuration file|^ *(listen|server_name|location) '"
PROOF = "X-Flaskops-Proof"

# Nothing on the host is declared by this: it shows whether all the rest works.
LIVE = True


def identity(resource: Options) -> str:
    url: str = resource["url"]
    return url


def read(resource: Options, host: Host) -> Any:
    """The answer's status, or the error in its place, and who else answered, if somebody else did.
    A redirect is an answer.

    Nothing is asked unless all units are active: systemd would start one for the request.
    """
    for unit in resource["units"]:
        if host.unit(unit).get("ActiveState") != "active":
            return {"status": None, "reason": f"{unit} is not active", "stranger": ""}
    began, url = time.time(), urlsplit(resource["url"])
    answer = _answer(resource, url)
    address = "".join(addresses.own_addresses()[:1]) if answer["stranger"] else ""
    if address:
        # Another site may have the address in the URL for itself, and visitors come to this one.
        netloc = f"{address}:{url.port}" if url.port else address
        second = _answer(resource, url._replace(netloc=netloc))
        answer = answer if second["status"] is None or second["stranger"] else second
    if not answer["stranger"] and resource["socket"] and resource["service"]:
        pid = int(host.unit(resource["service"]).get("MainPID", 0))
        found = _stranger_at(resource["socket"], resource["service"], pid)
        answer["stranger"], answer["remedy"] = found
    if host.experts and (answer["status"] or 0) >= SERVER_ERROR and not answer["stranger"]:
        answer.update(_said(resource["service"], began, host))
    return answer


def _said(service: str, since: float, host: Host) -> dict[str, Any]:
    """What the service's journal has of a failed request: said, its remedy, and whether it has
    nothing to do with the database (is_of_code); nothing where that is not known."""
    pid = int(host.unit(service).get("MainPID", 0)) if service else 0
    running = units.process(pid) if pid else None
    if running is None or host.experts is None:
        return {}
    names = (service.rpartition(".")[0], running["working_directory"], *running["command"])
    public = masking.public_words(running["environment"], *names)
    secrets = masking.secrets_of(running["environment"], public)
    found = failures.parse(masking.mask(journal.written(service, since), secrets))
    if not found:
        return {}
    said, remedy = host.experts.explain(found[-1])
    is_of_code = not failures.is_of_database(found[-1])
    return {"said": said, "remedy": remedy, "is_of_code": is_of_code}


def _answer(resource: Options, url: SplitResult, longer: float = 0) -> dict[str, Any]:
    """longer: the limit in the place of the resource's own, where the machine is slow."""
    proof, limit = secrets.token_hex(16), longer or resource["timeout"]
    try:
        answer = _ask({**resource, "timeout": limit}, url, proof)
    except socket.timeout:
        stretched = pace.stretched(limit)
        if stretched > limit and not longer:
            return _answer(resource, url, stretched)
        reason = f"no answer within {limit:.0f} s"
        return {"status": None, "reason": reason, "stranger": "", "limit": limit}
    except OSError as exc:
        return {"status": None, "reason": exc.strerror or str(exc), "stranger": ""}
    except http.client.HTTPException as exc:
        return {"status": None, "reason": f"no HTTP: {exc}", "stranger": ""}
    stranger = ""
    if resource["site"] and answer.getheader(PROOF) != f"{proof} {resource['site']}":
        server = answer.getheader("Server") or "no name"
        stranger = f"not by the site {resource['site']} (the server calls itself {server})"
    location = answer.getheader("Location") or ""
    return {
        "status": answer.status, "reason": answer.reason, "stranger": stranger,
        "location": location,
    }  # fmt: skip


def _ask(resource: Options, url: SplitResult, proof: str) -> http.client.HTTPResponse:
    connection = _Connection(url, resource["host"], resource["timeout"])
    headers = {"Host": resource["host"]} if resource["host"] else {}
    if resource["site"]:
        headers[PROOF] = proof
    try:
        connection.request("GET", target(url), headers=headers)
        return connection.getresponse()
    finally:
        connection.close()


def leads_back(url: str, host: str, location: str) -> bool:
    """Whether a redirect leads to the same page by https, where it would be sent there again."""
    asked, to = urlsplit(url), urlsplit(location)
    names = {asked.hostname, host.partition(":")[0] or asked.hostname}
    return to.scheme == "https" and to.hostname in names and target(to) == target(asked)


def target(url: SplitResult) -> str:
    """What is asked of the server: all of a URL that does not name it. Its fragment is the
    browser's."""
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


class _Connection(http.client.HTTPConnection):
    """One to the host in a URL, by the name that visitors use where there is TLS."""

    def __init__(self, url: SplitResult, name: str, timeout: float) -> None:
        self._tls = url.scheme != "http"
        self.default_port = 443 if self._tls else 80
        super().__init__(url.netloc, timeout=timeout)
        self._name = name or None

    def connect(self) -> None:
        super().connect()
        if self._tls:
            # The address is this host's own; the certificate is for the site's names.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock, server_hostname=self._name)


def _stranger_at(path: str, service: str, pid: int) -> tuple[str, str]:
    """(who listens at the path of a unix socket besides a service's process, remedy); each is ""
    where nobody does."""
    listening = {inode for inode, at in peers.unix_listening().items() if at == path}
    if not pid or not listening or not os.access(f"/proc/{pid}/fd", os.R_OK):
        # The service or its socket is down: their own finding; or this user may not see it.
        return "", ""
    others = listening - peers.sockets([pid])
    pids = [each for each in strangers.holders(others) if each != 1] if others else []
    if not others:
        return "", ""
    who = strangers.described(pids[0]) if pids else "another process"
    names = " ".join(shlex.quote(n) for n in (f"{service.rpartition('.')[0]}.socket", service))
    again = f"systemctl restart {names}"
    remedy = f"{strangers.remedy(pids)}; {again}" if pids else again
    return f"by {who}, which listens at {path} too", remedy


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual["stranger"]:
        expected = f"answered by {resource['site'] or resource['service']}"
        current = f"{actual['status']} {actual['reason']}, {actual['stranger']}"
        because = needs.PROXY
        remedy = actual.get("remedy") or SITES
        return [difference("answered_by", expected, current, remedy=remedy, because=because)]
    if actual["status"] in resource["status"]:
        return []
    expected = " or ".join(str(status) for status in resource["status"])
    current = f"{actual['status']} {actual['reason']}" if actual["status"] else _silence(actual)
    current += f"; {actual['said']}" if actual.get("said") else ""
    remedy = actual.get("remedy") or REMEDY
    step = needs.CODE if actual.get("is_of_code") else needs.PAGE
    return [difference("status", expected, current, remedy=remedy, because=step)]


def _silence(actual: Mapping[str, Any]) -> str:
    """What there is in the place of an answer."""
    return actual["reason"] if "limit" in actual else f"no answer: {actual['reason']}"
