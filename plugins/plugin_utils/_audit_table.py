# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit, _audit_plan


def table(report: _audit.Report) -> list[str]:
    """The report as lines for a terminal."""
    rows = _audit.overview(report)
    areas = _audit.areas_of(report)
    width = max([len(name) for name in rows] + [4])
    lines = ["  ".join(["host".ljust(width), *areas])]
    for name, worst in rows.items():
        cells = [(worst[area] or "-").ljust(len(area)) for area in areas]
        if report["hosts"][name]["status"] == "unreachable":
            cells = ["unreachable"]
        lines.append("  ".join([name.ljust(width), *cells]).rstrip())
    for name, host in report["hosts"].items():
        for finding in _audit_plan.worst_first(host["findings"]):
            lines += ["", *_described(name, finding, report["generated"])]
        if host["follows"]:
            ids = sorted({each["id"] for each in host["follows"]})
            lines += ["", f"{name}: {_audit.FOLLOWS} from these: {', '.join(ids)}"]
        for unseen in host["not_checked"]:
            lines += [
                "",
                f"{name}: {_audit.UNSEEN}: {unseen['id']}",
                f"  {unseen['resource']}: {unseen['attribute']}",
                f"  {'reason:':<10}{unseen['reason']}",
            ]
        for each in host["accepted"]:
            lines += [
                "",
                f"{name}: accepted{_until(each)}: {each['id']}",
                f"  {each['resource']}: {each['attribute']}",
                f"  {'actual:':<10}{each['actual']}",
                f"  {'reason:':<10}{each['reason']}",
            ]
        lines += _what_to_do(name, host)
    return lines


def _what_to_do(name: str, host: Mapping[str, Any]) -> list[str]:
    """One line of what a run would do, and what is left for people."""
    plan = _audit_plan.plan(host)
    parts = []
    if plan.first:
        parts.append(f"first {_ids(plan.first)}")
    if plan.site:
        restarts = _audit_plan.restarts_in_words(plan.restarts)
        parts.append(
            f"one run of flaskops.stack.site puts right {len(plan.site)} of {len(host['findings'])}"
            + (f" and {restarts}" if restarts else "")
        )
    if plan.then:
        parts.append(f"for people: {_ids(plan.then)}")
    return ["", f"{name}: what to do: {'; then '.join(parts)}"] if parts else []


def _ids(findings: Iterable[_audit.Finding]) -> str:
    return ", ".join(dict.fromkeys(each["id"] for each in findings))


def _until(entry: _audit.Finding) -> str:
    return f" until {entry['until']}" if entry["until"] else ""


def _described(name: str, finding: _audit.Finding, generated: str) -> Iterator[str]:
    yield f"{name}: {finding['severity']}: {finding['id']} ({finding['direction']})"
    yield f"  {finding['resource']}: {finding['attribute']}"
    for field in _audit.TEXTS:
        first, *rest = finding[field].splitlines() or [""]
        yield f"  {field + ':':<10}{first}"
        yield from (" " * 12 + line for line in rest)
    if finding["since"] != generated:
        yield f"  {'since:':<10}{finding['since']}"
