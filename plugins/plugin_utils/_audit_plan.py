# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about an audit's findings, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Finding = dict[str, Any]


class Plan(NamedTuple):
    """The findings of one host by who puts them right and when, each list worst first.

    first: for people at once: errors, what a run of site.yml is refused for, and what hides more;
    site: what one run puts right; restarts: what it does to units, {unit: "restart"}; then: for
    people, at any time.
    """

    first: list[Finding]
    site: list[Finding]
    restarts: dict[str, str]
    then: list[Finding]


def plan(host: Mapping[str, Any]) -> Plan:
    """The Plan for a host of the report."""
    causes = {name for each in host["follows"] for name in each["because"]}
    findings = worst_first(host["findings"])
    people = [each for each in findings if not each["owned"]]
    first = [
        each for each in people
        if each["severity"] == "error" or each["waits"] or causes & _names(each)
    ]  # fmt: skip
    return Plan(
        first,
        [each for each in findings if each["owned"]],
        dict(host["restarts"]),
        [each for each in people if each not in first],
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By effect: the site fails, an error, one that waits to come into effect, a warning."""

    def grade(each: Finding) -> tuple[bool, bool, bool]:
        return each["severity"] != "error", not each["live"], each["waits"]

    return sorted(findings, key=grade)


def _names(finding: Finding) -> set[str]:
    """The names by which what follows from a finding may tell of it."""
    check = finding["id"], f"{finding['id']} {finding['subject']}".rstrip()
    return {*check, finding["resource"], finding["identity"], finding["subject"]} - {""}


def restarts_in_words(restarts: Mapping[str, str]) -> str:
    """Such as "restarts shop.service, reloads nginx.service"; "" where nothing is to be done."""
    by_way: dict[str, list[str]] = {}
    for unit, way in sorted(restarts.items()):
        by_way.setdefault(way, []).append(unit)
    return ", ".join(f"{way}s {', '.join(units)}" for way, units in sorted(by_way.items()))
