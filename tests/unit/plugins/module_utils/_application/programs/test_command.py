"""The program that runs a command under the lock, with a real command and a lock of no server."""

import os
import sys
import time
from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    command,
    lock,
    revisions,
)


def run(words, limit=30, lost=False):
    command.run(words, limit, SimpleNamespace(lost=lost))


def python(code):
    return [sys.executable, "-c", code]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setattr(command, "GRACE", 0.5)
    monkeypatch.setenv("PGAPPNAME", "")


def test_a_command_has_the_name_of_a_migration(tmp_path):
    path = tmp_path / "name"
    run(python(f"import os; open({str(path)!r}, 'w').write(os.environ['PGAPPNAME'])"))
    assert path.read_text() == lock.NAME


SLEEPS = "import signal, time; {}; time.sleep(60)"
DEAF = SLEEPS.format("signal.signal(signal.SIGTERM, signal.SIG_IGN)")


@pytest.mark.parametrize(
    ("words", "options", "code", "text"),
    [
        (python("raise SystemExit(3)"), {}, "command_failed", "ended with 3"),
        (["/nowhere/migrate"], {}, "command_failed", "/nowhere/migrate: No such file"),
        (python(SLEEPS.format("0")), {"limit": 1}, "command_timeout", "was ended after 1 s"),
        (python(DEAF), {"limit": 1}, "command_timeout", "was ended after 1 s"),
        # Another host could begin.
        (python(SLEEPS.format("0")), {"lost": True}, "connection_lost", "the lock has ended"),
    ],
    ids=["fails", "is not there", "hangs", "hangs and is deaf", "without the lock"],
)
def test_a_command_that_does_not_end_well(words, options, code, text):
    started = time.monotonic()
    with pytest.raises(revisions.Refusal) as caught:
        run(words, **options)
    assert (caught.value.code, text in str(caught.value)) == (code, True)
    assert time.monotonic() - started < 10


def test_what_it_has_started_is_ended_with_it(tmp_path):
    path = tmp_path / "pid"
    code = (
        "import subprocess, sys, time;"
        f" p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f" open({str(path)!r}, 'w').write(str(p.pid)); p.wait()"
    )
    with pytest.raises(revisions.Refusal):
        run(python(code), limit=2)
    pid = int(path.read_text())
    for _moment in range(50):
        try:
            with open(f"/proc/{pid}/stat") as stream:
                if stream.read().rpartition(")")[2].split()[0] == "Z":
                    break
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("it still runs")
