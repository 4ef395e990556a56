import os
import pwd

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    command_run,
    commands,
    runner,
)

PATH = "/usr/bin:/bin"


@pytest.fixture
def application(tmp_path):
    environment = {"PATH": PATH, "TOKEN": "the token of the shop"}
    secrets = {"the token of the shop"}
    return runner.Application(pwd.getpwuid(os.getuid()), str(tmp_path), "", environment, secrets)


def command(*words, environment=None, is_quiet=False, once="ever"):
    return command_run.Command("first", list(words), once, environment or {}, is_quiet)


def test_it_runs_in_the_release_with_the_environment(application, tmp_path):
    command_run.run(application, command("sh", "-c", "echo $TOKEN $OWN > $(pwd)/out; umask >> out",
                                         environment={"OWN": "x"}))  # fmt: skip
    assert (tmp_path / "out").read_text() == "the token of the shop x\n0077\n"


@pytest.mark.parametrize(
    ("words", "options", "told"),
    [
        (["sh", "-c", "echo early; echo $TOKEN; exit 4"], {},
         ["ended with 4: ********", "early", "Correct the command (app_commands)"]),
        (["sh", "-c", "echo $OWN; exit 1"], {"environment": {"OWN": "my own password"}},
         ["ended with 1: ********"]),
        (["sh", "-c", "echo drawn ${TOKEN:+by} chance; exit 1"], {"is_quiet": True},
         ["ended with 1: its output is not shown (no_log)"]),
        (["no-such-program"], {}, ["ended with 127: no-such-program: No such file"]),
        (["sh", "-c", "read line || echo no input; exit 1"], {}, ["ended with 1: no input"]),
    ],
)  # fmt: skip
def test_what_is_said_of_one_that_fails(application, words, options, told):
    with pytest.raises(command_run.CommandFailed) as caught:
        command_run.run(application, command(*words, **options))
    first, *more = str(caught.value).splitlines()
    assert first.startswith("app_commands: first: ")
    assert told[0] in first
    assert all(any(text in line for line in more) for text in told[1:])
    secrets = ("the token", "my own password", "drawn by chance")
    assert [text for text in secrets if text in str(caught.value)] == []


def test_what_has_run_is_not_due(monkeypatch):
    record = {"seed": ["1"], "warm": ["1"]}
    monkeypatch.setattr(commands, "recorded", lambda _name: record)
    declared = [
        command_run.Command(name, ["x"], once, {}, False)
        for name, once in (("seed", "ever"), ("warm", "release"), ("new", "ever"))
    ]
    assert [c.name for c in command_run.due("shop", "1", declared)] == ["new"]
    assert [c.name for c in command_run.due("shop", "2", declared)] == ["warm", "new"]
