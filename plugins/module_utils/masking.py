# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets taken out of a program's output before anybody sees it."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

MASK = "********"
# From this length on, a secret is no part of a word by chance.
LONG = 12
WORD = "[A-Za-z0-9]"
# A URL's password, also where the secret is a word that must be left alone elsewhere.
CREDENTIALS = re.compile(r"(://[^\s:/@]*:)[^\s@]+(@)")
SECRET_NAME = re.compile(r"SECRET|PASSW|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|_KEY\b|_DSN\b", re.I)


def secrets_of(variables):
    """The secret texts in a mapping of environment variables: by name, and in URLs."""
    found = set()
    for name, value in variables.items():
        if SECRET_NAME.search(name):
            found.add(value)
        found |= secrets_of_url(value)
    return found


def secrets_of_url(text):
    """The password of a URL, as it stands and decoded, and the whole of its credentials."""
    if "://" not in text:
        return set()
    credentials, at, _rest = text.partition("://")[2].rpartition("@")
    _user, colon, password = credentials.partition(":")
    found = {password, unquote(password)} if at and colon else set()
    try:
        parsed = urlsplit(text).password
    except ValueError:
        parsed = None
    return found | ({parsed, unquote(parsed)} if parsed else set())


def mask(text, secrets):
    """The text with every secret replaced, in each spelling in which programs print them.

    A short secret is replaced where it stands alone, and not inside other words: with the
    password "test", the word "latest" stays what it is.
    """
    text = CREDENTIALS.sub(rf"\1{MASK}\2", text)
    spellings = set()
    for secret in secrets:
        if secret:
            spellings |= {secret, quote(secret, safe=""), repr(secret)[1:-1]}
    # The longest first: one secret may be a part of another.
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) < LONG:
            pattern = rf"(?<!{WORD})" if re.match(WORD, spelling) else ""
            pattern += re.escape(spelling)
            pattern += rf"(?!{WORD})" if re.match(WORD, spelling[-1]) else ""
            text = re.sub(pattern, MASK, text)
        else:
            text = text.replace(spelling, MASK)
    return text
