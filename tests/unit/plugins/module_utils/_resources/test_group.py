import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import group as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


@pytest.mark.parametrize(
    ("members", "actual", "expected"),
    [
        ([], [], []),
        ([], None, [("exists", "missing")]),
        ([], ["eve"], [("member eve", "unexpected")]),
        (["eve"], ["eve"], []),
    ],
)
def test_difference(members, actual, expected):
    assert attributes(kind.compare({"name": "shop", "members": members}, actual)) == expected


def test_the_remedy_is_quoted():
    [found] = kind.compare({"name": "shop", "members": []}, ["a b"])
    assert found.remedy == "gpasswd --delete 'a b' shop"


def test_read():
    assert kind.read({"name": "root"}, None) is not None
    assert kind.read({"name": "no such group"}, None) is None
