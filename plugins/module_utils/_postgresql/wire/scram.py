# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import password_verifier

MECHANISM = "SCRAM-SHA-256"


class ScramError(Exception):
    """The server's half is not SCRAM, or the server does not know the password."""


class Scram:
    """One exchange: first(), then final(server's first), then verify(server's final).

    user is empty for PostgreSQL, which takes the startup message's.
    """

    def __init__(self, password: str, user: str = "", nonce: str | None = None) -> None:
        self._password = password_verifier.prepare(password).encode()
        self._nonce = nonce or base64.b64encode(os.urandom(18)).decode()
        self._bare = f"n={user},r={self._nonce}"
        # The server's, as bytes, once final() has made it.
        self._signature: Any = None

    def first(self) -> str:
        """The client's first message."""
        return "n,," + self._bare

    def final(self, server_first: str) -> str:
        """The client's answer to the server's first message."""
        fields = _fields(server_first)
        try:
            nonce, salt = fields["r"], base64.b64decode(fields["s"], validate=True)
            iterations = int(fields["i"])
        except (KeyError, ValueError) as exc:
            raise ScramError(f"the server's first message is not SCRAM's: {exc}") from None
        if not nonce.startswith(self._nonce):
            raise ScramError("the server answers with another nonce")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, iterations)
        client_key = _hmac(salted, b"Client Key")
        without_proof = f"c=biws,r={nonce}"
        message = f"{self._bare},{server_first},{without_proof}".encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self._signature = _hmac(_hmac(salted, b"Server Key"), message)
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def verify(self, server_final: str) -> None:
        """Raise ScramError unless the server has shown that it knows the password too."""
        expected = base64.b64encode(self._signature).decode()
        if not hmac.compare_digest(_fields(server_final).get("v", ""), expected):
            raise ScramError("the server does not know the password's verifier")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _fields(message: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.split(",") if "=" in part)
