# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's report as JUnit XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit


def junit(report: _audit.Report) -> str:
    """The report as JUnit XML: one suite a host, one case a resource."""
    root = ElementTree.Element("testsuites", name="flaskops.stack audit")
    for name, host in report["hosts"].items():
        cases: dict[tuple[str, str], list[_audit.Finding]] = {
            (c["role"], c["resource"]): [] for c in host["compared"]
        }
        for finding in host["findings"] + host["follows"]:
            cases.setdefault((finding["role"], finding["resource"]), []).append(finding)
        # A resource of which something else is wrong has failed.
        skipped = {(u["role"], u["resource"]): u for u in host["not_checked"]}
        skipped = {key: u for key, u in skipped.items() if not cases.setdefault(key, [])}
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(cases)),
            failures=str(sum(bool(findings) for findings in cases.values())),
            skipped=str(len(skipped)),
        )
        for (role, resource), findings in cases.items():
            case = ElementTree.SubElement(
                suite, "testcase", classname=_xml(f"{name}.{role}"), name=_xml(resource)
            )
            for finding in findings:
                _failure(case, finding)
            if (role, resource) in skipped:
                unseen = skipped[role, resource]
                message = _xml(f"{unseen['attribute']}: {unseen['reason']}")
                ElementTree.SubElement(case, "skipped", message=message)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _failure(case: ElementTree.Element, finding: _audit.Finding) -> None:
    message = f"{finding['attribute']}: {finding['direction']}"
    if "because" in finding:
        message += f", which follows from {', '.join(finding['because'])}"
    failure = ElementTree.SubElement(case, "failure", type=finding["id"], message=_xml(message))
    failure.text = _xml("\n".join(f"{f}: {finding[f]}" for f in _audit.TEXTS if f in finding))


def _xml(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
