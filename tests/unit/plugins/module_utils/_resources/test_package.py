import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import package as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


@pytest.mark.parametrize(
    ("version", "expected"), [("1.0-1", []), (None, [("installed", "missing")])]
)
def test_difference(version, expected):
    assert attributes(kind.compare({"name": "acl"}, version)) == expected
