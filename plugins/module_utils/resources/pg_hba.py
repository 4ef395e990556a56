# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pg_hba.conf: the declared block, lines that nobody declared, and whether they are in effect.

PostgreSQL uses the first record that matches, so a line of somebody else lets in whom no
declared record lets in. The records that Debian puts there are no finding.
"""

from __future__ import annotations

import difflib
import re
import shlex

from ansible_collections.flaskops.stack.plugins.module_utils import pg_hba, postgresql
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "marker": {"type": "str", "required": True},
    "entries": {"type": "list", "elements": "dict", "required": True},
    **postgresql.login_options(),
}

CHECKS = {
    "exists": Check("error", "The file was removed, or the cluster was dropped."),
    "used": Check("error", "The setting hba_file names another file."),
    "block": Check("error", "Somebody edited the block by hand, or entries are declared anew."),
    "line": Check("error", "Somebody added a line by hand; it lets in whom nobody declared."),
    "accepted": Check("error", "The server cannot read a line, and keeps the former records."),
    "loaded": Check("error", "Somebody changed the file without a reload of the server."),
}

MAXIMUM = 20


def identity(resource):
    return resource["path"]


def read(resource, host):
    """The file's text, and what the server says of it; None where there is no file."""
    try:
        with open(resource["path"], encoding="utf-8", errors="surrogateescape") as stream:
            text = stream.read()
    except FileNotFoundError:
        return None
    try:
        server = host.server(resource)
    except postgresql.ServerError:
        return {"text": text, "used": None, "rejected": {}, "is_loaded": True}
    used = server.hba_file
    return {
        "text": text,
        "used": used,
        "rejected": {row["line"]: row["error"] for row in server.rejected if row["file"] == used},
        "is_loaded": used not in server.unloaded,
    }


def compare(resource, actual):
    if actual is None:
        return [difference("exists", "a file", "nothing", "missing")]
    if actual["used"] not in (None, resource["path"]):
        return [difference("used", resource["path"], actual["used"])]
    foreign = dict(pg_hba.foreign(actual["text"]))
    found = _compare_block(resource, actual["text"], foreign)
    has_block = not found
    for number, line in list(foreign.items())[:MAXIMUM]:
        error = actual["rejected"].get(number)
        current = _visible(line) + (f" ({error})" if error else "")
        remedy = _remove(resource, number, line)
        found.append(difference(f"line {number}", "no such line", current, "unexpected", remedy))
    if has_block:
        found += [
            difference(f"accepted {number}", "a valid line", error)
            for number, error in list(actual["rejected"].items())[:MAXIMUM]
            if number not in foreign
        ]
    if not actual["is_loaded"]:
        because = [f"pg_hba.{d['attribute']}" for d in found]
        found.append(
            difference("loaded", "read since its last change", "changed later", because=because)
        )
    return found


def _compare_block(resource, text, foreign):
    try:
        declared = pg_hba.place(text, resource["entries"], resource["marker"])
    except pg_hba.PgHbaError as exc:
        remedy = f"Mend the lines in {resource['path']} by hand, then run flaskops.stack.site."
        return [difference("block", "one block", exc, remedy=remedy)]
    if declared == text:
        return []
    # Without what others put above it, the block may be right.
    others = [line for number, line in enumerate(text.split("\n"), 1) if number not in foreign]
    alone = "\n".join(others)
    if pg_hba.place(alone, resource["entries"], resource["marker"]) == alone:
        because = [f"pg_hba.line {number}" for number in foreign]
        return [difference("block", "before every other line", "behind one", because=because)]
    # The two differ in the block only, so what is equal around it needs no comparison.
    before, after = text.splitlines(), declared.splitlines()
    start = next((n for n, pair in enumerate(zip(before, after)) if pair[0] != pair[1]), 0)
    lines = difflib.unified_diff(
        before[start : start + 100],
        after[start : start + 100],
        "actual",
        "declared",
        lineterm="",
        n=0,
    )
    return [difference("block", "as declared", "\n".join(_visible(x) for x in list(lines)[:30]))]


def _visible(line):
    """The line without the passwords that options of LDAP and RADIUS have."""
    return re.sub(r"(passw\w*|secrets?)=\S+", r"\1=********", line.strip())


def _remove(resource, number, line):
    """Deletes the line only while it is what was found, so that it may be run late or twice."""
    pattern = re.sub(r"[][\\/.*^$]", r"\\\g<0>", line)
    reload = postgresql.command(resource, "SELECT pg_reload_conf()")
    delete = shlex.quote(f"{number}{{/^{pattern}$/d}}")
    return f"sed -i {delete} {shlex.quote(resource['path'])} && {reload}"


def depends(resource):
    return [postgresql_configuration.key(resource)]
