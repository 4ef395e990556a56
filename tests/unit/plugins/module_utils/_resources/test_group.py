import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import group as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


def group(*members, **more):
    return {
        "members": members, "first": [], "same_number": [], "has_password": False,
        "administrators": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("members", "actual", "expected"),
    [
        ([], group(), []),
        ([], None, [("exists", "missing")]),
        ([], group("eve"), [("member eve", "unexpected")]),
        (["eve"], group("eve"), []),
        ([], group(first=["eve"]), [("member eve", "unexpected")]),
        (["eve"], group(first=["eve"]), []),
        ([], group(same_number=["other"]), [("gid other", "unexpected")]),
        ([], group(has_password=True), [("password", "unexpected")]),
        ([], group(administrators=["eve"]), [("administrator eve", "unexpected")]),
    ],
)
def test_difference(members, actual, expected):
    assert attributes(kind.compare({"name": "shop", "members": members}, actual)) == expected


def test_the_remedy_is_quoted():
    [found] = kind.compare({"name": "shop", "members": []}, group("a b"))
    assert found.remedy == "gpasswd --delete 'a b' shop"


def test_read():
    assert kind.read({"name": "root"}, None) is not None
    assert kind.read({"name": "no such group"}, None) is None
