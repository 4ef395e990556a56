# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module unpack_source: pack, then let unarchive do the rest."""

from __future__ import annotations

import os
import tempfile

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.flaskops.stack.plugins.module_utils import source_tree


class ActionModule(ActionBase):
    """Packs src, and runs ansible.builtin.unarchive with the archive."""

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
        with tempfile.TemporaryDirectory() as folder:
            archive = os.path.join(folder, "source.tar.gz")
            try:
                source_tree.write_archive(arguments["src"], archive, arguments["exclude"])
            except (source_tree.SourceTreeError, OSError) as exc:
                raise AnsibleActionFail(f"src: {exc}") from exc
            return self._unarchive(archive, arguments["dest"], task_vars)

    def _unarchive(self, archive, dest, task_vars):
        task = self._task.copy()
        task.args = {"src": archive, "dest": dest, "owner": "root", "group": "root"}
        unarchive = self._shared_loader_obj.action_loader.get(
            "ansible.legacy.unarchive",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        return unarchive.run(task_vars=task_vars)
