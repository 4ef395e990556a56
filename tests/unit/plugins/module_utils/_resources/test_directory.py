import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import directory as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {"path": "/x", "owner": "root", "group": "root", "mode": "0755"}
FINE = {"type": "directory", "owner": "root", "group": "root", "mode": "0755"}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        (None, [("exists", "missing")]),
        ({**FINE, "type": "link"}, [("exists", "different")]),
        (
            {**FINE, "owner": "eve", "group": "eve", "mode": "0777"},
            [("owner", "different"), ("group", "different"), ("mode", "different")],
        ),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


def test_what_was_not_declared_is_not_compared():
    resource = {"path": "/x", "owner": None, "group": None, "mode": None}
    assert kind.compare(resource, {**FINE, "mode": "0777"}) == []


def test_read(tmp_path):
    tmp_path.chmod(0o750)
    assert kind.read({"path": str(tmp_path)}, None)["mode"] == "0750"
    assert kind.read({"path": str(tmp_path / "no" / "such")}, None) is None
