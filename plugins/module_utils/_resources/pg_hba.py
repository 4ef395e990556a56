# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pg_hba.conf: the declared block, lines that nobody declared, and whether they are in effect.

PostgreSQL uses the first record that matches, so a line of somebody else lets in whom no
declared record lets in. The records that Debian puts there are no finding. The lines of another
marked block, and of files that are included, are one where they let somebody come to what is
declared here, or become superuser, without a password; the marks are comments to the server.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Container, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._machine import mounts, regular_file
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    pg_hba,
    pg_hba_strangers,
    server_settings,
    session,
    settings_remedy,
    stopped_server,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    ownership,
    postgresql_configuration,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
    not_checked,
)

OPTIONS = {
    "path": {"type": "path", "required": True},
    "marker": {"type": "str", "required": True},
    "entries": {"type": "list", "elements": "dict", "required": True},
    **session.login_options(),
}

CHECKS = {
    "exists": Check("error", "The file was removed, or the cluster was dropped."),
    "used": Check("error", "The setting hba_file names another file."),
    "block": Check("error", "Somebody edited the block by hand, or entries are declared anew."),
    "line": Check("error", "Somebody added a line by hand; it lets in whom nobody declared."),
    "map": Check("error", "Somebody added a line to pg_ident.conf; it lets in as another."),
    "accepted": Check("error", "The server cannot read a line, and keeps the former records."),
    "loaded": Check("error", "Somebody changed the file without a reload of the server."),
    **ownership.MOUNT_CHECKS,
}

MAXIMUM = 20
# What stands in the place of names.
WORDS = ("all", "sameuser", "samerole", "samegroup", "replication")


def identity(resource: Options) -> str:
    path: str = resource["path"]
    return path


def read(resource: Options, host: Host) -> Any:
    """The file's text, and what the server says of it; None where there is no file, and only that
    something is mounted over it where that is so: what it hides is not known."""
    if mounts.is_over(resource["path"]):
        return {"mounted": True}
    try:
        with open(
            resource["path"], encoding="utf-8", errors="surrogateescape", opener=regular_file.opener
        ) as stream:
            text = stream.read()
    except FileNotFoundError:
        return None
    try:
        server = host.server(resource)
    except session.ServerError as exc:
        is_down = not isinstance(exc, session.LockedOut)
        return {
            "text": text, "used": None, "unloaded": None, "unseen": None, "rejected": {},
            "rules": [], "mappings": [], "superusers": set(), "members": {},
            "starts": _is_unread(resource, host, is_down),
        }  # fmt: skip
    used = server.hba_file
    return {
        "text": text,
        "used": used,
        "rejected": {row["line"]: row["error"] for row in server.rejected if row["file"] == used},
        "unloaded": server.unloaded.get(used),
        "unseen": server.unseen.get(used),
        "rules": [{"file_name": used, **row} for row in server.hba_rules],
        "mappings": [{"file_name": server.ident_file, **row} for row in server.ident_rules],
        "superusers": {name for name, row in server.roles.items() if row["rolsuper"]},
        "members": {name: row["members"] for name, row in server.roles.items()},
    }


def _is_unread(resource: Options, host: Host, is_down: bool) -> bool:
    """Whether a server that is down, or lets nobody ask, has not read the file, as far as systemd
    knows, and its start or reload would."""
    unit = server_settings.cluster_in(os.path.dirname(resource["path"])).unit
    if not unit or (is_down and host.unit(unit).get("ActiveState") == "active"):
        return False
    since = postgresql_configuration.last_read(unit, host)
    return stopped_server.changed_since(resource["path"], since)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [difference("exists", "a file", "nothing", "missing")]
    if "mounted" in actual:
        return [ownership.mounted(resource["path"], loads=settings_remedy.reload(resource))]
    if actual["used"] not in (None, resource["path"]):
        elsewhere = [cause.check("postgresql_settings", "undeclared", "hba_file")]
        return [difference("used", resource["path"], actual["used"], because=elsewhere)]
    declared = _declared(resource)
    foreign = {n: line for n, line in pg_hba.foreign(actual["text"]) if line not in declared}
    found = _compare_block(resource, actual["text"], foreign)
    has_block = not found
    for number, line in list(foreign.items())[:MAXIMUM]:
        error = actual["rejected"].get(number)
        current = _visible(line) + (f" ({error})" if error else "")
        remedy = _remove(resource, number, line)
        is_down, starts = actual["used"] is None, actual.get("starts")
        found.append(
            difference(
                "line", "no such line", current + " (waits for a reload or start)" * bool(starts),
                "unexpected", remedy,
                # Else its remedy needs a server that can be asked.
                depends(resource) if is_down and not starts else (),
                subject=number, waits=bool(actual["unloaded"] or starts),
                loads="" if is_down else settings_remedy.reload(resource),
            )
        )  # fmt: skip
    found += _strangers(resource, actual, foreign)
    if has_block:
        found += [
            difference("accepted", "a valid line", error, subject=number)
            for number, error in list(actual["rejected"].items())[:MAXIMUM]
            if number not in foreign
        ]
    if actual["unloaded"]:
        because = [cause.check("pg_hba", each.check, each.subject) for each in found]
        expected = "read since its last change"
        found.append(difference("loaded", expected, actual["unloaded"], because=because))
    if actual["unseen"]:
        found.append(not_checked("loaded", actual["unseen"]))
    return found


