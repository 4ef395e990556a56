import os
import pwd
import time
from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import runner
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

FOUND = runner.Application(pwd.getpwuid(os.getuid()), "/", "/venv", {}, {"s3cretword"})


def ask(answer, timeout=10):
    return runner.Forked(FOUND, SimpleNamespace(answer=answer), {"a": 1}, timeout).answer()


@pytest.fixture(autouse=True)
def same_user(monkeypatch):
    """To become another user needs root; molecule/drift does."""
    monkeypatch.setattr(runner, "_become", lambda _application, _output: None)


def test_a_copy_of_the_process_answers():
    own = os.getpid()
    found = ask(lambda question: {"process": os.getpid(), "question": question})
    assert found["question"] == {"a": 1}
    assert found["process"] != own


def test_a_secret_in_its_answer_is_masked():
    assert "s3cretword" not in ask(lambda _question: {"error": "no s3cret"})["error"]


def fail(_question):
    raise RuntimeError("no answer")


def end(_question):
    os._exit(3)


@pytest.mark.parametrize("answer", [fail, end, lambda _question: object()])
def test_one_that_gives_none_has_failed(answer):
    with pytest.raises(runner.ApplicationError, match="ended with"):
        ask(answer)


def test_one_that_takes_too_long_is_killed():
    started = time.monotonic()
    with pytest.raises(pace.Slow, match=r"no answer within .* it has computed for 0.\d s"):
        ask(lambda _question: time.sleep(60), timeout=0.2)
    assert time.monotonic() - started < 10


STACK = """Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/socket.py", line 10 in connect
  File "/srv/shop/current/.venv/lib/python3.11/site-packages/psycopg.py", line 20 in connect
  File "/srv/shop/releases/1/shop/config.py", line 30 in <module>
  File "/srv/shop/releases/1/wsgi.py", line 40 in <module>
  File "<stdin>", line 50 in <module>
"""
PLACES = [
    ("the innermost of the application", STACK, "/srv/shop/releases/1",
     "/srv/shop/releases/1/shop/config.py, line 30"),
    ("not of its packages", STACK, "/srv/shop/current", "/usr/lib/python3.11/socket.py, line 10"),
    ("of no file", 'File "<stdin>", line 50 in <module>', "/srv", ""),
    ("nothing", "", "/srv", ""),
]  # fmt: skip


@pytest.mark.parametrize(("stack", "directory", "place"), [row[1:] for row in PLACES],
                         ids=[row[0] for row in PLACES])  # fmt: skip
def test_where_a_program_is(stack, directory, place):
    assert runner.place_of(stack, directory) == place


def test_parts_and_settings_are_secret_by_what_they_are():
    names = {"host": "DB_AT", "name": "DB_CALLED", "user": "DB_AS", "password": "DB_WITH"}
    variables = {
        "DB_AT": "db.example.org", "DB_CALLED": "the_shop", "DB_AS": "shop_user", "DB_WITH": "abc",
    }  # fmt: skip
    settings = runner.Settings(names, "MAIL_PASSWORD = 'mail'")
    user = pwd.getpwuid(os.geteuid()).pw_name
    found = runner.make(user, "/", "/venv", variables, settings)
    assert found.secrets == {"abc", "mail"}
