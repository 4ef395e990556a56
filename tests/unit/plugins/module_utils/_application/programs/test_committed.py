import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import committed

ENTRY = {"table entry": ("", ""), "column entry.id": ("integer", "table entry")}
INVALID = {"index ix": ("on entry (INVALID)", "table entry")}
VALID = {"index ix": ("on entry", "table entry")}
TYPE = {"type mood": ("", "")}
SAD = {"value 'sad' of type mood": ("", "type mood")}
TEXT = {"column entry.id": ("text", "table entry")}


@pytest.mark.parametrize(
    ("before", "own", "after", "found"),
    [
        ({}, {}, {}, []),
        ({}, {}, ENTRY, ["table entry"]),
        (ENTRY, ENTRY, {**ENTRY, **INVALID}, ["index ix on entry (INVALID)"]),
        (ENTRY | VALID, ENTRY | VALID, ENTRY, ["no index ix any more"]),
        (ENTRY, ENTRY, {}, ["no table entry any more"]),
        ({**TYPE}, {**TYPE}, {**TYPE, **SAD}, ["value 'sad' of type mood"]),
        ({}, {}, {**TYPE, **SAD}, ["type mood"]),
        (ENTRY, ENTRY, ENTRY | TEXT, ["column entry.id text, before: integer"]),
        # What a former step did, and both kept or both rolled back.
        ({}, ENTRY, ENTRY, []),
        ({}, ENTRY, {}, []),
        ({}, ENTRY, ENTRY | VALID, ["index ix on entry"]),
        (ENTRY, {}, ENTRY, []),
    ],
)
def test_what_a_step_has_committed(before, own, after, found):
    assert committed.of_step(before, own, after) == found


def test_no_more_are_named_than_can_be_read():
    many = {f"table {number:02}": ("", "") for number in range(committed.MAXIMUM + 3)}
    found = committed.of_step({}, {}, many)
    assert found[-2:] == ["table 19", "3 more changes"]
