import json

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.flaskops.stack.plugins.module_utils import _module

SECRETS = ["hunter2plain", "0123456789abcdef", "two words", "p@ss:w/o#rd"]


@pytest.fixture
def logged(monkeypatch):
    """What Ansible's own log() is told to write."""
    lines = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda self, msg, **_other: lines.append(msg))
    return lines


def main(kind, ends):
    """A module that takes one mapping, warns, and ends so."""
    module = kind(argument_spec={"resources": {"type": "dict", "required": True}})
    module.warn("warned")
    getattr(module, ends)(msg="the answer")


def run(capsys, kind, arguments, ends):
    """Its answer."""
    arguments = {**arguments, "_ansible_verbosity": 4}
    with patch_module_args(arguments), pytest.raises(SystemExit):
        main(kind, ends)
    return capsys.readouterr().out


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("ends", ["exit_json", "fail_json"])
def test_arguments_are_neither_logged_nor_returned(capsys, logged, secret, ends):
    text = run(capsys, _module.AnsibleModule, {"resources": {"a": [{"password": secret}]}}, ends)
    assert json.loads(text)["msg"] == "the answer"
    assert logged == []
    assert json.dumps(secret)[1:-1] not in text


def test_arguments_that_are_refused_are_not_returned(capsys, logged):
    arguments = {"resources": {"password": "hunter2plain"}, "unknown": "hunter2plain"}
    text = run(capsys, _module.AnsibleModule, arguments, "exit_json")
    assert "Unsupported parameters" in json.loads(text)["msg"]
    assert "hunter2plain" not in text
    assert logged == []


def test_what_this_guards_against(capsys, logged):
    """Ansible's own module logs them, and returns them before ansible-core 2.21."""
    arguments = {"resources": {"a": "hunter2plain"}}
    returned = run(capsys, basic.AnsibleModule, arguments, "exit_json")
    assert ("hunter2plain" in returned) == ("invocation" in returned)
    assert any("hunter2plain" in line for line in logged)
