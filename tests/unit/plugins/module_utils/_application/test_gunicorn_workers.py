"""What the journal says of Gunicorn's workers, in the words of its versions 20 to 27."""

import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import gunicorn_workers

BOOT = "[1] [INFO] Booting worker with pid: {0}"
EXITING = "[1] [INFO] Worker exiting (pid: {0})"
CODE_5 = "[1] [ERROR] Worker (pid:{0}) exited with code 5."
SIGKILL = "[1] [ERROR] Worker (pid:{0}) was sent SIGKILL! Perhaps out of memory?"
SIGKILL_20 = "[1] [WARNING] Worker with pid {0} was terminated due to signal 9"
SIGSEGV = "[1] [WARNING] Worker (pid:{0}) was sent SIGSEGV!"
SIGTERM = "[1] [INFO] Worker (pid:{0}) was sent SIGTERM!"
TIMEOUT = "[1] [CRITICAL] WORKER TIMEOUT (pid:{0})"
ACCESS = ' - - [26/Nov/2026:00:02:14 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"'
HANDLING = "[1] [ERROR] Error handling request /"


def lives(*texts, life=0.2, served=False):
    """Three workers, one after the other, that boot and then write these lines."""
    entries = []
    for number in range(3):
        begin = 10 + number * (life + 0.1)
        entries.append((begin, BOOT.format(number + 100)))
        if served:
            entries.append((begin + life / 2, ACCESS))
        entries += [(begin + life, text.format(number + 100)) for text in texts]
    return entries


ENDS = [
    ("exits with a code", lives(EXITING, CODE_5), "worker_exits", "exited with code 5 0.2 s"),
    ("exits with 0", lives(EXITING), "worker_exits", "exited by itself, with code 0, 0.2 s"),
    ("is killed", lives(SIGKILL), "worker_killed", "killed (SIGKILL) 0.2 s after its start"),
    ("is killed, by Gunicorn 20", lives(SIGKILL_20), "worker_killed", "as 3 have lately"),
    ("crashes", lives(SIGSEGV), "worker_exits", "ended by SIGSEGV"),
    ("times out and is killed", lives(TIMEOUT, SIGKILL, life=30), "worker_timeout", "30.0 s"),
    ("is stopped with the service", lives(SIGTERM), None, ""),
    ("ends once it has served", lives(CODE_5, served=True), None, ""),
    ("ends after an hour", lives(CODE_5, life=3600), None, ""),
    ("ends once", lives(CODE_5)[:2], None, ""),
    ("nothing", [], None, ""),
    ("lines of others", [(1, HANDLING), (2, CODE_5.format(7)), (3, "")], None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "code", "text"), [row[1:] for row in ENDS],
                         ids=[row[0] for row in ENDS])  # fmt: skip
def test_a_worker(entries, code, text):
    found = gunicorn_workers.last_end(entries, now=entries[-1][0] + 0.5 if entries else 0)
    assert (found.code if found else None) == code
    assert text in (found.text if found else "")


def test_one_that_lives_on_has_come_through():
    assert gunicorn_workers.last_end(lives(CODE_5), now=60) is None


IN_A_REQUEST = [
    ("is killed", (SIGKILL,), "worker_killed"),
    ("crashes", (SIGSEGV,), "worker_exits"),
    ("exits with a code", (CODE_5,), "worker_exits"),
    ("times out and is killed", (TIMEOUT, HANDLING, SIGKILL), "worker_timeout"),
    ("is stopped with the service", (SIGTERM,), None),
    ("has served enough", (ACCESS, EXITING), None),
    ("fails in the request", (HANDLING,), None),
]


@pytest.mark.parametrize(("texts", "code"), [row[1:] for row in IN_A_REQUEST],
                         ids=[row[0] for row in IN_A_REQUEST])  # fmt: skip
def test_a_worker_that_has_a_request(texts, code):
    found = gunicorn_workers.end_of_request([(1, text.format(7)) for text in texts])
    assert (found.code if found else None) == code


@pytest.mark.parametrize(("changed", "state"), [(1.8e9, True), (4711.5, False)])
def test_a_heartbeat_tells_who_loads_still(tmp_path, changed, state):
    """The time of change is a date until the first heartbeat, and then the time since the boot."""
    path = tmp_path / "wgunicorn-x"
    with path.open("w"):
        os.utime(path, (changed, changed))
        assert gunicorn_workers.is_loading(os.getpid()) is state


def test_who_has_none_is_no_worker():
    assert gunicorn_workers.is_loading(os.getpid()) is None
    assert gunicorn_workers.is_loading(2**22) is None


@pytest.mark.parametrize(
    ("command", "arguments", "text", "preloads"),
    [
        ("gunicorn wsgi:app", "", "", False),
        ("gunicorn --preload wsgi:app", "", "", True),
        ("gunicorn wsgi:app", "--preload", "", True),
        ("gunicorn wsgi:app", "", "preload_app = True\n", True),
        ("gunicorn wsgi:app", "", "# preload_app = True\npreload_app = False\n", False),
        ("gunicorn -c other.py wsgi:app", "", "preload_app = True\n", False),
        ("gunicorn --config=file:gunicorn.conf.py wsgi:app", "", "preload_app=True", True),
    ],
)
def test_whether_it_loads_before_it_forks(tmp_path, command, arguments, text, preloads):
    (tmp_path / "gunicorn.conf.py").write_text(text)
    environment = {"GUNICORN_CMD_ARGS": arguments}
    found = gunicorn_workers.preloads(command.split(), environment, str(tmp_path))
    assert found == preloads
