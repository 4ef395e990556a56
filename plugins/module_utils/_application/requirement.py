# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requirements of Python packages (PEP 508), and the versions that satisfy them (PEP 440).

The audit runs as root, and so takes no package of the application's environment for this: who
builds a package decides what is in it. A test compares all of it with the package packaging.
"""

from __future__ import annotations

import itertools
import operator
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Union

VERSION = re.compile(
    r"""\s*v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]+)?)?
    (?P<post>-(?P<post_short>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
PHASES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}

REQUIREMENT = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*
    (?:\[(?P<extras>[^\]]*)\]\s*)?
    (?:@\s*(?P<url>\S+)|\((?P<enclosed>[^)]*)\)|(?P<bare>[^;@(]*))?\s*
    (?:;\s*(?P<marker>.+?))?\s*""",
    re.VERBOSE | re.DOTALL,
)
CLAUSE = re.compile(r"\s*(~=|===|==|!=|<=|>=|<|>)\s*([^\s,]+)\s*")
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<sign>~=|===|==|!=|<=|>=|<|>|\(|\)))""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip


# (operator, version), such as (">=", "2.0").
Clause = tuple[str, str]
# What orders versions: epoch, release, how early it is, the numbers of post and dev.
Phase = Union[tuple[int], tuple[int, str, int]]
Order = tuple[int, tuple[int, ...], Phase, int, tuple[int, int]]


class RequirementError(ValueError):
    """A text is no requirement, or has a part that is none."""


class Version:
    """A version by PEP 440; key orders versions."""

    def __init__(self, text: str) -> None:
        found = VERSION.fullmatch(text)
        if found is None:
            raise RequirementError(f"no version: {text}")
        self.epoch = int(found["epoch"] or 0)
        self.release = tuple(int(part) for part in found["release"].split("."))
        self.pre: tuple[str, int] | None = None
        self.post: int | None = None
        self.dev: int | None = None
        if found["pre"]:
            word = found["pre"].lower()
            self.pre = (PHASES.get(word, word), int(found["pre_number"] or 0))
        if found["post"]:
            self.post = int(found["post_short"] or found["post_number"] or 0)
        if found["dev"]:
            self.dev = int(found["dev_number"] or 0)
        self.local = re.split(r"[-_.]", found["local"].lower()) if found["local"] else None
        self.base = (self.epoch, _trimmed(self.release))

    @property
    def public_key(self) -> Order:
        """The order of versions whose local part does not count."""
        phase: Phase = (1,)
        if self.pre:
            phase = (0, *self.pre)
        elif self.post is None and self.dev is not None:
            phase = (-1,)
        post = -1 if self.post is None else self.post
        dev = (1, 0) if self.dev is None else (0, self.dev)
        return (*self.base, phase, post, dev)

    @property
    def key(self) -> tuple[Order, tuple[tuple[int, int, str], ...]]:
        local = tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in self.local or ())
        return (self.public_key, local)

    @property
    def is_early(self) -> bool:
        return self.pre is not None or self.dev is not None


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    """Without the zeros at the end, which do not count."""
    return tuple(reversed(list(itertools.dropwhile(lambda number: number == 0, reversed(release)))))


def satisfies(version: str, clauses: Iterable[Clause]) -> bool:
    """Whether a version's text satisfies all (operator, version) clauses; early ones too."""
    return all(_matches(version, sign, wanted) for sign, wanted in clauses)


def _matches(text: str, sign: str, wanted: str) -> bool:
    if sign == "===":
        return text.lower() == wanted.lower()
    found = Version(text)
    if wanted.endswith(".*"):
        return _has_prefix(found, Version(wanted[:-2])) == (sign == "==")
    limit = Version(wanted)
    if sign == "~=":
        prefix = limit.release[:-1]
        return found.public_key >= limit.public_key and _starts_with(found, limit.epoch, prefix)
    if sign in ("==", "!="):
        same = found.key == limit.key if limit.local else found.public_key == limit.public_key
        return same == (sign == "==")
    if sign in ("<=", ">="):
        return COMPARISONS[sign](found.public_key, limit.public_key)
    # 1.0rc1 is not below 1.0, and neither 1.0.post1 nor 1.0+local above it.
    if not COMPARISONS[sign](found.public_key, limit.public_key):
        return False
    if found.base != limit.base or limit.is_early:
        return True
    if sign == "<":
        return not found.is_early or found.post != limit.post
    return limit.post is not None or found.post is None


def _has_prefix(version: Version, prefix: Version) -> bool:
    """PEP 440's 1.2.* and 1.2a1.*, of which the latter are rare."""
    if prefix.pre or prefix.post is not None:
        return version.base == prefix.base and version.pre == prefix.pre and (
            prefix.post is None or version.post == prefix.post
        )  # fmt: skip
    return _starts_with(version, prefix.epoch, prefix.release)


