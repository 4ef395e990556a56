# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live request: does the application answer as its visitors expect?"""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference

OPTIONS = {
    "url": {"type": "str", "required": True},
    "host": {"type": "str", "default": ""},
    "status": {"type": "list", "elements": "int", "required": True},
    "timeout": {"type": "int", "default": 30},
    "units": {"type": "list", "elements": "str", "default": []},
}

CHECKS = {
    "status": Check("error", "The application fails, or nothing answers for it; see its journal."),
}

REMEDY = "See journalctl --unit of the service, and /var/log/nginx/error.log."

# Nothing on the host is declared by this: it shows whether all the rest works.
LIVE = True


def identity(resource):
    return resource["url"]


def read(resource, host):
    """The answer's status, or the error in its place. A redirect is an answer.

    Nothing is asked unless all units are active: systemd would start one for the request.
    """
    for unit in resource["units"]:
        if host.unit(unit).get("ActiveState") != "active":
            return {"status": None, "reason": f"{unit} is not active"}
    url = urlsplit(resource["url"])
    headers = {"Host": resource["host"]} if resource["host"] else {}
    connection = _connection(url, resource["timeout"])
    try:
        connection.request("GET", url.path or "/", headers=headers)
        answer = connection.getresponse()
        return {"status": answer.status, "reason": answer.reason}
    except OSError as exc:
        return {"status": None, "reason": exc.strerror or str(exc)}
    except http.client.HTTPException as exc:
        return {"status": None, "reason": f"no HTTP: {exc}"}
    finally:
        connection.close()


def _connection(url, timeout):
    if url.scheme == "http":
        return http.client.HTTPConnection(url.netloc, timeout=timeout)
    # The address is this host's own; the certificate is for the site's names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(url.netloc, timeout=timeout, context=context)


def compare(resource, actual):
    if actual["status"] in resource["status"]:
        return []
    expected = " or ".join(str(status) for status in resource["status"])
    current = f"{actual['status'] or 'no answer'} {actual['reason']}"
    return [difference("status", expected, current, remedy=REMEDY, because=["any error"])]
