# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the connection encrypted as both sides want it, and the server's certificate trusted?"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
)
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import protocol

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case
    from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint

NEEDS = ("config", "url", "dns", "tcp")

CODES = {
    "required": Code(
        "pg_hba.conf lets this role in over TLS only (hostssl), and the URL forbids TLS.",
        "Set sslmode=require, or verify-full with sslrootcert, in the URL.",
    ),
    "refused": Code(
        "The URL demands TLS, and the server or the pooler offers none.",
        "Turn ssl on in the server, with a certificate; lower sslmode only on a trusted network.",
    ),
    "forbidden": Code(
        "pg_hba.conf lets this role in without TLS only (hostnossl), and the URL demands it.",
        "Make the line of pg_hba.conf hostssl or host.",
    ),
    "unknown_ca": Code(
        "The server's certificate is self-signed, or by an authority that sslrootcert has not.",
        "Put the authority's certificate into the file that sslrootcert names.",
    ),
    "expired": Code(
        "The server's certificate, or its authority's, has expired.",
        "Renew it and reload the server.",
    ),
    "not_yet_valid": Code(
        "The clock of one of the two hosts is wrong, or the certificate is for later.",
        "Set the clocks; see the certificate's dates.",
    ),
    "name_mismatch": Code(
        "The certificate is for other names than the host in the URL.",
        "Use a host name that is in the certificate, or issue one with this name.",
    ),
    "untrusted": Code(
        "OpenSSL does not accept the server's certificate.",
        "See the message; issue a certificate without the fault.",
    ),
    "no_root_certificate": Code(
        "The URL demands verification, and the file of trusted authorities is not there or"
        " is out of the application's reach.",
        "Install the authority's certificate and name it in sslrootcert.",
    ),
    "certificate_file": Code(
        "A file that sslrootcert, sslcert or sslkey names cannot be read as a certificate or key.",
        "Write it as PEM, readable for the application's user.",
    ),
    "handshake": Code(
        "The two sides have no protocol version or cipher in common, or no TLS is spoken there.",
        "See ssl_min_protocol_version of the server and of the URL.",
    ),
}

# OpenSSL's X509_V_ERR_*, from x509_vfy.h.
VERIFY_CODES = {
    9: "not_yet_valid", 10: "expired",
    18: "unknown_ca", 19: "unknown_ca", 20: "unknown_ca", 21: "unknown_ca",
    62: "name_mismatch", 63: "name_mismatch", 64: "name_mismatch",
}  # fmt: skip
FAILURES = {
    "tls_refused": "refused",
    "no_root_certificate": "no_root_certificate",
    "certificate_file": "certificate_file",
    "tls_failed": "handshake",
}


def check(case: Case) -> Outcome:
    """Judge the encryption of the session, or of the login that failed."""
    endpoint, address = case.reachable[0]
    if endpoint.host.startswith("/"):
        return ok("a unix socket, which needs none")
    attempt = case.login()
    if attempt is None:
        if case.session["pooled"]:
            return ok("as the pooler and sslmode allow")
        used = case.session["tls"]
        if not used:
            return ok("not encrypted, which sslmode allows", used=False)
        shown = _certificate(case, endpoint, address)
        return ok(f"{used['protocol']}, {used['cipher']}", used=True, **used, certificate=shown)
    if attempt["failure"] == "tls_untrusted":
        code = VERIFY_CODES.get(attempt["tls"]["verify_code"], "untrusted")
        shown = _certificate(case, endpoint, address)
        return failed(code, attempt["detail"], certificate=shown)
    if attempt["failure"] in FAILURES:
        return failed(FAILURES[attempt["failure"]], attempt["detail"])
    if attempt.get("tls_would"):
        return failed(
            attempt["tls_would"],
            f"the server refuses {attempt['host']}:{attempt['port']} "
            + ("without TLS, and not with it" if attempt["tls_would"] == "required"
               else "with TLS, and not without it"),
        )  # fmt: skip
    spoken = attempt["tls"]["protocol"]
    return ok(spoken or "not encrypted, which sslmode allows", used=attempt["tls"]["used"])


def _certificate(case: Case, endpoint: Endpoint, address: str) -> list[str]:
    """The subject, issuer, names and dates of the certificate that the server shows."""
    with contextlib.suppress(OSError, pace.Slow):
        der = protocol.certificate(endpoint, address, case.target.parameters, case.timeout)
        command = ["openssl", "x509", "-inform", "der", "-noout", "-subject", "-issuer", "-dates"]
        done = pace.run([*command, "-ext", "subjectAltName"], 10, input=der)
        return [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return []
