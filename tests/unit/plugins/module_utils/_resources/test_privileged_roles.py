import shlex

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    privileged_roles as kind,
)

RESOURCE = {"declared": ["backup"], "login_user": "postgres", "login_port": 5432}


def test_only_an_undeclared_role_is_found():
    actual = {
        "postgres": (["SUPERUSER", "CREATEDB"], []),
        "backup": (["REPLICATION"], []),
        "plain": ([], []),
        'in "truder"; --': (["SUPERUSER", "CREATEROLE"], ["pg_read_all_data"]),
    }
    [found] = kind.compare(RESOURCE, actual)
    assert found.attribute == 'role in "truder"; --'
    assert found.direction == "unexpected"
    # The name is quoted for SQL, and the statement for the shell.
    words = shlex.split(found.remedy)
    assert [words[n + 1] for n, word in enumerate(words) if word == "-c"] == [
        'ALTER ROLE "in ""truder""; --" NOSUPERUSER NOCREATEROLE',
        'REVOKE "pg_read_all_data" FROM "in ""truder""; --"',
    ]
