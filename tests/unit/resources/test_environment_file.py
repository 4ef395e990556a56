import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    environment_file as kind,
)


def attributes(found):
    return [(d["attribute"], d["direction"]) for d in found]


RESOURCE = {
    "path": "/x",
    "variables": {"A": "one", "NUMBER": 5, "FLAG": True},
    "owner": None,
    "group": None,
    "mode": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A="one"\nNUMBER=5\nFLAG=true\n', []),
        ("# note\nFLAG=true\n\nNUMBER='5'\nA=one\n", []),
        ("A=two\nNUMBER=5\nFLAG=true\n", [("variable A", "different")]),
        ("NUMBER=5\nFLAG=true\n", [("variable A", "missing")]),
        ("A=one\nNUMBER=5\nFLAG=true\nB=1\n", [("variable B", "unexpected")]),
        ("A=one\0", [("content", "different")]),
        ("x" * (1 << 20) + "x", [("content", "different")]),
    ],
)
def test_difference(text, expected):
    assert attributes(kind.compare(RESOURCE, {"type": "file", "text": text})) == expected


def test_no_value_is_shown():
    found = kind.compare(RESOURCE, {"type": "file", "text": "A=hunter2\nB=hunter3\n"})
    assert len(found) == 4
    assert "one" not in str(found)
    assert "hunter" not in str(found)


@pytest.mark.parametrize("actual", [None, {"type": "directory"}])
def test_what_is_no_file(actual):
    assert [d["attribute"] for d in kind.compare(RESOURCE, actual)] == ["exists"]


def test_a_binary_is_read(tmp_path):
    (tmp_path / "x").write_bytes(bytes(range(256)))
    resource = {**RESOURCE, "path": str(tmp_path / "x")}
    assert attributes(kind.compare(resource, kind.read(resource, None))) == [
        ("content", "different")
    ]
