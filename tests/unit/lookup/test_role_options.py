import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader


def options(*roles):
    [found] = lookup_loader.get("flaskops.stack.role_options", loader=DataLoader()).run(roles)
    return found


def test_it_joins_the_options_of_roles():
    found = options("app", "nginx")
    assert found["app_name"]["required"] is True
    assert found["nginx_port"]["type"] == "int"
    assert [name for name in found if not name.startswith(("app_", "nginx_"))] == []


def test_no_role_has_no_options():
    assert options() == {}


def test_a_role_that_is_not_there_is_refused():
    with pytest.raises(AnsibleError, match=r"roles/other/meta/argument_specs\.yml"):
        options("other")
