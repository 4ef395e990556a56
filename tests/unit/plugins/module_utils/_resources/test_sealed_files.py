import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import sealed_files

NOTHING = {"lost": [], "changed": {}, "added": {}, "byte_code": {}, "rights": []}


@pytest.mark.parametrize(
    ("looked", "expected"),
    [
        ({"lost": ["a"]}, [("file a", "missing", "not there", "")]),
        ({"changed": {"a": ""}}, [("file a", "different", "edited", "")]),
        ({"changed": {"a": "a link to b"}}, [("file a", "different", "a link to b", "")]),
        ({"changed": {"a.pyc": ""}}, [("byte_code a.pyc", "different", "another content", "")]),
        ({"changed": {"a.pyc": "a socket"}}, [("file a.pyc", "different", "a socket", "")]),
        ({"added": {"a": ""}}, [("file a", "unexpected", "a file, not deployed", "")]),
        ({"byte_code": {"a": ["x", True]}}, [("byte_code a", "unexpected", "x", "error")]),
        ({"byte_code": {"a": ["x", False]}}, [("byte_code a", "unexpected", "x", "warning")]),
    ],
)
def test_files(looked, expected):
    found = sealed_files.compare_files({**NOTHING, **looked}, "as deployed")
    assert [(d.attribute, d.direction, d.actual, d.severity) for d in found] == expected


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([], []),
        ([["mode", "a", "0600"]], [("mode a", "different", "0600")]),
        ([["mode", "b", "0600"], ["mode", "a", "0600"], ["mode", "c", "0000"]],
         [("mode c", "different", "0000"), ("mode a", "different", "0600, and 1 more")]),
        ([["acl", "a", "user:0:rw-"]], [("acl a", "unexpected", "user:root:rw-")]),
        ([["acl", "a", "user:0:rwx"], ["acl", "a/b", "user:0:rw-"]],
         [("acl a", "unexpected", "user:root:rwx, and 1 more")]),
        ([["immutable", "a", "immutable"]], [("immutable a", "unexpected", "immutable")]),
        # They go, or come anew.
        ([["mode", "added", "0600"], ["mode", "folder/a", "0600"]], []),
    ],
)  # fmt: skip
def test_rights(rights, expected):
    looked = {**NOTHING, "added": {"added": ""}, "changed": {"folder": "a link to x"}}
    found = sealed_files.compare_rights({**looked, "rights": rights})
    assert [(d.attribute, d.direction, d.actual) for d in found] == expected
