"""The program that runs in the application's environment, with a real Alembic."""

import contextlib
import os
import pwd
import sqlite3
import subprocess
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import runner
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import revisions

APPLICATION = """
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

print("an application may print what it likes")


def create_app(name="shop"):
    app = Flask(name)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + app.root_path + "/shop.db"
    db = SQLAlchemy(app)
    Migrate(app, db, directory="alembic")
    return app


def without_migrate():
    return Flask("shop")
"""
ENV = """
from alembic import context
from flask import current_app

with current_app.extensions["migrate"].db.engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = '''"""Message of {0}"""
revision, down_revision, branch_labels, depends_on = "{0}", {1!r}, None, None
def upgrade(): pass
def downgrade(): pass
'''


@pytest.fixture
def ask(tmp_path):
    """Ask about an application with the revisions 1, 2 and 3."""
    versions = tmp_path / "alembic" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic" / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "alembic" / "env.py").write_text(ENV)
    for number, before in (("1", None), ("2", "1"), ("3", "2")):
        (versions / f"{number}.py").write_text(REVISION.format(number, before))
    (tmp_path / "shop.py").write_text(APPLICATION)

    def run(flask_app="shop:create_app()", directory="", upgrade_to=""):
        installed = runner.Application(
            user=pwd.getpwuid(os.geteuid()), directory=str(tmp_path), virtualenv=sys.prefix,
            environment={**os.environ, "FLASK_APP": flask_app, "PYTHONDONTWRITEBYTECODE": "1"},
            secrets=set(),
        )  # fmt: skip
        if upgrade_to:
            flask = [sys.executable, "-m", "flask", "db", "upgrade", upgrade_to]
            environment = installed.environment
            subprocess.run(flask, cwd=tmp_path, env=environment, check=True, capture_output=True)
        return runner.ask(installed, revisions, {"directory": directory})

    return run


def test_an_empty_database(ask):
    found = ask()
    assert (found["current"], found["heads"]) == ([], ["3"])
    assert [(step["revision"], step["message"]) for step in found["pending"]] == [
        ("1", "Message of 1"),
        ("2", "Message of 2"),
        ("3", "Message of 3"),
    ]


def test_a_database_in_between(ask):
    found = ask(upgrade_to="2")
    assert found["current"] == ["2"]
    assert [step["revision"] for step in found["pending"]] == ["3"]


def test_a_database_at_the_head(ask):
    found = ask(upgrade_to="head")
    assert (found["pending"], found["unknown"]) == ([], [])
    assert found["tables_without_version"] == []


def test_older_code_on_a_newer_database(ask, tmp_path):
    ask(upgrade_to="head")
    (tmp_path / "alembic" / "versions" / "3.py").unlink()
    found = ask()
    assert (found["unknown"], found["heads"], found["pending"]) == (["3"], ["2"], [])


def test_tables_without_a_table_of_revisions(ask, tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE customer (id integer)")
    found = ask()
    assert (found["tables_without_version"], found["version_table"]) == (
        ["customer"],
        "alembic_version",
    )


def test_a_table_of_revisions_that_somebody_emptied(ask, tmp_path):
    ask(upgrade_to="head")
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("DELETE FROM alembic_version")
        database.commit()
    found = ask()
    assert (found["current"], found["tables_without_version"]) == ([], [])
    # This application has no models; molecule/drift has one with them.
    assert found["tables_at_base"] == []


def test_several_heads(ask, tmp_path):
    (tmp_path / "alembic" / "versions" / "3b.py").write_text(REVISION.format("3b", "2"))
    found = ask(upgrade_to="heads")
    assert found["heads"] == found["current"] == ["3", "3b"]


def test_what_the_application_prints_is_kept_apart(ask):
    assert "an application may print what it likes" in ask()["output"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"flask_app": "shop:without_migrate()"}, "does not initialise Flask-Migrate"),
        ({"flask_app": "nowhere:app"}, "Could not import 'nowhere'"),
        ({"directory": "migrations"}, "migrations has no env.py"),
    ],
)
def test_an_error_is_an_answer_too(ask, arguments, error):
    assert error in ask(**arguments)["error"]


# Of plain Alembic: the URL is the configuration's, and there is no application.
PLAIN_ENV = """
from alembic import context
from sqlalchemy import create_engine

config = context.config
with create_engine(config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def ask_alembic(ask, tmp_path):
    """The same revisions with Alembic alone, of a URL that has a percent sign."""
    (tmp_path / "alembic" / "env.py").write_text(PLAIN_ENV)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")

    def run(flask_app="nowhere:app", config="alembic.ini", method="alembic"):
        installed = runner.Application(
            user=pwd.getpwuid(os.geteuid()), directory=str(tmp_path), virtualenv=sys.prefix,
            environment={**os.environ, "FLASK_APP": flask_app, "PYTHONDONTWRITEBYTECODE": "1"},
            secrets={"Could not"},
        )  # fmt: skip
        question = {
            "method": method, "config": config, "directory": "",
            "database_url": f"sqlite:///{tmp_path}/plain.db?timeout=%35",
        }  # fmt: skip
        return runner.ask(installed, revisions, question)

    return run


def test_alembic_needs_no_application(ask_alembic, tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "plain.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num text)")
        database.execute("INSERT INTO alembic_version VALUES ('2')")
        database.commit()
    found = ask_alembic()
    assert (found["current"], found["heads"]) == (["2"], ["3"])
    assert [step["revision"] for step in found["pending"]] == ["3"]
    # Why no more is known of it, with secrets masked.
    assert found["unloaded"]["code"] == "application"
    assert "Could not" not in str(found["unloaded"])
    assert ask_alembic("shop:create_app()")["engines"] == [f"sqlite:///{tmp_path}/shop.db"]


@pytest.mark.parametrize(
    ("ini", "error"),
    [
        (None, "alembic.ini (migrations_alembic_config)"),
        ("[alembic]\nscript_location = other\n", "other"),
        ("[alembic]\n", "script_location"),
    ],
)
def test_what_alembic_lacks_is_named(ask_alembic, tmp_path, ini, error):
    (tmp_path / "alembic.ini").unlink()
    if ini is not None:
        (tmp_path / "alembic.ini").write_text(ini)
    found = ask_alembic("shop:create_app()")
    assert found["code"] == "no_migrations"
    assert error in found["error"]
    # What is known of the application all the same.
    assert found["engines"]


def test_without_migrations_only_the_application_is_asked(ask_alembic, tmp_path):
    found = ask_alembic("shop:create_app()", method="none")
    assert found["engines"]
    assert "heads" not in found
