# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as one page of HTML that needs nothing from anywhere else."""

from __future__ import annotations

import itertools
import os
from typing import Any

import jinja2
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    is_command,
)
from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit, _audit_plan

TEMPLATE = os.path.join(os.path.dirname(__file__), "_audit.html.j2")


def _hosts(report: _audit.Report) -> dict[str, dict[str, Any]]:
    """The hosts, whose findings have their host and an anchor, to which the page leads."""
    number = itertools.count(1)
    return {
        name: {
            **host,
            "findings": [
                {**finding, "host": name, "anchor": f"finding-{next(number)}"}
                for finding in host["findings"]
            ],
        }
        for name, host in report["hosts"].items()
    }


def render(report: _audit.Report) -> str:
    """The page; whatever a host says is escaped."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    with open(TEMPLATE, encoding="utf-8") as stream:
        template = environment.from_string(stream.read())
    hosts = _hosts(report)
    return template.render(
        report=report,
        areas=_audit.areas_of(report),
        overview=_audit.overview(report),
        severities=_audit.SEVERITIES,
        findings=_audit_plan.worst_first(f for host in hosts.values() for f in host["findings"]),
        plans={name: _audit_plan.plan(host) for name, host in hosts.items() if host["findings"]},
        is_command=is_command,
        restarts_in_words=_audit_plan.restarts_in_words,
    )
