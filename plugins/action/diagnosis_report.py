# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module diagnosis_report, which has no other one."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import ladder

COLOURS = {
    "ok": "green", "failed": "red", "warning": "yellow", "skipped": "dark gray",
    "not_checked": "cyan",
}  # fmt: skip


class ActionModule(ActionBase):
    """Shows the ladder, and fails where a layer fails."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={"diagnosis": {"type": "dict", "required": True}}
        )
        layers, verdict = (arguments["diagnosis"].get(key) for key in ("layers", "verdict"))
        if not layers or not verdict:
            return {"failed": True, "msg": "diagnosis is not what connection_info returns"}
        self._show((task_vars or {}).get("inventory_hostname", ""), layers, verdict)
        text = f"{verdict['code']}: {verdict['message']}"
        return {"changed": False, "failed": verdict["status"] == "failed", "msg": text}

    @staticmethod
    def _show(host, layers, verdict):
        # Hosts are shown by several processes: a ladder is written in one piece of each colour.
        display = Display()
        display.display(f"\n{host}")
        for layer, line in zip(layers, ladder.ladder(layers)):
            display.display(f"  {line}", color=COLOURS[layer["status"]])
        if not verdict["ok"]:
            lines = ["", *ladder.explanation(verdict)]
            display.display("\n".join(f"  {line}" for line in lines))
