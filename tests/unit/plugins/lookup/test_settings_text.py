"""The text of a settings file, or a sentence with the file and the variable that is at fault."""

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

VARIABLES = {
    "app_name": "shop",
    "app_database_user": "shop",
    "own": trust_as_template("{{ app_database_user }}!"),
    "secret": "hunter2",
}
DATABASE = {"url": "postgresql://u:p@h/d", "password": "p'\"\\"}
CASES = [
    ("NAME = {{ app_name | to_json }}\n", {}, 'NAME = "shop"\n', ""),
    ("{{ database.password | to_json }}", {}, '"p\'\\"\\\\"', ""),
    # What is made of a value that the migration has another one of.
    ("{{ own }}", {"app_database_user": "shop_owner"}, "shop_owner!", ""),
    ("{{ '{{ app_name }}' }}", {}, "{{ app_name }}", ""),
    ("", {}, "", ""),
    ("A = {{ secret }}\nB = {{ nobody }}", {}, "", "cannot be rendered: 'nobody' is undefined."),
    ("{{ database.uri }}", {}, "", "has no attribute 'uri'"),
    ("{% if %}", {}, "", "cannot be rendered: "),
]


def rendered(path, **own):
    """By a template, as the role has it: there, what is not defined fails where it is used."""
    asked = {"path": str(path), "given": {"database": DATABASE, **own}}
    template = "{{ lookup('flaskops.stack.settings_text', path, template_vars=given) }}"
    return Templar(DataLoader(), {**VARIABLES, **asked}).template(trust_as_template(template))


@pytest.mark.parametrize(("template", "own", "text", "mistake"), CASES)
def test_the_text_or_the_mistake(tmp_path, template, own, text, mistake):
    path = tmp_path / "shop.cfg.j2"
    path.write_text(template)
    found = rendered(path, **own)
    assert found["text"] == text
    assert bool(found["mistake"]) == bool(mistake)
    assert mistake in found["mistake"]
    assert not mistake or str(path) in found["mistake"]
    assert "hunter2" not in found["mistake"]


def test_a_template_that_is_not_there(tmp_path):
    path = tmp_path / "shop.cfg.j2"
    assert rendered(path)["mistake"] == f"there is no file {path} on the controller."
