import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _failures

CLOSED = "Shared connection to 192.0.2.1 closed.\r\n"
PYTHON = "The module interpreter '/usr/bin/python3' was not found."
TTY = "sudo: sorry, you must have a tty to run sudo"
UNREADABLE = "Module result deserialization failed: No start of json char found"
# The result of a task, and what is said of it.
ROWS = [
    ("a module's own words", {"msg": "x is y"}, "x is y"),
    ("a command's words", {"msg": "non-zero return code", "rc": 2, "stderr": "no such thing\n"},
     "no such thing"),
    ("words beside those of SSH",
     {"msg": "non-zero return code", "rc": 1, "stderr": CLOSED,
      "stdout": "This account is currently not available.\r\n"},
     "This account is currently not available."),
    ("no words at all", {"msg": "non-zero return code", "rc": 1, "stderr": CLOSED, "stdout": ""},
     "non-zero return code"),
    ("a module that could not begin", {"msg": UNREADABLE, "rc": 1, "module_stderr": "no space"},
     "no space"),
    ("the same in a language that is not there",
     {"msg": UNREADABLE, "module_stderr": "bash: warning: setlocale: LC_ALL: cannot\nno space"},
     "no space"),
    ("no Python", {"msg": PYTHON, "rc": 127, "module_stderr": "/bin/sh: 1: x: not found"},
     "web has no Python (/usr/bin/python3). Install it once, with: ansible web --inventory 'a b'"
     " --become --module-name ansible.builtin.raw --args"
     ' "apt-get update && apt-get install --yes python3"'),
    ("sudo wants a terminal", {"msg": UNREADABLE, "module_stderr": TTY},
     "ansible_pipelining: false"),
    ("no Debian", {"rc": 2, "stderr": "/bin/sh: 1: .: cannot open /etc/os-release: No such file"},
     "web is no Debian 12 or 13: "),
    ("nothing", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("result", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_why_a_task_failed(result, expected):
    found = _failures.reason(result, "web", ["a b"])
    assert expected in found
    assert bool(expected) == bool(found)
