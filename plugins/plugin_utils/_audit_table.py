# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit


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
        for finding in host["findings"]:
            lines += ["", *_described(name, finding)]
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
    return lines


def _until(entry: _audit.Finding) -> str:
    return f" until {entry['until']}" if entry["until"] else ""


def _described(name: str, finding: _audit.Finding) -> Iterator[str]:
    yield f"{name}: {finding['severity']}: {finding['id']} ({finding['direction']})"
    yield f"  {finding['resource']}: {finding['attribute']}"
    for field in _audit.TEXTS:
        first, *rest = finding[field].splitlines() or [""]
        yield f"  {field + ':':<10}{first}"
        yield from (" " * 12 + line for line in rest)
