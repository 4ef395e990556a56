import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template


def mistakes(*roles, **variables):
    loader = DataLoader()
    templar = Templar(loader, variables)
    lookup = lookup_loader.get("flaskops.stack.type_mistakes", loader=loader, templar=templar)
    return lookup.run(roles, variables)


GUNICORN = {
    "gunicorn_name": "shop",
    "gunicorn_user": "shop",
    "gunicorn_directory": "/srv/shop",
    "gunicorn_virtualenv": "/srv/shop/.venv",
    "gunicorn_environment_file": "/etc/flask/shop.env",
}


def test_what_is_right_is_no_mistake():
    assert mistakes("gunicorn", **GUNICORN, gunicorn_workers="3") == []


def test_each_mistake_names_its_variable():
    [workers, options] = mistakes(
        "gunicorn", **GUNICORN, gunicorn_workers="many", gunicorn_service_options=[1]
    )
    assert workers.startswith("Argument 'gunicorn_workers' is of type ")
    assert workers.endswith("cannot be converted to an int.")
    assert "'gunicorn_service_options'" in options


def test_what_is_required_is_missed():
    [message] = mistakes("nginx", nginx_upstream="/run/shop.sock")
    assert message == "Missing required arguments: nginx_name."


@pytest.mark.parametrize("value", [None, trust_as_template("{{ none }}")])
def test_nothing_is_no_value(value):
    assert mistakes("gunicorn", **GUNICORN, gunicorn_socket=value) == [
        "gunicorn_socket has no value (null); give it one, or leave it out."
    ]


def test_templates_are_evaluated():
    workers = {"gunicorn_workers": trust_as_template("{{ half * 2 }}"), "half": 2}
    assert mistakes("gunicorn", **GUNICORN, **workers) == []
    [message] = mistakes("gunicorn", **GUNICORN, **{**workers, "half": "x"})
    assert "xx" in message


def test_what_follows_from_private_variables_is_judged_by_what_it_follows_from():
    wired = {"gunicorn_directory": trust_as_template("{{ _app_directory }}")}
    assert mistakes("gunicorn", **{**GUNICORN, **wired}) == []
    said = {"gunicorn_directory": trust_as_template("{{ app_directory }}")}
    [message] = mistakes("gunicorn", **{**GUNICORN, **said})
    assert message.startswith("gunicorn_directory cannot be worked out")
    [message] = mistakes("gunicorn", **GUNICORN, gunicorn_workers="_site_x")
    assert "'gunicorn_workers'" in message


def test_the_variables_of_other_roles_are_left_alone():
    assert mistakes("gunicorn", **GUNICORN, nginx_port="none") == []
    assert len(mistakes("gunicorn", "nginx", **GUNICORN, nginx_port="none")) == 2


def test_entries_are_looked_into():
    [missing, unknown] = mistakes("pg_hba", pg_hba_entries=[{"type": "hostssl", "users": ["shop"]}])
    assert missing == "Missing required arguments: database, user found in pg_hba_entries."
    assert unknown.startswith("There is no pg_hba_entries.users. Supported parameters include: ")


def test_a_role_that_is_not_there_is_refused():
    with pytest.raises(AnsibleError, match="no role other"):
        mistakes("other")


@pytest.mark.parametrize("name", ["gunicorn_workers", "site_request_path"])
def test_what_cannot_be_worked_out_is_named(name):
    """Also where a default would take its place."""
    found = mistakes("gunicorn", **GUNICORN, **{name: trust_as_template("{{ nobody }}")})
    assert found == [f"{name} cannot be worked out: 'nobody' is undefined."]
