# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifiers of PostgreSQL: made of a password, and judged by one. No connection is needed.

The formats are those of pg_authid.rolpassword: SCRAM-SHA-256 (RFC 5803), MD5, or none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stringprep
import unicodedata

# RFC 4013, 2.3: what SASLprep prohibits.
PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


# PostgreSQL's own; see src/include/common/scram-common.h.
ITERATIONS = 4096
SALT_LENGTH = 16


def make(password: str, salt: bytes | None = None) -> str:
    """The SCRAM-SHA-256 verifier of a password, as the server would make and store it.

    What is sent in the place of a password cannot be used to log in where it is read, such as in
    the server's log. salt is random, except in tests.
    """
    salt = os.urandom(SALT_LENGTH) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", prepare(password).encode(), salt, ITERATIONS)
    stored_key = hashlib.sha256(hmac.new(salted, b"Client Key", hashlib.sha256).digest()).digest()
    server_key = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    texts = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *texts)


def judge(verifier: str | None, password: str) -> str | None:
    """What is wrong with a verifier, in a few words; None where it belongs to the password."""
    if verifier is None:
        return "no password is set"
    if verifier.startswith("md5"):
        return "stored as MD5"
    if not verifier.startswith("SCRAM-SHA-256$"):
        return "stored in an unknown format"
    return None if _belongs(verifier, password) else "another password"


def _belongs(verifier: str, password: str) -> bool:
    try:
        _name, parameters, keys = verifier.split("$")
        iterations, salt = parameters.split(":")
        stored_key = base64.b64decode(keys.split(":")[0])
        salted = hashlib.pbkdf2_hmac(
            "sha256", prepare(password).encode(), base64.b64decode(salt), int(iterations)
        )
    except (ValueError, binascii.Error):
        return False
    client_key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), stored_key)


def prepare(password: str) -> str:
    """SASLprep as pg_saslprep() of PostgreSQL's src/common/saslprep.c applies it.

    A password that it refuses is taken as it is. Other than RFC 4013 says, what is prohibited is
    looked for before the normalization, and a space that is not ASCII's (U+200B is in both tables)
    becomes one before others are mapped to nothing.
    """
    if password.isascii():
        return password
    mapped = "".join(_mapped(c) for c in password)
    if not mapped or any(table(c) for c in mapped for table in PROHIBITED):
        return password
    right_to_left = [stringprep.in_table_d1(c) for c in mapped]
    if any(right_to_left):
        mixed = any(stringprep.in_table_d2(c) for c in mapped)
        if mixed or not (right_to_left[0] and right_to_left[-1]):
            return password
    return unicodedata.normalize("NFKC", mapped)


def _mapped(character: str) -> str:
    if stringprep.in_table_c12(character):
        return " "
    return "" if stringprep.in_table_b1(character) else character
