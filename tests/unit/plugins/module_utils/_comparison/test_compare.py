import types

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.compare import (
    KINDS,
    compare,
)
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import (
    DeclarationError,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    not_checked,
)


def test_a_difference_is_complete(tmp_path):
    path = str(tmp_path / "x")
    found = compare({"app": [{"kind": "directory", "path": path}]})
    assert [each.as_dict() for each in found.differences] == [
        {
            "id": "directory.exists",
            "role": "app",
            "kind": "directory",
            "resource": path,
            "attribute": "exists",
            "check": "exists",
            "subject": "",
            "direction": "missing",
            "severity": "error",
            "expected": "a directory",
            "actual": "nothing",
            "cause": "The directory was removed, or something else took its place.",
            "remedy": "Run flaskops.stack.site.",
            "owned": True,
            "live": False,
            "because": [],
            "waits": False,
        }
    ]
    assert found.compared == [("app", "directory", path)]


def test_what_could_not_be_looked_at_is_kept_apart(monkeypatch):
    hidden = types.SimpleNamespace(
        OPTIONS={}, CHECKS={"peer": Check("error", "x")}, identity=lambda _resource: "shop",
        read=lambda _resource, _host: None,
        compare=lambda _resource, _actual: [not_checked("peer", "there is a pooler")],
    )  # fmt: skip
    monkeypatch.setitem(KINDS, "hidden", hidden)
    found = compare({"app": [{"kind": "hidden"}]})
    assert (found.differences, found.consequences) == ([], [])
    assert found.compared == [("app", "hidden", "shop")]
    [unseen] = found.not_checked
    assert unseen.as_dict() == {
        "id": "hidden.peer", "role": "app", "kind": "hidden", "resource": "shop",
        "attribute": "peer", "check": "peer", "subject": "", "reason": "there is a pooler",
    }  # fmt: skip


def test_a_malformed_declaration_is_refused_by_its_place():
    with pytest.raises(DeclarationError, match=r"resources\[app\]\[1\]: kind 'sockets'"):
        compare({"app": [{"kind": "link", "path": "/x"}, {"kind": "sockets"}]})


def test_what_two_roles_declare_alike_is_compared_once(tmp_path):
    resource = {"kind": "directory", "path": str(tmp_path)}
    assert len(compare({"app": [resource], "database": [dict(resource)]}).compared) == 1


def test_an_error_of_the_system_is_a_difference(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / ".manifest").write_bytes(b"")
    (path / ".complete").mkdir()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    found = compare({"app": [{"kind": "file", "path": f"{loop}/x", "content": ""}]})
    assert [d.id for d in found.differences] == ["file.readable"]


def test_what_takes_long_is_begun_before_anything_is_read(monkeypatch, tmp_path):
    done = []
    slow = types.SimpleNamespace(
        OPTIONS={}, CHECKS={}, identity=lambda _resource: "slow",
        begin=lambda _resource, _host: done.append("begin"),
        read=lambda _resource, _host: done.append("read slow"),
        compare=lambda _resource, _actual: [],
    )  # fmt: skip
    monkeypatch.setitem(KINDS, "slow", slow)
    monkeypatch.setattr(KINDS["directory"], "read", lambda *_: done.append("read") or {})
    monkeypatch.setattr(KINDS["directory"], "compare", lambda *_: [])
    compare({"app": [{"kind": "directory", "path": str(tmp_path)}, {"kind": "slow"}]})
    assert done == ["begin", "read", "read slow"]
