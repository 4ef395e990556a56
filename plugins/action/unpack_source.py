# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of the module unpack_source: pack, and let the host's tar unpack."""

from __future__ import annotations

import shlex

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.flaskops.stack.plugins.module_utils._application import source_tree


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
        try:
            archive = source_tree.archive(arguments["src"], arguments["exclude"])
        except (source_tree.SourceTreeError, OSError) as exc:
            raise AnsibleActionFail(f"src: {exc}") from exc
        if not self._task.check_mode:
            self._unpack(archive, arguments["dest"])
        return {"changed": True}

    def _unpack(self, archive, dest):
        """Through the shell's input, as modules come with pipelining: no copy, no execution. Where
        that is not to be used, because sudo wants a terminal, by way of a file."""
        place = shlex.quote(dest)
        # Neither folders of the archive nor those above it follow the login's umask.
        command = f"umask 022 && install -d -m 0755 {place} && tar --no-same-owner -C {place}"
        if self._connection.is_pipelining_enabled():
            done = self._low_level_execute_command(f"{command} -xzf -", in_data=archive)
        else:
            done = self._low_level_execute_command(f"{command} -xzf {self._transferred(archive)}")
            self._remove_tmp_path(self._connection._shell.tmpdir)
        if done["rc"]:
            raise AnsibleActionFail(f"dest: {done['stderr'] or done['stdout']}".strip())

    def _transferred(self, archive):
        """The archive's quoted path on the host."""
        folder = self._make_tmp_path()
        path = self._connection._shell.join_path(folder, "source.tar.gz")
        self._transfer_data(path, archive)
        self._fixup_perms2((folder, path))
        return shlex.quote(path)
