# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as one page of HTML that needs nothing from anywhere else."""

from __future__ import annotations

import os

import jinja2
from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit

TEMPLATE = os.path.join(os.path.dirname(__file__), "_audit.html.j2")


def render(report: _audit.Report) -> str:
    """The page; whatever a host says is escaped."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    with open(TEMPLATE, encoding="utf-8") as stream:
        template = environment.from_string(stream.read())
    return template.render(
        report=report,
        areas=_audit.areas_of(report),
        overview=_audit.overview(report),
        severities=_audit.SEVERITIES,
    )
