import shlex

from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    privileged_roles as kind,
)

RESOURCE = {"declared": ["backup"], "login_user": "postgres", "login_port": 5432}


def test_only_an_undeclared_role_is_found():
    actual = {
        "postgres": ["SUPERUSER", "CREATEDB"],
        "backup": ["REPLICATION"],
        "plain": [],
        'in "truder"; --': ["SUPERUSER", "CREATEROLE"],
    }
    [found] = kind.compare(RESOURCE, actual)
    assert found["attribute"] == 'role in "truder"; --'
    assert found["direction"] == "unexpected"
    # The name is quoted for SQL, and the statement for the shell.
    [statement] = [word for word in shlex.split(found["remedy"]) if word.startswith("ALTER")]
    assert statement == 'ALTER ROLE "in ""truder""; --" NOSUPERUSER NOCREATEROLE'
