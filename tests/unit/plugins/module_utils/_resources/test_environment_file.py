import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    environment_file as kind,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


def actual(text):
    content = environment_file.load(text.encode())
    return {"type": "file", "size": len(text), "content": content}


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
        ("A=one\nNUMBER=5\nFLAG=true\nB=\ufffe", [("content", "different")]),
        # A comment is not looked at.
        ("# \ufffe\nA=one\nNUMBER=5\nFLAG=true\n", []),
        ("x" * (1 << 20) + "x", [("content", "different")]),
    ],
)
def test_difference(text, expected):
    assert attributes(kind.compare(RESOURCE, actual(text))) == expected


def test_no_value_is_shown():
    found = kind.compare(RESOURCE, actual("A=hunter2\nB=hunter3\n"))
    assert len(found) == 4
    assert "one" not in str(found)
    assert "hunter" not in str(found)


@pytest.mark.parametrize("found", [None, {"type": "directory"}])
def test_what_is_no_file(found):
    assert [d.attribute for d in kind.compare(RESOURCE, found)] == ["exists"]


def test_a_key_from_windows_converges(tmp_path):
    """A carriage return is a part of the value, and is read back as one."""
    key = "-----BEGIN PRIVATE KEY-----\r\nMC4CAQAwBQYDK2VwBCIEIA\r\n-----END PRIVATE KEY-----\r\n"
    (tmp_path / "x").write_bytes(environment_file.render({"A": key}).encode())
    resource = {**RESOURCE, "path": str(tmp_path / "x"), "variables": {"A": key}}
    assert kind.compare(resource, kind.read(resource, None)) == []


def test_a_binary_is_read(tmp_path):
    (tmp_path / "x").write_bytes(bytes(range(256)))
    resource = {**RESOURCE, "path": str(tmp_path / "x")}
    assert attributes(kind.compare(resource, kind.read(resource, None))) == [
        ("content", "different")
    ]
