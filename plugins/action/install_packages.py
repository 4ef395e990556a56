# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module install_packages: apt, and again behind what finishes a broken installation."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.flaskops.stack.plugins.plugin_utils import _broken_packages

OPTIONS = {
    "install_recommends": False,
    "update_cache": True,
    "cache_valid_time": 86400,
    # Behind another one, which a run that was broken off may have left too.
    "lock_timeout": 900,
}


class ActionModule(ActionBase):
    """Installs packages; in the background, it only begins."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={"name": {"type": "list", "elements": "str", "required": True}}
        )
        result = self._apt(arguments["name"], task_vars)
        if _broken_packages.is_meant(result) and not self._task.check_mode:
            finished = self._low_level_execute_command(_broken_packages.FINISH)
            result = self._apt(arguments["name"], task_vars)
            if result.get("failed"):
                said = (finished["stderr"] or finished["stdout"]).strip()[-2000:]
                result["msg"] = f"{result.get('msg')}\nWhat should have finished it said: {said}"
        return result

    def _apt(self, names, task_vars):
        return self._execute_module(
            module_name="ansible.legacy.apt",
            module_args={**OPTIONS, "name": names},
            task_vars=task_vars,
            wrap_async=self._task.async_val and not self._connection.has_native_async,
        )
