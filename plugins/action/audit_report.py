# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module audit_report, which has no other one."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.flaskops.stack.plugins.plugin_utils import (
    _audit,
    _audit_html,
    _audit_junit,
    _audit_table,
)


class ActionModule(ActionBase):
    """Writes the report, shows the table, and fails on what it was told to fail on."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={
                "hosts": {"type": "dict", "required": True},
                "directory": {"type": "path", "required": True},
                "fail_on": {"type": "str", "choices": sorted(_audit.FAILING), "default": "warning"},
            }
        )
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        folder = os.path.abspath(arguments["directory"])
        report = _audit.build(arguments["hosts"], now, self._last(folder))
        self._write(folder, report)
        Display().display("\n".join(["", *_audit_table.table(report), "", f"The report: {folder}"]))
        count = _audit.failing(report, arguments["fail_on"])
        result = {"changed": False, "summary": report["summary"], "directory": folder}
        if count:
            noun = "finding" if count == 1 else "findings"
            if count > report["summary"]["errors"] + report["summary"]["warnings"]:
                noun += ", with what was not checked"
            return {**result, "failed": True, "msg": f"{count} {noun}; see {folder}/audit.html"}
        return result

    @staticmethod
    def _last(folder):
        """The report before this one; None where there is none that can be read."""
        try:
            with open(os.path.join(folder, "audit.json"), encoding="utf-8") as stream:
                report = json.load(stream)
                return report if report["schema"] == _audit.SCHEMA else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @staticmethod
    def _write(folder, report):
        """All three files; readable by the user alone, because they say where a host is weak."""
        texts = {
            "audit.json": json.dumps(report, indent=2, ensure_ascii=False) + "\n",
            "audit.xml": _audit_junit.junit(report),
            "audit.html": _audit_html.render(report),
        }
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            for name, text in texts.items():
                partial = os.path.join(folder, f".{name}")
                with open(
                    partial, "w", encoding="utf-8", errors="replace", opener=_private
                ) as stream:
                    stream.write(text)
                os.replace(partial, os.path.join(folder, name))
        except OSError as exc:
            raise AnsibleActionFail(f"directory: {exc.filename}: {exc.strerror}") from exc


def _private(path, flags):
    return os.open(path, flags, 0o600)
