# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module run_discreetly: another module, without its secrets."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.flaskops.stack.plugins.module_utils import discreet, masking

MODULES = ["ansible.builtin.get_url", "ansible.builtin.git"]


class ActionModule(ActionBase):
    """Runs a module whose arguments are not logged on the host, and masks its answer."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={
                "module": {"type": "str", "required": True, "choices": MODULES},
                "arguments": {"type": "dict", "required": True},
                "urls": {"type": "list", "elements": "str", "required": True, "no_log": True},
            }
        )
        found = self._execute_module(
            module_name=arguments["module"],
            module_args=dict(arguments["arguments"]),
            # Ansible's own variable for the host's log; no_log would hide the answer as well.
            task_vars={**(task_vars or {}), "ansible_no_target_syslog": True},
        )
        found["invocation"] = discreet.HIDDEN
        secrets = {secret for url in arguments["urls"] for secret in masking.secrets_of_url(url)}
        return masking.mask_all(found, secrets)
