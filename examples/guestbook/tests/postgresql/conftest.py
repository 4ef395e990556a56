"""An ephemeral PostgreSQL for the tests in this folder, and the migrations in it."""

import os
from pathlib import Path

import pytest
from flask_migrate import upgrade
from guestbook import create_app
from guestbook.extensions import db
from testcontainers.community.postgres import PostgresContainer

# The production's version: Debian 13 has 17, Debian 12 has 15.
MIGRATIONS = str(Path(__file__).parents[2] / "migrations")
IMAGE = f"postgres:{os.environ.get('POSTGRES_VERSION', '17')}"


@pytest.fixture(scope="session")
def database_url():
    with PostgresContainer(IMAGE) as server:
        yield server.get_connection_url()


@pytest.fixture
def app(database_url, monkeypatch):
    """The application on a database that the migrations have made anew."""
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    app = create_app("testing")
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(db.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        upgrade(MIGRATIONS)
        yield app
        db.session.remove()
        db.engine.dispose()
