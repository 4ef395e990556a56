import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    structure_record as record,
)

ONE, TWO = {"revisions": ["1"]}, {"revisions": ["2"]}
AT_ONE = "is at another revision than before (1)"
TABLE, INDEX, TRIGGER = {"a": "b"}, {"definition": "x"}, {"definition": "evil"}


def entry(key, things, odd=None):
    return {"key": key, "things": things, "odd": odd or {}}


@pytest.mark.parametrize(
    ("kept", "key", "now", "expected", "first"),
    [
        (None, ONE, {"t": TABLE}, {"t": TABLE}, "was seen for the first time"),
        ("nonsense", ONE, {}, {}, "was seen for the first time"),
        ([{"key": ONE}], ONE, {}, {}, "was seen for the first time"),
        ([entry(ONE, {"t": TABLE})], ONE, {"t": TABLE, "g": TRIGGER}, {"t": TABLE}, ""),
        # A migration makes and drops what it likes ...
        ([entry(ONE, {"t": TABLE})], TWO, {"i": INDEX}, {"i": INDEX}, AT_ONE),
        # ... and what was odd before it, and still is, stays odd: what came, went and changed.
        (
            [entry(ONE, {"t": TABLE, "i": INDEX}, {"g": TRIGGER, "i": None, "t": {"a": "c"}})],
            TWO, {"t": {"a": "c"}, "g": TRIGGER, "n": TABLE},
            {"t": TABLE, "i": INDEX, "n": TABLE}, AT_ONE,
        ),
        ([entry(ONE, {}, {"g": TRIGGER})], TWO, {"g": INDEX}, {"g": INDEX}, AT_ONE),
        # Somebody emptied the table of revisions: what was there before the first says nothing.
        (
            [entry(ONE, {"t": TABLE}), entry({"revisions": []}, {})], {"revisions": []},
            {"t": TABLE}, {"t": TABLE}, "has no revision any more",
        ),
        # An application without migrations.
        ([entry({"revisions": []}, {})], {"revisions": []}, {"t": TABLE}, {}, ""),
        # A revision that was taken back, and came again.
        ([entry(ONE, {}), entry(TWO, {"t": TABLE})], TWO, {}, {"t": TABLE}, ""),
    ],
)  # fmt: skip
def test_what_is_expected(kept, key, now, expected, first):
    found = record.judge(kept, key, now)
    assert (dict(found.expected), found.first) == (expected, first)


def test_what_is_remembered():
    first = record.judge(None, ONE, {"t": TABLE}).record
    assert first == [entry(ONE, {"t": TABLE})]
    second = record.judge(first, ONE, {"t": TABLE, "g": TRIGGER}).record
    assert second == [entry(ONE, {"t": TABLE}, {"g": TRIGGER})]
    # Where nothing is other than it was, there is nothing to write.
    assert record.judge(second, ONE, {"t": TABLE, "g": TRIGGER}).record == second
    kept = second
    for number in range(9):
        kept = record.judge(kept, {"revisions": [str(number)]}, {"t": TABLE}).record
    assert [each["key"]["revisions"] for each in kept] == [["8"], ["7"], ["6"], ["5"]]
