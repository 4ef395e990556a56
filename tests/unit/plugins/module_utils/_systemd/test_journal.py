import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd.journal import exception_of

TRACEBACK = """\
[2026-11-21 19:37:42 +0000] [4876] [ERROR] unexpected error on GET /
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    fail()
    ~~~~^^
{}
127.0.0.1 "GET / HTTP/1.1" 500
"""
HALTED = "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>"
EXITED = "[1] [ERROR] Worker (pid:12) exited with code 3.\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ""),
        ("Booting worker with pid: 7\n", ""),
        (TRACEBACK.format("RuntimeError: gone"), "RuntimeError: gone"),
        (
            "Starting\nWarning: you shouldn't specify `daemon = True` when launching by systemd\n",
            "Warning: you shouldn't specify `daemon = True` when launching by systemd",
        ),
        (
            "\nError: '/srv/x/gunicorn.conf.py' doesn't exist\n",
            "Error: '/srv/x/gunicorn.conf.py' doesn't exist",
        ),
        (TRACEBACK.format("guestbook.Dangerous"), "guestbook.Dangerous"),
        (TRACEBACK.format("A: 1") + TRACEBACK.format("B: 2"), "B: 2"),
        # The one that another one caused comes last.
        (
            "Traceback (most recent call last):\n  x\nOSError: a\n\nDuring handling of the above\n"
            "Traceback (most recent call last):\n  y\nValueError: b\n",
            "ValueError: b",
        ),
        ("Traceback (most recent call last):\n  cut off\n", ""),
        # How Gunicorn ends for it is no reason, where there is another.
        (TRACEBACK.format("A: 1") + TRACEBACK.format(HALTED), "A: 1"),
        (TRACEBACK.format(HALTED), HALTED),
        # Of the two processes, which wrote first is chance.
        (EXITED + TRACEBACK.format(HALTED), "Worker (pid:12) exited with code 3"),
        (TRACEBACK.format(HALTED) + EXITED, "Worker (pid:12) exited with code 3"),
        (EXITED, "Worker (pid:12) exited with code 3"),
        # It says in one line what a hook or a setting has raised.
        ("[INFO] Using worker: sync\n\nError: 1\n", "Error: 1"),
    ],
)
def test_the_last_exception(text, found):
    assert exception_of(text) == found
