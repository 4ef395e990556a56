# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets taken out of a program's output before anybody sees it.

Every value of eight or more characters that an operator gave is one, except what is public by its
name (FLASK_APP), by what it is (a path that is there), or because it is said elsewhere too (the
application's own name). A shorter one is a secret by its variable's name, and only where a value
stands; so is a password that is a public word. Codes are no part of a text that is masked.
"""

from __future__ import annotations

import base64
import functools
import html
import json
import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    quote_plus,
    unquote,
    unquote_plus,
    urlsplit,
)

MASK = "********"
# From this length on, a secret is no part of a text by chance.
LONG = 8
# A URL's password, also where the secret is a word that must be left alone elsewhere.
CREDENTIALS = re.compile(r"(://[^\s:/@]{0,200}:)[^\s@]{1,2000}(@)")
# ConfigParser shows all that follows a % in the value that it cannot read.
INTERPOLATION = re.compile(r"('%' must be followed by '%' or '\(', found: ).*", re.DOTALL)
SECRET_NAME = re.compile(
    r"SECRET|PASS|PWD|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|(\b|_)KEY(\b|_)|_DSN\b|SALT|PEPPER|(\b|_)PIN\b"
    r"|AUTH|COOKIE|SIGNATURE",
    re.IGNORECASE,
)
PUBLIC_NAME = re.compile(
    r"FLASK_(APP|ENV|DEBUG|RUN_\w+|SKIP_DOTENV)|STATE_DIRECTORY|LANG(UAGE)?|LC_\w+|TZ|PATH|HOME|PYTHON\w+|PGCONNECT_TIMEOUT"
    r"|PG(HOST|HOSTADDR|PORT|USER|DATABASE|SSLMODE|SSLROOTCERT|SSLCERT|SSLKEY|APPNAME|TZ)"
    r"|PIP_(CACHE_DIR|CERT|CONSTRAINT|TRUSTED_HOST|NO_BINARY|ONLY_BINARY|PREFER_BINARY)"
)
DATABASE = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)
# NAME = value, "name": value, name: value, as settings are written.
SETTING = re.compile(r"""^\s*["']?([A-Za-z_][\w.-]*)["']?\s*[:=]\s*(.+?)[\s,;]*$""", re.MULTILINE)
# A word of a language, which may be a part of a longer one.
PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]+")
# The lines around a key.
BORDER = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")
# Where a word begins: also behind %2F and \n, whose last characters are letters.
BEGINS = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[abfnrtv]))"
ENDS = r"(?![A-Za-z0-9])"


class Placed(str):
    """A secret that is also a word which says something: it is masked in a value's place only."""

    __slots__ = ()


def secrets_of(variables: Mapping[str, str], public: Collection[str] = ()) -> set[str]:
    """The secret texts in a mapping of environment variables.

    public are words that texts about this application have in them: its name, its database.
    """
    found: set[str] = set()
    for name, value in variables.items():
        found |= secrets_of_url(value, public)
        is_named = SECRET_NAME.search(name) is not None
        if is_named or (len(value) >= LONG and not _is_public(name, value, public)):
            found.add(Placed(value) if value in public else value)
            lines = [line.strip() for line in value.splitlines()[:200]]
            found |= {x for x in lines if len(x) >= LONG and not BORDER.fullmatch(x)}
    return found - {""}


def secrets_of_settings(text: str, public: Collection[str] = ()) -> set[str]:
    """The secrets in the text of a settings file, of whatever format: by the names of settings."""
    found: set[str] = set()
    for name, value in SETTING.findall(text):
        plain = value.strip().strip("\"'")
        found |= secrets_of_url(plain, public)
        if SECRET_NAME.search(name):
            found.add(Placed(plain) if plain in public else plain)
    return found - {""}


def _is_public(name: str, value: str, public: Collection[str]) -> bool:
    if value in public or PUBLIC_NAME.fullmatch(name) or DATABASE.match(value):
        return True
    # The rest of such a name is not told, so that a secret that begins with a / stays one.
    return value.startswith("/") and "\0" not in value and os.path.exists(value)


def secrets_of_url(text: str, public: Collection[str] = ()) -> set[str]:
    """The secret parts of a URL, as they stand and decoded."""
    scheme, separator, rest = text.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z][\w+.-]*", scheme):
        return set()
    credentials, at, place = rest.rpartition("@")
    user, colon, password = credentials.partition(":")
    found = {password} if at and colon else set()
    parsed: SplitResult | None
    try:
        parsed = urlsplit(text)
        found |= {parsed.password or ""}
        query = parse_qsl(parsed.query)
    except ValueError:
        parsed, query = None, []
    found |= {v for k, v in query if SECRET_NAME.search(k)}
    if not DATABASE.match(text):
        # A token may be in the place of the user, and in the path.
        found |= {user} if at and not colon and len(user) >= LONG else set()
        found |= {v for _k, v in query if len(v) >= LONG}
        found |= set(re.findall(r"(?<=/)[A-Za-z0-9_-]{16,}(?=[/?#\s]|\Z)", place if at else rest))
    spelt = {f(part) for part in found for f in (str, unquote, unquote_plus)}
    return {Placed(part) if part in public else part for part in spelt - {""}}


