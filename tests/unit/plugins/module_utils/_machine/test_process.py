"""A program is waited for, and killed where it takes too long."""

import subprocess
import sys
import time

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._machine import process


def test_the_exit_code():
    assert process.call([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_what_takes_too_long_is_killed():
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        process.call([sys.executable, "-c", "import time; time.sleep(60)"], 0.2)
    assert time.monotonic() - began < 30


def test_a_program_that_is_not_there():
    with pytest.raises(OSError, match="No such file"):
        process.call(["/nonexistent"])
