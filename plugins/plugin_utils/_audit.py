# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as data, from what drift_info returned for each host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# The report as audit.json has it, and one finding of it; see docs/audit.schema.json.
Report = dict[str, Any]
Finding = dict[str, Any]

SCHEMA = 1

# The order in which data flows, and in which reports show the roles.
AREAS = (
    "postgresql", "database", "pg_hba", "app", "redis", "migrations", "gunicorn", "nginx", "site",
)  # fmt: skip
SEVERITIES = ("error", "warning")
# In a cell of the table: what was not looked at, and what is not as declared because something
# else is not. An error or a warning hides both.
UNSEEN = "not checked"
FOLLOWS = "follows"
# What a run fails on, by audit_fail_on.
FAILING = {
    "error": ("errors",),
    "warning": ("errors", "warnings"),
    "not_checked": ("errors", "warnings", "not_checked"),
    "never": (),
}

# A host on which nothing was found is "incomplete" where something could not be looked at.
STATUSES = ("ok", "incomplete", "drift", "unreachable")

# Which resource: for people in one text, and apart for programs. A host is no resource of a kind.
WHERE = ("id", "role", "resource", "kind", "identity", "attribute", "check", "subject")
FIELDS = (
    *WHERE, "direction", "severity", "expected", "actual", "cause", "remedy",
    "owned", "live", "waits",
)  # fmt: skip
# The fields that are sentences.
TEXTS = ("expected", "actual", "cause", "remedy")
UNSEEN_FIELDS = (*WHERE, "reason")
ACCEPTED_FIELDS = (*WHERE, "actual", "reason", "until")
FOLLOWING_FIELDS = (*WHERE, "direction", "expected", "actual", "because")


def build(
    results: Mapping[str, Mapping[str, Any]], generated: str, last: Mapping[str, Any] | None = None
) -> Report:
    """The report as audit.json has it.

    results maps the name of each host to the result of drift_info there, to that of a task
    that could not reach it (with "unreachable"), or to {} where there is none. generated
    is the time, as text. last is the report before this one, which knows since when.
    """
    hosts = {name: _host(result) for name, result in results.items()}
    for name, host in hosts.items():
        _date(host["findings"], generated, name, last or {})
    findings = [finding for host in hosts.values() for finding in host["findings"]]
    return {
        "schema": SCHEMA,
        "generated": generated,
        "hosts": hosts,
        "summary": {
            "hosts": len(hosts),
            **{
                status: sum(host["status"] == status for host in hosts.values())
                for status in STATUSES
            },
            **{
                f"{severity}s": sum(f["severity"] == severity for f in findings)
                for severity in SEVERITIES
            },
            "not_checked": sum(len(host["not_checked"]) for host in hosts.values()),
            "accepted": sum(len(host["accepted"]) for host in hosts.values()),
            "compared": sum(len(host["compared"]) for host in hosts.values()),
        },
    }


def _host(result: Mapping[str, Any]) -> dict[str, Any]:
    if result.get("unreachable"):
        return _not_audited("unreachable", "host.reachable", "reachable", result, SILENCE)
    if "differences" not in result:
        return _not_audited("drift", "host.audited", "audited", result, SILENCE)
    if result.get("mistakes"):
        return _not_audited("drift", "host.audited", "audited", result, MISTAKES)
    findings = [_fields(difference, FIELDS) for difference in result["differences"]]
    unseen = [_fields(each, UNSEEN_FIELDS) for each in result.get("not_checked", ())]
    # What is right now, and only has to be looked at again, has no attribute.
    following = [
        _fields(each, FOLLOWING_FIELDS)
        for each in result.get("consequences", ())
        if "attribute" in each
    ]
    compared = [
        {"role": role, **_resource(kind, identity)} for role, kind, identity in result["compared"]
    ]
    accepted = [_fields(each, ACCEPTED_FIELDS) for each in result.get("accepted", ())]
    status = "drift" if findings else "incomplete" if unseen else "ok"
    restarts = result.get("restarts") or {}
    return _record(status, findings, unseen, following, compared, accepted, restarts)


def _record(
    status: str,
    findings: Iterable[Finding],
    unseen: Iterable[dict[str, Any]] = (),
    following: Iterable[dict[str, Any]] = (),
    compared: Iterable[dict[str, str]] = (),
    accepted: Iterable[dict[str, Any]] = (),
    restarts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "status": status,
        "findings": list(findings),
        "not_checked": list(unseen),
        "follows": list(following),
        "accepted": list(accepted),
        "restarts": dict(restarts or {}),
        "compared": list(compared),
    }


def _date(findings: Iterable[Finding], generated: str, host: str, last: Mapping[str, Any]) -> None:
    """Say since when each is known: by the last report, where that has it too."""
    before = last.get("hosts", {}).get(host, {}).get("findings", ())
    known = {_key(each): each.get("since") or last["generated"] for each in before}
    for each in findings:
        each["since"] = known.get(_key(each)) or generated


def _key(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        finding.get(field) for field in ("id", "role", "resource", "attribute", "direction")
    )


def _fields(found: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    found = {**found, **_resource(found["kind"], found["resource"])}
    return {field: found[field] for field in fields}


def _resource(kind: str, identity: str) -> dict[str, str]:
    return {"resource": f"{kind} {identity}", "kind": kind, "identity": identity}


SILENCE = {
    "expected": "answers to Ansible",
    "cause": "The host is down, the network or the login fails, or the audit itself did.",
    "remedy": "Try ansible HOST -m ansible.builtin.ping, and see this run's output.",
}
MISTAKES = {
    "expected": "variables that make sense",
    "cause": "A variable is missing, or has a value that cannot be applied.",
    "remedy": "Correct the variable, and audit again.",
}


def _not_audited(
    status: str,
    identifier: str,
    attribute: str,
    result: Mapping[str, Any],
    words: Mapping[str, str],
) -> dict[str, Any]:
    finding = {
        "id": identifier,
        "role": "site",
        "resource": "host",
        "kind": "host",
        "identity": "",
        "attribute": attribute,
        "check": attribute,
        "subject": "",
        "direction": "missing",
        "severity": "error",
        "actual": str(result.get("msg") or "no answer").strip(),
        "owned": False,
        "live": True,
        "waits": False,
        **words,
    }
    return _record(status, [finding])


def failing(report: Report, fail_on: str) -> int:
    """The number of findings, and of what was not checked, that make a run fail."""
    return sum(report["summary"][counted] for counted in FAILING[fail_on])


def areas_of(report: Report) -> list[str]:
    """The areas that some host has, in order; roles of others come last."""
    found = {c["role"] for host in report["hosts"].values() for c in host["compared"]}
    for host in report["hosts"].values():
        found |= {f["role"] for f in host["findings"] + host["not_checked"]}
    return [area for area in AREAS if area in found] + sorted(found - set(AREAS))


def overview(report: Report) -> dict[str, dict[str, str]]:
    """{host: {area: its worst severity, UNSEEN, FOLLOWS, "ok", or "" where none was compared}}."""
    areas = areas_of(report)
    rows = {}
    for name, host in report["hosts"].items():
        compared = {c["role"] for c in host["compared"]}
        worst = {area: "ok" if area in compared else "" for area in areas}
        worst.update({each["role"]: FOLLOWS for each in host["follows"]})
        worst.update({unseen["role"]: UNSEEN for unseen in host["not_checked"]})
        for severity in reversed(SEVERITIES):
            for finding in host["findings"]:
                if finding["severity"] == severity:
                    worst[finding["role"]] = severity
        rows[name] = worst
    return rows