def _declared(resource: Options) -> set[str]:
    """The lines of the block, which are no stranger's where a mark of it is damaged."""
    try:
        return {line for entry in resource["entries"] for line in pg_hba.records(entry)}
    except pg_hba.PgHbaError:
        return set()


def _compare_block(resource: Options, text: str, foreign: Mapping[int, str]) -> list[Found]:
    try:
        declared = pg_hba.place(text, resource["entries"], resource["marker"])
    except pg_hba.PgHbaError as exc:
        remedy = f"Mend the lines in {resource['path']} by hand, then run flaskops.stack.site."
        return [difference("block", "one block", exc, remedy=remedy)]
    if declared == text:
        return []
    # Without what others put above it, the block may be right.
    gone = {n + at for n, record in foreign.items() for at in range(record.count("\n") + 1)}
    others = [line for number, line in enumerate(text.split("\n"), 1) if number not in gone]
    alone = "\n".join(others)
    if pg_hba.place(alone, resource["entries"], resource["marker"]) == alone:
        because = [cause.check("pg_hba", "line", number) for number in foreign]
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


def _visible(line: str) -> str:
    text: str = pg_hba.visible(line.replace("\\\n", "").strip())
    return text


def _strangers(
    resource: Options, actual: Mapping[str, Any], foreign: Container[int]
) -> list[Found]:
    """What lines let in that nobody declared, and that are not found for standing where they do."""
    rules, path = actual["rules"], resource["path"]
    ours = _ours(resource, actual)
    own = _own_lines(actual["text"], resource["marker"])
    is_own = [r["file_name"] == path and r["line_number"] in own for r in rules]
    records = {path: dict(pg_hba.logical_lines(actual["text"]))}
    found: list[Found] = []
    for number, rule in enumerate(rules):
        file, line = rule["file_name"], rule["line_number"]
        if is_own[number] or (file == path and line in foreign):
            continue
        text = pg_hba_strangers.reason(rules, number, ours)
        record = _record(records, file, line)
        if text and not pg_hba.is_known(record):
            at = f"{line}" if file == path else f"{file}:{line}"
            remedy = _remove({**resource, "path": file}, line, record)
            current = f"{_visible(record)} ({text})"
            waits = bool(actual["unloaded"] and file == path)
            found.append(
                difference(
                    "line",
                    "no such line",
                    current,
                    "unexpected",
                    remedy,
                    subject=at,
                    waits=waits,
                    loads=settings_remedy.reload(resource),
                )
            )
    declared = {number for number, is_ours in enumerate(is_own) if is_ours}
    for mapping, text in pg_hba_strangers.mapped(rules, actual["mappings"], ours, declared):
        file, line = mapping["file_name"], mapping["line_number"]
        record = _record(records, file, line)
        remedy = _remove({**resource, "path": file}, line, record)
        current = f"{_visible(record)} ({text})"
        found.append(
            difference(
                "map",
                "no such line",
                current,
                "unexpected",
                remedy,
                subject=f"{file}:{line}",
                loads=settings_remedy.reload(resource),
            )
        )
    return found[:MAXIMUM]


def _ours(resource: Options, actual: Mapping[str, Any]) -> pg_hba_strangers.Ours:
    """The databases and roles of the declared entries; their words and expressions are no names."""
    databases, roles = (
        {
            name
            for entry in resource["entries"]
            for name in ([entry[key]] if isinstance(entry.get(key), str) else entry.get(key) or ())
            if isinstance(name, str) and name not in WORDS and name[:1] not in ("+", "/", "@")
        }
        for key in ("database", "user")
    )
    return pg_hba_strangers.Ours(databases, roles, actual["superusers"], actual["members"])


def _own_lines(text: str, marker: str) -> set[int]:
    lines = text.split("\n")
    return {
        number + 1
        for first, last in pg_hba.blocks(lines)
        if lines[first] == f"# BEGIN {marker}"
        for number in range(first, last)
    }


def _record(records: dict[str, dict[int, str]], path: str, number: int) -> str:
    """The lines of a record in any file; records are those that were read already."""
    if path not in records:
        try:
            with open(
                path, encoding="utf-8", errors="surrogateescape", opener=regular_file.opener
            ) as stream:
                records[path] = dict(pg_hba.logical_lines(stream.read()))
        except OSError:
            records[path] = {}
    return records[path].get(number, "")


def _remove(resource: Options, number: int, record: str) -> str:
    """Delete the lines only while they are what was found, so that it may be run late or twice.

    A record of one line is found wherever it has moved to meanwhile.
    """
    edits = [
        f"{number + at}{{/^{_pattern(line)}$/d}}"
        for at, line in enumerate(record.split("\n"))
        # A mark that a backslash has drawn into the record is the block's.
        if not line.startswith(("# BEGIN ", "# END "))
    ]
    if record and "\n" not in record:
        edits = [f"/^{_pattern(record)}$/d"]
    words = " ".join(f"-e {shlex.quote(edit)}" for edit in edits)
    return f"sed -i {words} {shlex.quote(resource['path'])}"


def _pattern(line: str) -> str:
    pattern = re.sub(r"[][\\/.*^$]", r"\\\g<0>", pg_hba.visible(line))
    # Without a password that the line has.
    return pattern.replace(r"\*" * 8, ".*")


def depends(resource: Options) -> list[cause.Cause]:
    return [postgresql_configuration.key(resource)]
