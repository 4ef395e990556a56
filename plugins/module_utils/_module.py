# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AnsibleModule for arguments that have secrets in them, in whichever place.

Ansible writes every module's arguments to the host's log ("Invoked with ..."), and returns them
to whoever asks for more output. no_log=True of AnsibleModule keeps neither away, because Ansible
replaces it by the task's own, and no_log on a task hides the answer and the errors too. no_log on
an option keeps its value away, and takes every equal word out of the answer as well.
"""

from __future__ import annotations

from typing import Any, NoReturn

from ansible.module_utils import basic
from ansible_collections.flaskops.stack.plugins.module_utils._machine import visible

HIDDEN = {"module_args": "hidden, because there may be secrets among them"}


class AnsibleModule(basic.AnsibleModule):
    """A module that logs nothing on the host, and whose answer is without its arguments."""

    def log(self, msg: object, log_args: object = None) -> None:
        """Write nothing: what a module does, its answer says."""

    def exit_json(self, **kwargs: Any) -> NoReturn:  # type: ignore[misc]  # it ends there
        super().exit_json(**{"invocation": HIDDEN, **visible.answer(kwargs)})

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:  # type: ignore[misc]  # it ends there
        super().fail_json(visible.text(msg), **{"invocation": HIDDEN, **visible.answer(kwargs)})
