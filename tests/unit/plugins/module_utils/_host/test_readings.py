"""What is asked of a host once, however many resources ask."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import readings
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session

HERE = {"login_user": "postgres", "login_unix_socket": "/run/postgresql", "login_port": 5432}


@pytest.fixture
def asked(monkeypatch):
    """The questions that reached a server."""
    questions = []

    def read(login, *names):
        questions.append((login.get("login_host"), *names))
        if names[0] == "gone":
            raise session.ServerError("no such database")
        return f"answer {len(questions)}"

    monkeypatch.setattr(readings.catalogue, "read_database", read)
    return questions


def test_a_database_is_read_once_by_kinds_with_and_without_the_option_of_a_host(asked):
    host = readings.Host()
    logins = (HERE, {**HERE, "login_host": ""}, {**HERE, "login_host": None})
    assert {host.database(login, "shop", "public", "o") for login in logins} == {"answer 1"}
    assert len(asked) == 1


def test_what_another_server_or_schema_has_is_another_answer(asked):
    host = readings.Host()
    host.database(HERE, "shop", "public", "o")
    host.database({**HERE, "login_host": "db.example"}, "shop", "public", "o")
    host.database({**HERE, "login_port": 5433}, "shop", "public", "o")
    host.database(HERE, "shop", "sales", "o")
    assert len(asked) == 4


def test_an_error_is_kept_like_an_answer(asked):
    host = readings.Host()
    for _time in range(2):
        with pytest.raises(session.ServerError, match="no such database"):
            host.database(HERE, "gone", "public", "o")
    assert len(asked) == 1
