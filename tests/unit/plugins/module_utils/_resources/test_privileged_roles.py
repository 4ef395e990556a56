import shlex

from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    privileged_roles as kind,
)

RESOURCE = {"declared": ["backup"], "login_user": "postgres", "login_port": 5432}


def test_only_an_undeclared_role_is_found():
    actual = {
        "postgres": (["SUPERUSER", "CREATEDB"], [], []),
        "backup": (["REPLICATION"], [], []),
        "plain": ([], [], []),
        'in "truder"; --': (["SUPERUSER", "CREATEROLE"], ["pg_read_all_data"], []),
    }
    [found] = kind.compare(RESOURCE, {"roles": actual, "parameters": []})
    assert found.attribute == 'role in "truder"; --'
    assert found.direction == "unexpected"
    # The name is quoted for SQL, and the statement for the shell.
    words = shlex.split(found.remedy)
    assert [words[n + 1] for n, word in enumerate(words) if word == "-c"] == [
        'ALTER ROLE "in ""truder""; --" NOSUPERUSER NOCREATEROLE',
        'REVOKE "pg_read_all_data" FROM "in ""truder""; --"',
    ]


def test_a_parameter_is_the_administrators_to_set():
    rows = [
        {"name": "log_statement", "grantee": "shop", "privileges": ["ALTER SYSTEM", "SET"]},
        {"name": "work_mem", "grantee": "", "privileges": ["SET"]},
        {"name": "fsync", "grantee": "backup", "privileges": ["SET"]},
    ]
    found = kind.compare(RESOURCE, {"roles": {}, "parameters": rows})
    psql = "runuser -u postgres -- psql -p 5432 -d postgres -c "
    assert [(d.attribute, d.severity, d.remedy) for d in found] == [
        ("parameter log_statement of shop", "error",
         psql + '\'REVOKE ALTER SYSTEM, SET ON PARAMETER "log_statement" FROM "shop"\''),
        ("parameter work_mem of PUBLIC", "warning",
         psql + '\'REVOKE SET ON PARAMETER "work_mem" FROM PUBLIC\''),
    ]  # fmt: skip
