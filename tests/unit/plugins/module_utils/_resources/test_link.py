import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import link as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {"path": "/x", "target": "releases/1", "state": "present"}
ABSENT = {"path": "/x", "target": None, "state": "absent"}
LINK = {"type": "link", "target": "releases/1"}


@pytest.mark.parametrize(
    ("resource", "actual", "expected"),
    [
        (RESOURCE, LINK, []),
        (RESOURCE, None, [("exists", "missing")]),
        (RESOURCE, {"type": "file"}, [("exists", "different")]),
        (RESOURCE, {"type": "link", "target": "releases/0"}, [("target", "different")]),
        (ABSENT, None, []),
        (ABSENT, {"type": "file"}, [("exists", "unexpected")]),
    ],
)
def test_difference(resource, actual, expected):
    assert attributes(kind.compare(resource, actual)) == expected


def test_read(tmp_path):
    (tmp_path / "current").symlink_to("releases/1")
    assert kind.read({"path": str(tmp_path / "current")}, None)["target"] == "releases/1"
    assert "target" not in kind.read({"path": str(tmp_path)}, None)
