from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import privileges
from ansible_collections.flaskops.stack.plugins.module_utils._machine.pace import Slow

SCHEMA = {"usage": True, "create": False, "in_search_path": True, "tables": 4}
SESSION = {
    "role": "shop", "database": "shop", "search_path": '"$user", public', "schema": SCHEMA,
    "lacking": [],
}  # fmt: skip


def lack(kind, name="public.entry", privilege="INSERT"):
    return {"kind": kind, "name": name, "privilege": privilege}


@pytest.mark.parametrize(
    ("changes", "migrates", "code"),
    [
        ({}, False, ""),
        ({"schema": None}, False, "no_schema"),
        ({"schema": {**SCHEMA, "usage": False}}, False, "schema_usage"),
        ({"schema": {**SCHEMA, "in_search_path": False}}, False, "search_path"),
        ({"lacking": [lack("table")]}, False, "table"),
        ({"lacking": [lack("sequence")]}, False, "sequence"),
        ({"lacking": [lack("default")]}, False, "default"),
        # What is there counts before what will be.
        ({"lacking": [lack("default"), lack("table")]}, False, "table"),
        # Who migrates needs no rows, and has to create.
        ({"lacking": [lack("table")], "schema": {**SCHEMA, "create": True}}, True, ""),
        ({}, True, "schema_create"),
    ],
)
def test_the_facts_of_a_session_are_judged(changes, migrates, code):
    assert privileges.judge({**SESSION, **changes}, "public", migrates).code == code


def test_three_of_many_are_named():
    lacking = [lack("table", f"public.t{number}") for number in range(5)]
    found = privileges.judge({**SESSION, "lacking": lacking}, "public", False)
    assert found.message.endswith("INSERT on public.t2 and 2 more")
    assert len(found.evidence["lacking"]) == 5


def case(**changes):
    nothing = {"driver_slow": None, "session": None, "session_error": ""}
    return SimpleNamespace(**{**nothing, **changes})


def test_without_a_session_nothing_is_said_of_privileges():
    assert privileges.check(case()).status == "skipped"
    assert privileges.check(case(session=SESSION, session_error="locked")).code == "unreadable"
    with pytest.raises(Slow):
        privileges.check(case(driver_slow=Slow("the driver", 5, 6)))