def _starts_with(version: Version, epoch: int, release: tuple[int, ...]) -> bool:
    padded = version.release + (0,) * (len(release) - len(version.release))
    return version.epoch == epoch and padded[: len(release)] == tuple(release)


class Requirement:
    """name, extras (a set), clauses, and marker (None, or what applies() takes)."""

    def __init__(self, text: str) -> None:
        found = REQUIREMENT.fullmatch(text)
        if found is None:
            raise RequirementError(f"no requirement: {text}")
        self.name = found["name"]
        self.extras = {extra.strip() for extra in (found["extras"] or "").split(",")} - {""}
        self.clauses = _clauses(found["enclosed"] or found["bare"] or "")
        self.marker = _Marker(found["marker"]).tree if found["marker"] else None

    def accepts(self, version: str) -> bool:
        """Whether a version's text satisfies it."""
        return satisfies(version, self.clauses)

    def applies(self, extra: str = "") -> bool:
        """Whether its marker is true here, for an extra that was asked for."""
        return self.marker is None or _evaluate(self.marker, {**environment(), "extra": extra})


def _clauses(text: str) -> list[Clause]:
    found = []
    for part in text.split(","):
        if part.strip():
            clause = CLAUSE.fullmatch(part)
            if clause is None:
                raise RequirementError(f"no version specifier: {part}")
            sign, wanted = clause.groups()
            if sign != "===":
                Version(wanted[:-2] if wanted.endswith(".*") and sign in ("==", "!=") else wanted)
            found.append((sign, wanted))
    return found


class Comparison(NamedTuple):
    """A part of a marker; left and right are words, or texts with their quotes."""

    sign: str
    left: str
    right: str


class Joined(NamedTuple):
    """Two parts of a marker; word is "and" or "or"."""

    word: str
    left: Tree
    right: Tree


Tree = Union[Comparison, Joined]


class _Marker:
    """The tree of a marker's text."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            token = TOKEN.match(text, position)
            if token is None:
                raise RequirementError(f"no marker: {text}")
            self._tokens.append(token.group().strip())
            position = token.end()
        self.tree = self._either()
        if self._tokens:
            raise RequirementError(f"no marker: {text}")

    def _next(self) -> str:
        if not self._tokens:
            raise RequirementError("a marker ends too early")
        return self._tokens.pop(0)

    def _takes(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == token and bool(self._next())

    def _either(self) -> Tree:
        tree = self._both()
        while self._takes("or"):
            tree = Joined("or", tree, self._both())
        return tree

    def _both(self) -> Tree:
        tree = self._one()
        while self._takes("and"):
            tree = Joined("and", tree, self._one())
        return tree

    def _one(self) -> Tree:
        if self._takes("("):
            tree = self._either()
            if self._next() != ")":
                raise RequirementError("a marker lacks a )")
            return tree
        left, sign = self._next(), self._next()
        if sign == "not":
            sign = f"not {self._next()}"
        return Comparison(sign, left, self._next())


def _evaluate(tree: Tree, known: Mapping[str, str]) -> bool:
    if isinstance(tree, Joined):
        if tree.word == "and":
            return _evaluate(tree.left, known) and _evaluate(tree.right, known)
        return _evaluate(tree.left, known) or _evaluate(tree.right, known)
    sign, left, right = tree
    is_extra = "extra" in (left, right)
    left, right = (_value(text, known, is_extra) for text in (left, right))
    if sign in ("in", "not in"):
        return (left in right) == (sign == "in")
    try:
        return satisfies(left, _clauses(f"{sign}{right}"))
    except RequirementError:
        compare = COMPARISONS.get(sign)
        return compare is not None and compare(left, right)


def _value(text: str, known: Mapping[str, str], is_extra: bool) -> str:
    value = text[1:-1] if text[0] in "'\"" else known.get(text.replace(".", "_"), "")
    return normal(value) if is_extra else value


def normal(name: str) -> str:
    """A package's or an extra's name in the one spelling in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


_KNOWN: dict[str, str] = {}


def environment() -> dict[str, str]:
    """What markers may ask of this host and its Python."""
    if not _KNOWN:
        info = sys.implementation.version
        level = "" if info.releaselevel == "final" else f"{info.releaselevel[0]}{info.serial}"
        _KNOWN.update(
            implementation_name=sys.implementation.name,
            implementation_version=f"{info.major}.{info.minor}.{info.micro}{level}",
            os_name=os.name,
            platform_machine=platform.machine(),
            platform_python_implementation=platform.python_implementation(),
            platform_release=platform.release(),
            platform_system=platform.system(),
            platform_version=platform.version(),
            python_full_version=platform.python_version(),
            python_version=".".join(platform.python_version_tuple()[:2]),
            sys_platform=sys.platform,
        )
    return _KNOWN
