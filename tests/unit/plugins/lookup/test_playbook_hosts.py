import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader
from ansible.utils.context_objects import CLIArgs

NAME = "flaskops.stack.playbook_hosts"


def ask(groups, monkeypatch, **arguments):
    monkeypatch.setattr("ansible.context.CLIARGS", CLIArgs(arguments))
    return lookup_loader.get(NAME).run(["database", "app"], {"groups": groups})


def test_the_pattern_is_made_of_the_groups(monkeypatch):
    assert ask({"app": ["web1"]}, monkeypatch) == ["database:app"]


@pytest.mark.parametrize("groups", [{}, {"app": []}, {"App": ["web1"], "database": ["db1"]}])
def test_an_inventory_without_application_hosts_is_refused(groups, monkeypatch):
    with pytest.raises(AnsibleLookupError, match='no host in the group "app"'):
        ask(groups, monkeypatch)


@pytest.mark.parametrize("mode", ["syntax", "listhosts", "listtasks", "listtags"])
def test_what_runs_nothing_needs_no_hosts(mode, monkeypatch):
    assert ask({}, monkeypatch, **{mode: True}) == ["database:app"]
