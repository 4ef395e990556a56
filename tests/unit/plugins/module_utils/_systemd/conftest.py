import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units


@pytest.fixture
def printed(monkeypatch):
    """A function that lets systemctl print a text."""

    def printed(text, code=0):
        done = subprocess.CompletedProcess([], code, stdout=text, stderr="Failed to connect to bus")
        monkeypatch.setattr(units.pace, "run", lambda *_arguments, **_options: done)

    return printed
