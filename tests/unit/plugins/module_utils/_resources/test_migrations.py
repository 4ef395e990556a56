import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import migration_methods
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import causes, compare
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import Finding
from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources import migrations as kind
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    not_checked,
)

RESOURCE = {
    "user": "shop", "directory": "/r", "release": "/r", "settings_file": "/etc/flask/shop.cfg",
    "database_variables": {"host": "DB_HOST", "password": "DB_PASSWORD"},
    "method": "flask_migrate", "alembic_config": "alembic.ini", "scripts": "",
}  # fmt: skip
BIND = {"version_table": "alembic_version", "version_table_schema": ""}
STEP = {"revision": "2", "message": "Add a table", "file": "x"}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"current": ["2"], "heads": ["2"], "pending": []}, []),
        (
            {"current": ["1"], "heads": ["2"], "pending": [STEP]},
            [("revision", "1; pending: 2 (Add a table)")],
        ),
        (
            {"current": [], "heads": ["2"], "pending": [STEP]},
            [("revision", "no revision; pending: 2 (Add a table)")],
        ),
        ({"error": "no such revision"}, [("asked", "no such revision")]),
        (
            {"current": ["0"], "heads": ["2"], "pending": [], "unknown": ["0"]},
            [("unknown", "0")],
        ),
        (
            {"current": [], "heads": ["2"], "pending": [STEP], "tables_at_base": ["a", "b"]},
            [("lost", "no revision, and tables (a, b, ...)")],
        ),
        (
            {"current": [], "heads": ["2"], "pending": [STEP], "tables_without_version": ["a"]},
            [("lost", "no revision, and tables (a, ...)")],
        ),
        (
            {
                "current": ["1", "2"],
                "heads": ["2"],
                "pending": [STEP],
                "binds": [
                    {"database": "shop", "current": ["2"], "pending": []},
                    {"database": "second", "current": ["1"], "pending": [STEP]},
                ],
            },
            [("revision second", "1; pending: 2 (Add a table)")],
        ),
    ],
)
def test_difference(actual, expected):
    assert [(d.attribute, d.actual) for d in kind.compare(RESOURCE, actual)] == expected


def test_an_application_that_cannot_be_asked_is_not_checked():
    [found] = kind.compare(RESOURCE, {"code": "writes_when_loaded", "error": "the statement X"})
    assert found == not_checked("asked", "schema.writes_when_loaded: the statement X")


@pytest.mark.parametrize(
    ("changes", "answer", "revisions", "expected"),
    [
        ({}, {}, ["2"], True),
        ({"version_table": "other"}, {}, ["2"], False),
        ({"version_table_schema": "meta"}, {}, ["2"], False),
        ({}, {"heads": ["3"]}, ["2"], False),
        # Another database than the declared one.
        ({}, {}, ["1"], False),
        ({}, {"binds": [BIND, BIND]}, ["2"], False),
        ({}, {"binds": []}, ["2"], False),
    ],
)
def test_the_fast_reading_is_only_for_what_alembic_has_confirmed(
    changes, answer, revisions, expected
):
    said = {"binds": [{**BIND, **changes}], "heads": ["2"], "current": ["2"], **answer}
    assert kind._is_plain(said, ["2"], revisions) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 1),
        ({"subject": "DB_PASSWORD"}, 1),
        ({"subject": "SECRET_KEY"}, 0),
        ({"kind": "file", "resource": "/etc/flask/shop.cfg", "check": "content", "subject": ""}, 1),
        ({"kind": "file", "resource": "/etc/flask/x.pem", "check": "content", "subject": ""}, 0),
    ],
)
def test_another_database_is_migrated_before_it_is_used(change, expected):
    found = Finding(
        "app", "environment_file", "/etc/flask/shop.env", "variable", "DB_HOST", "different",
        "error", "x", "y", "", "", owned=True, live=False, because=(),
    )._replace(**change)  # fmt: skip
    migrations = compare.Resource("migrations", "migrations", RESOURCE, kind)
    assert len(causes.to_look_at_again([migrations], [found])) == expected


def test_the_tables_of_another_schema_are_those_of_the_search_path():
    step = {"revision": "2", "message": "more"}
    actual = {"current": [], "heads": ["2"], "pending": [step]}
    [found] = kind.compare(RESOURCE, actual)
    assert cause.check("postgresql_role", "setting", "search_path") in found.because
    assert cause.check("postgresql_role", "setting", "work_mem") not in found.because


@pytest.mark.parametrize(
    "actual",
    [
        {"current": ["0"], "heads": ["2"], "pending": [], "unknown": ["0"]},
        {"current": [], "heads": ["2"], "pending": [STEP], "tables_at_base": ["a"]},
    ],
)
def test_what_no_migration_mends_is_stamped(actual):
    (found,) = kind.compare(RESOURCE, actual)
    assert "run flaskops.stack.migrate with --extra-vars=migrations_stamp=2" in found.remedy
    assert not found.owned


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["1"]),
        ({"method": "alembic"}, ["2"]),
        ({"method": "alembic", "scripts": "migrations"}, ["1"]),
        ({"method": "alembic", "alembic_config": "other.ini"}, None),
        ({"scripts": "db"}, ["2"]),
    ],
)
def test_the_heads_by_the_files_of_each_method(tmp_path, changes, expected):
    for folder, revision in (("migrations", "1"), ("db", "2")):
        (tmp_path / folder / "versions").mkdir(parents=True)
        text = f"revision = '{revision}'\ndown_revision = None\n"
        (tmp_path / folder / "versions" / "a.py").write_text(text)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = db\n")
    assert kind._heads({**RESOURCE, "directory": str(tmp_path), **changes}) == expected


def test_a_model_is_taken_into_a_migration_by_its_own_command():
    actual = {"pending": [], "models": ["add_column entry.place"]}
    [found] = kind.compare({**RESOURCE, "method": "alembic"}, actual)
    assert "alembic revision --autogenerate" in found.remedy


COMMAND = {**RESOURCE, "method": "command", "command": ["flask", "init-db"]}


@pytest.mark.parametrize(
    ("left", "current", "expected"),
    [
        (None, None, []),
        (["1"], ["1"], []),
        ("never", None, [("run", "flask init-db", "not run for this release")]),
        # A dump of another time was restored.
        (["2"], ["1"], [("revision", "2", "1")]),
        (["2"], None, [("revision", "2", "no revision")]),
    ],
)
def test_a_command_is_judged_by_what_it_has_left(left, current, expected):
    found = kind.compare(COMMAND, {"left": left, "current": current})
    assert [(d.attribute, d.expected, d.actual) for d in found] == expected


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({}, ["1"]),
        ({"directory": "/srv/other"}, "never"),
        ({"command": ["flask", "other"]}, "never"),
        ({"user": "other"}, "never"),
    ],
)
def test_a_command_has_run_for_one_release_in_one_database(monkeypatch, change, left):
    facts = {"database": "shop", "database_number": 1, "revisions": ["1"]}
    key = migration_methods.record_key("/r", COMMAND["command"], facts)
    kept = {("shop.migrated", str(key)): {"revisions": ["1"]}}
    monkeypatch.setattr(kind.proofs, "read", lambda name, key: kept.get((name, str(key))))
    assert kind._once({**COMMAND, **change}, facts)["left"] == left
    assert kind._once(COMMAND, {**facts, "database_number": 2})["left"] == "never"
