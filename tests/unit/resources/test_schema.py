import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import schema as kind


def attributes(found):
    return [(d["attribute"], d["direction"]) for d in found]


RESOURCE = {"database": "shop", "name": "public", "owner": "shop_owner"}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"public": "shop_owner", "other": "eve"}, []),
        ({"other": "eve"}, [("exists", "missing")]),
        ({"public": "eve"}, [("owner", "different")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected
