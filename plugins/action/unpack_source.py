# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module unpack_source: pack, and let the host's tar unpack."""

from __future__ import annotations

import shlex

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.flaskops.stack.plugins.module_utils import source_tree


class ActionModule(ActionBase):
    """Packs src, and unpacks it in dest."""

    TRANSFERS_FILES = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={
                "src": {"type": "path", "required": True},
                "dest": {"type": "path", "required": True},
                "exclude": {"type": "list", "elements": "str", "default": []},
            }
        )
        if not self._connection.has_pipelining:
            name = self._connection.transport
            raise AnsibleActionFail(f"The connection {name} cannot pipeline, which this needs")
        try:
            archive = source_tree.archive(arguments["src"], arguments["exclude"])
        except (source_tree.SourceTreeError, OSError) as exc:
            raise AnsibleActionFail(f"src: {exc}") from exc
        if not self._task.check_mode:
            self._unpack(archive, arguments["dest"])
        return {"changed": True}

    def _unpack(self, archive, dest):
        """Through the shell's input, as modules come with pipelining: no copy, no execution."""
        place = shlex.quote(dest)
        command = f"install -d -m 0755 {place} && tar -xzf - --no-same-owner -C {place}"
        done = self._low_level_execute_command(command, in_data=archive)
        if done["rc"]:
            raise AnsibleActionFail(f"dest: {done['stderr'] or done['stdout']}".strip())
