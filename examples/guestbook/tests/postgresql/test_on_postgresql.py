"""What SQLite would not tell: migrations, types, constraints and connections of PostgreSQL."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from guestbook import statistics, tasks
from guestbook.extensions import db
from guestbook.models import Entry
from sqlalchemy.exc import DataError


def test_the_migrations_make_what_the_models_say(app):
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


def test_the_migrations_go_back_and_forth(app):
    migrations = Path(__file__).parents[2] / "migrations"
    downgrade(str(migrations), revision="base")
    upgrade(str(migrations))
    assert Entry.newest() == []


def test_an_author_that_is_too_long_is_refused(app):
    db.session.add(Entry(author="a" * (Entry.AUTHOR_LENGTH + 1), text="Hello"))
    with pytest.raises(DataError):
        db.session.commit()


def test_an_entry_is_signed_and_counted(app):
    client = app.test_client()
    assert client.post("/", data={"author": "Ada", "text": "Hello"}).status_code == 302
    assert "Ada" in client.get("/").text
    statistics.count_later().result(timeout=10)
    assert statistics.shown() == (1, 1)


def leave_open():
    db.session.execute(db.text("SELECT 1"))


def fail():
    leave_open()
    raise RuntimeError("in a task")


@pytest.mark.parametrize("function", [leave_open, fail])
def test_a_task_gives_its_connection_back(app, function):
    tasks.task(function)().result(timeout=10)
    assert db.engine.pool.checkedout() == 0
