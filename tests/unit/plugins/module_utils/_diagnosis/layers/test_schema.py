"""What the layer makes of what the application and its Alembic answer."""

from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import runner
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import schema
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url

NEWEST = {
    "current": ["b2"], "heads": ["b2"], "pending": [], "unknown": [],
    "tables_without_version": [], "version_table": "alembic_version",
}  # fmt: skip
NEXT = {"revision": "c3", "message": "add a column"}
REVISIONS = [
    ("the newest", {}, "ok", ""),
    ("an empty database, and no migrations yet", {"current": [], "heads": []}, "ok", ""),
    ("one pending", {"heads": ["c3"], "pending": [NEXT]}, "failed", "pending"),
    ("one that the code does not have", {"unknown": ["d4"]}, "failed", "unknown_revision"),
    ("two heads", {"heads": ["c3", "c4"], "pending": [NEXT]}, "failed", "several_heads"),
    ("tables of nobody knows which revision",
     {"current": [], "pending": [NEXT], "tables_without_version": ["entry"]},
     "failed", "no_version_table"),
]  # fmt: skip
ANSWERS = [
    ("no Flask-Migrate", {"code": "no_flask_migrate", "error": "no flask_migrate"},
     "skipped", ""),
    ("writes", {"code": "writes_when_loaded", "error": "INSERT"},
     "not_checked", "writes_when_loaded"),
    ("cannot be guarded", {"code": "no_read_only", "error": "pg8000"},
     "not_checked", "no_read_only"),
    ("serves", {"code": "serves_when_loaded", "error": "app.py:3"},
     "failed", "serves_when_loaded"),
    ("has no migrations", {"code": "no_migrations", "error": "no env.py"},
     "failed", "no_migrations"),
    ("cannot be loaded", {"code": "application", "error": "NameError: x"},
     "failed", "application"),
    # It says more than that the application then finds no table there.
    ("another database", {"code": "application", "error": "no table",
                          "engines": ["postgresql://shop@127.0.0.1/other"]},
     "failed", "other_database"),
]  # fmt: skip


def case(answer, directory="/srv/shop/current", **asked):
    def ask():
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(
        asked=options.asked(asked), directory=directory, ask_alembic=ask, has_session=lambda: False,
        target=url.parse("postgresql://shop@127.0.0.1/shop"),
    )  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "code"), [row[1:] for row in REVISIONS],
                         ids=[row[0] for row in REVISIONS])  # fmt: skip
def test_the_revisions(changes, status, code):
    found = schema.check(case({**NEWEST, **changes}))
    assert (found.status, found.code) == (status, code)


@pytest.mark.parametrize(("answer", "status", "code"), [row[1:] for row in ANSWERS],
                         ids=[row[0] for row in ANSWERS])  # fmt: skip
def test_an_answer_without_revisions(answer, status, code):
    found = schema.check(case(answer))
    assert (found.status, found.code) == (status, code)


def test_an_application_that_waits_is_not_slow():
    waits, computes = pace.Slow("x", 30, 30.2, "it waits"), pace.Slow("x", 30, 30.2, "it computes")
    waits.waits, waits.place = True, "/srv/shop/current/app.py, line 3"
    assert schema.check(case(waits)).code == "loading_hangs"
    assert "app.py, line 3" in schema.check(case(waits)).message
    with pytest.raises(pace.Slow):
        schema.check(case(computes))


def test_an_interpreter_that_ends():
    found = schema.check(case(runner.ApplicationError("the application's Python ended with 3")))
    assert (found.status, found.code) == ("failed", "application")


def test_no_directory_no_question():
    assert schema.check(case(NEWEST, directory="")).status == "skipped"


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        # An application that cannot be loaded is no matter of its migrations.
        ("alembic", {**NEWEST, "unloaded": {"code": "application", "error": "x"}}, "ok"),
        ("alembic", {**NEWEST, "pending": [NEXT]}, "failed"),
        ("none", {"unloaded": {"code": "application", "error": "x"}}, "skipped"),
        ("none", {"engines": ["postgresql://shop@127.0.0.1/shop"]}, "skipped"),
        ("command", {}, "skipped"),
        # It is not asked.
        ("application", RuntimeError("it was loaded"), "skipped"),
        ("none", {"engines": ["postgresql://shop@127.0.0.1/other"]}, "failed"),
    ],
)
def test_other_methods_than_flask_migrate(method, answer, status):
    assert schema.check(case(answer, migrations_method=method)).status == status
