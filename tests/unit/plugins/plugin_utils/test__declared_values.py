from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.flaskops.stack.plugins.plugin_utils import _declared_values

ROLES = Path(__file__).parents[4] / "roles"
OPTIONS = {
    name: option
    for path in ROLES.glob("*/meta/argument_specs.yml")
    for name, option in yaml.safe_load(path.read_text())["argument_specs"]["main"][
        "options"
    ].items()
}
TEXTS = [
    name for name, option in OPTIONS.items() if option["type"] in ("str", "path", "list", "dict")
]


def hostile(name, text):
    """A value of an option's type with a text in it."""
    kind = OPTIONS[name]["type"]
    return {"list": [text], "dict": {"KEY": text}}.get(kind, text)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("text", ["a\0b", "a\nb", "a\rb", "a\x1bb", "a\n"], ids=ascii)
def test_no_control_character_reaches_a_file_that_cannot_hold_it(name, text):
    found = _declared_values.mistakes(OPTIONS, {name: hostile(name, text)})
    if "\0" not in text and name in _declared_values.SEVERAL_LINES:
        assert found == []
    else:
        [message] = found
        assert message.startswith(f"{name} has ")


def test_what_may_have_several_lines_is_an_option():
    assert set(OPTIONS) >= _declared_values.SEVERAL_LINES


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "database_password is a truth value to YAML"),
        (12345678, "database_password is a number to YAML"),
        (1.5, "database_password is a number to YAML"),
        (["hunter2"], "database_password is a list to YAML"),
        ("md5" + 32 * "a", "database_password has the form of a stored verifier"),
        ("SCRAM-SHA-256$4096:x$y:z", "database_password has the form of a stored verifier"),
        ("hunter2\0", "database_password has NUL in it"),
        (None, "database_password has no value"),
    ],
)
def test_a_password_that_would_be_another_one(value, message):
    [found] = _declared_values.mistakes(OPTIONS, {"database_password": value})
    assert found.startswith(message)
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "value", ["md5 of something", "md5" + 31 * "a", "x\ny", "yes", "0123", "p@ss"]
)
def test_a_password_is_any_other_text(value):
    assert _declared_values.mistakes(OPTIONS, {"database_password": value}) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("app_enviroment", "app_environment"),
        ("app_environments", "app_environment"),
        ("gunicorn_worker", "gunicorn_workers"),
        ("guncorn_workers", "gunicorn_workers"),
        ("nginx_server_name", "nginx_server_names"),
        ("postgres_port", "postgresql_port"),
        ("postgresql_setings", "postgresql_settings"),
        ("database_pasword", "database_password"),
        ("migration_lock_timeout", "migrations_lock_timeout"),
        ("pg_hba_entrys", "pg_hba_entries"),
    ],
)
def test_a_misspelt_variable_is_named(name, meant):
    [found] = _declared_values.misspelt({name: 1}, OPTIONS)
    assert f"no variable {name}; did you mean {meant}?" in found
    assert _declared_values.misspelt({name: 1}, OPTIONS, [name]) == []


@pytest.mark.parametrize(
    "name",
    [
        "app_owner_email", "app_port", "application_name", "database_backup_dir", "gunicorn_drift",
        "nginx_version", "vault_app_secret_key", "_app_environment", "site_name", "ansible_user",
        "app_drift", "app_release", "database_owner_credential", "migrations_result",
    ],
)  # fmt: skip
def test_other_peoples_variables_are_left_alone(name):
    assert _declared_values.misspelt({name: 1}, OPTIONS) == []


UNDEFINED = "'vault' is undefined"
TEMPLATES = {
    "app_password": "{{ database_password }}",
    "database_password": "{{ vault }}",
    "app_environment": {"A": ["{{ vault.key }}"]},
    "app_name": "vault",
    "other": "{{ 'vault' }} {{ my.vault }} {{ vaults }}",
}


@pytest.mark.parametrize(
    ("said", "names", "sentence"),
    [
        (UNDEFINED, ["app_password", "database_password"],
         "database_password cannot be worked out: 'vault' is undefined."),
        (UNDEFINED, ["app_environment"],
         "app_environment cannot be worked out: 'vault' is undefined."),
        (UNDEFINED, ["app_password", "other"], "'vault' is undefined."),
        ("no filter named 'x'", ["app_password"], "no filter named 'x'."),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out(said, names, sentence):
    assert _declared_values.not_worked_out(said, names, TEMPLATES) == sentence


def test_the_innermost_of_several_errors_counts():
    errors = [AnsibleError("lookup"), AnsibleError("filter: entry 2: what"), ValueError("what")]
    for outer, inner in zip(errors, errors[1:]):
        outer.__cause__ = inner
    assert _declared_values.innermost(errors[0]) == "filter: entry 2: what"
