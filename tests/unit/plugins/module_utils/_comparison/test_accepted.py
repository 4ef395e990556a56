"""Which findings an entry accepts."""

from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import accepted


def found(identifier="unit.drop_in", subject="/a"):
    return SimpleNamespace(id=identifier, subject=subject)


@pytest.mark.parametrize(
    ("entry", "is_accepted"),
    [
        ({"id": "unit.drop_in", "subject": "/a"}, True),
        ({"id": "unit.drop_in", "subject": ""}, True),
        ({"id": "unit.drop_in", "subject": "/b"}, False),
        ({"id": "unit.file", "subject": "/a"}, False),
    ],
)
def test_an_entry(entry, is_accepted):
    left, excepted = accepted.split([found()], [entry])
    assert (len(left), len(excepted)) == ((0, 1) if is_accepted else (1, 0))


def test_all_others_stay():
    left, excepted = accepted.split(
        [found(), found("file.mode", "")], [{"id": "unit.drop_in", "subject": "/a"}]
    )
    assert [each.id for each in left] == ["file.mode"]
    assert [each.subject for each, _entry in excepted] == ["/a"]
