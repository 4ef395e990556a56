"""Writes the seconds of each task of a run, as JSON, to the file that TASK_SECONDS names."""

import json
import os
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_seconds"

    def __init__(self):
        super().__init__()
        self._last, self._name, self._found = time.monotonic(), "", []

    def _step(self, name):
        now = time.monotonic()
        if self._name:
            self._found.append([self._name, round(now - self._last, 3)])
        self._last, self._name = now, name

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._step(task.name)

    def v2_playbook_on_stats(self, stats):
        self._step("")
        with open(os.environ["TASK_SECONDS"], "w", encoding="utf-8") as stream:
            json.dump(self._found, stream)