def words_of_url(text: str) -> set[str]:
    """The parts of a URL that are no secret, and may be said elsewhere: user, host, database."""
    try:
        parsed = urlsplit(text)
        parts = {parsed.username, parsed.hostname, parsed.path.strip("/")}
    except ValueError:
        return set()
    return {unquote(part) for part in parts if part}


def public_words(variables: Mapping[str, str], *texts: str) -> set[str]:
    """The words of names and paths, and of database URLs in variables, for secrets_of()."""
    words = {part for text in texts for part in (text, *text.split("/"))}
    for value in variables.values():
        if DATABASE.match(value):
            words |= words_of_url(value)
    return words - {""}


@functools.lru_cache(maxsize=1024)
def spellings(secret: str) -> frozenset[str]:
    """In how many ways programs print a secret."""
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    # SQLAlchemy from 2.0 on, and before.
    found.add(quote(secret, safe=" +"))
    found.add(re.sub(r"[:@/]", lambda match: f"%{ord(match.group()):X}", secret))
    found |= {re.sub(r"%[0-9A-F]{2}", lambda m: m.group().lower(), text) for text in set(found)}
    # As ConfigParser and others want it, and what they show of it otherwise.
    found |= {text.replace("%", "%%") for text in set(found)}
    found |= {
        text[start.start() :] for text in set(found) for start in re.finditer("%", text)
        if len(text) - start.start() >= 4
    }  # fmt: skip
    # Of Python, JSON, HTML, SQL and shells.
    found |= {repr(secret)[1:-1], repr(secret.encode("utf-8", "replace"))[2:-1]}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    found |= {ascii(secret)[1:-1], html.escape(secret), html.escape(secret, quote=False)}
    found |= {
        secret.replace("'", "''"),
        secret.replace("'", "'\\''"),
        secret.replace("'", "'\"'\"'"),
    }
    # As a part of a longer text, which has both kinds of quotes.
    found |= {repr(secret + "'\"")[1:-4], secret.replace('"', '\\"')}
    found.add(repr(secret.encode("utf-8", "replace") + b"'\"")[2:-4])
    if len(secret) >= LONG:
        found |= _encoded(secret.encode("utf-8", "replace"))
    return frozenset(found - {""})


def _encoded(content: bytes) -> set[str]:
    """In base64, wherever in a token it begins, and in hexadecimal digits."""
    found = {content.hex(), base64.b64encode(content).decode()}
    for before in range(3):
        text = base64.b64encode(b"\0" * before + content).decode()
        # Without the characters that depend on what is before and behind.
        start = (0, 2, 3)[before]
        end = (before + len(content)) % 3
        found.add(text[start : len(text) - (4 if end else 0)] if end else text[start:])
    return found | {text.replace("+", "-").replace("/", "_") for text in found}


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret replaced, in each spelling in which programs print them.

    A short secret, or one that is Placed, is replaced where a value stands: with the password
    "test", the word "latest" stays what it is, and so does "a test".
    """
    text = INTERPOLATION.sub(rf"\1{MASK}", CREDENTIALS.sub(rf"\1{MASK}\2", text))
    everywhere: set[str] = set()
    placed: set[str] = set()
    for secret in filter(None, secrets):
        is_placed = isinstance(secret, Placed) or len(secret) < LONG
        (placed if is_placed else everywhere).update(spellings(str(secret)))
    # The longest first: one secret may be a part of another.
    for spelling in sorted(everywhere, key=len, reverse=True):
        if PLAIN_WORD.fullmatch(spelling):
            text = re.sub(f"{BEGINS}{re.escape(spelling)}{ENDS}", MASK, text)
        else:
            text = text.replace(spelling, MASK)
    for spelling in sorted(placed - everywhere, key=len, reverse=True):
        # password=x, PASSWORD: 'x', {"password": "x"}
        pattern = rf"([=:]\s*['\"]?){re.escape(spelling)}(?=['\"\s,;&)}}\]@]|\Z)"
        text = re.sub(pattern, rf"\g<1>{MASK}", text)
    return _mask_end(text, everywhere)


def mask_all(found: Any, secrets: Collection[str]) -> Any:
    """The same for every text in lists and mappings."""
    if isinstance(found, str):
        return mask(found, secrets)
    if isinstance(found, list):
        return [mask_all(part, secrets) for part in found]
    if isinstance(found, dict):
        return {name: mask_all(part, secrets) for name, part in found.items()}
    return found


def _mask_end(text: str, texts: Iterable[str]) -> str:
    """A text that was cut may end in the middle of a secret."""
    for spelling in texts:
        for length in range(len(spelling) - 1, LONG - 1, -1):
            if text.endswith(spelling[:length]):
                return text[:-length] + MASK
    return text
