import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _shared_database

ONE = {"app_name": "one", "database_password": "a secret of one"}
TWO = {**ONE, "app_name": "two"}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (ONE, ""),
        ({**ONE, "database_name": "one", "database_user": "one", "database_port": ""}, ""),
        (TWO, 'app_name is "one" on db and "two" on b; database_name is "one" on db and "two" on'),
        ({**ONE, "database_name": "x"}, 'database_name is "one" on db and "x" on b; database_user'),
        ({**ONE, "database_schema": "x"}, 'database_schema is "public" on db and "x" on b'),
        ({**ONE, "database_user": "x"}, 'database_user is "one" on db and "x" on b'),
        # The same database, or the same role, for two applications.
        ({**TWO, "database_name": "one"}, 'app_name is "one" on db and "two" on b'),
        ({**ONE, "database_password": "another"}, "database_password is not the same on db, b"),
    ],
)
def test_what_two_hosts_declare(other, said):
    found = _shared_database.mistakes({"db": ONE, "b": other}, "db")
    assert bool(found) is bool(said)
    if said:
        start = "Several applications would share the database host db in one run: "
        assert found[0].startswith(start + said)


def test_no_password_is_shown():
    other = {**ONE, "database_password": "hunter2"}
    [found] = _shared_database.mistakes({"a": ONE, "b": other}, "")
    assert "hunter2" not in found
    assert ONE["database_password"] not in found


def test_many_hosts_are_a_few_names():
    many = {f"app{number}": ONE for number in range(9)}
    [found] = _shared_database.mistakes({**many, "other": TWO}, "")
    assert 'app_name is "one" on app0, app1, app2 and 6 more and "two" on other' in found
