# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx's server names: which of two servers on one socket gets a request.

An exact name goes before those with a star in front, those before the ones with a star at the end,
then come the regular expressions in the order of their files, and the socket's default server last
(https://nginx.org/en/docs/http/server_names.html).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

# The name that stands for every name which no other site has.
ANY_NAME = "_"
# Names that nobody would write an expression for, so that what means them all means every name.
PROBES = ("xq7-vz3.example", "wk4jt9.test", "198.51.100.77", "zr8")
LOCAL = re.compile(r"localhost|127\..*|\[?::1\]?")


def taken(ours: Collection[str], theirs: str, here: Iterable[str], is_before: bool) -> str:
    """What a server with the name theirs takes of the requests to ours, in words; "" if nothing.

    ours and theirs are as nginx_configuration has them. here: this host's own names and addresses,
    by which visitors ask a site for any name. is_before: whether theirs is read before ours.
    """
    exact = {name for name in ours if not _is_pattern(name) and name != ANY_NAME}
    if theirs == ANY_NAME:
        # That this name is nobody's makes it no rival.
        return ""
    if theirs in ours:
        return theirs
    patterns = [name for name in ours if _is_pattern(name)]
    own = [name for name in here if not LOCAL.fullmatch(name)] if ANY_NAME in ours else []
    if _is_pattern(theirs):
        named = next((f"{name} ({theirs})" for name in own if means(theirs, name)), "")
        return _pattern_taken(patterns, theirs, ANY_NAME in ours, is_before) or named
    if theirs == "":
        return "requests without a name" if ANY_NAME in ours else ""
    if any(means(pattern, theirs) for pattern in patterns) and theirs not in exact:
        return theirs
    return theirs if theirs in own else ""


def _pattern_taken(patterns: list[str], theirs: str, any_name: bool, is_before: bool) -> str:
    everything = all(means(theirs, probe) for probe in PROBES)
    if theirs.startswith("~"):
        # It comes behind all names with a star, and behind the expressions that are read before.
        rivals = is_before and any(name.startswith("~") for name in patterns)
        return f"every name ({theirs})" if everything and (any_name or rivals) else ""
    if any(_includes(mine, theirs) for mine in patterns):
        return theirs
    # *.com and www.*: of anybody's domain.
    wide = theirs.count(".") == 1 and "*" in theirs
    return theirs if wide and any_name else ""


def _is_pattern(name: str) -> bool:
    return name.startswith("~") or "*" in name


def _includes(mine: str, theirs: str) -> bool:
    """Whether all names that theirs means, both with stars, are also mine."""
    if mine.startswith("~"):
        return False
    if mine.startswith("*") and theirs.startswith("*"):
        return theirs.endswith(mine[1:])
    return mine.endswith("*") and theirs.endswith("*") and theirs.startswith(mine[:-1])


def means(pattern: str, name: str) -> bool:
    """Whether a name of a server with a star, or an expression, means a name; False where the
    expression is none for Python, which it is not for those that nginx alone knows."""
    if pattern.startswith("~"):
        try:
            return re.search(_of_python(pattern[1:]), name, re.IGNORECASE) is not None
        except re.error:
            return False
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name.startswith(pattern[:-1])


def _of_python(expression: str) -> str:
    return re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", expression)
