import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources import commands as kind

RESOURCE = {
    "application": "shop", "release": "/srv/shop/releases/2",
    "each_release": ["warm"], "ever": ["seed"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({}, [("run seed", "missing", "has run"), ("run warm", "missing", "has run for 2")]),
        ({"seed": ["1"], "warm": ["1"]}, [("run warm", "missing", "has run for 2")]),
        ({"seed": ["1"], "warm": ["1", "2"], "former": ["1"]}, []),
    ],
)
def test_difference(record, found):
    differences = kind.compare(RESOURCE, record)
    assert [(d.attribute, d.direction, d.expected) for d in differences] == found


def test_before_there_is_a_release_what_runs_for_it_merely_follows():
    [ever, each] = kind.compare(RESOURCE, {})
    assert (ever.because, ever.actual) == ((), "has not run")
    assert each.because == (cause.resource("release", "/srv/shop/releases/2"),)
