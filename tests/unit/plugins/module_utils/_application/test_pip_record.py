import base64
import hashlib

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    pip_record,
    sealed_tree,
)

SITE = "lib/python3.11/site-packages"


def test_versions():
    paths = {
        f"{SITE}/Flask_WTF-1.2.1.dist-info/METADATA",
        f"{SITE}/shop-1.0.dist-info/METADATA",
        f"{SITE}/shop-1.0.dist-info/direct_url.json",
        f"{SITE}/x/vendored-9.dist-info/METADATA",
        f"{SITE}/flask/app.py",
    }
    assert pip_record.versions(paths) == {"flask-wtf": "1.2.1", "shop": "1.0"}
    assert pip_record.named_versions(paths) == {"flask-wtf": "1.2.1"}


def recorded(text):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("told", "claims", "expected"),
    [
        ("a/x.py", {"a/x.py": {"a": recorded(b"x")}}, ["a"]),
        ("a/x.py", {"a/x.py": {"a": recorded(b"edited")}}, [""]),
        # Byte code, and pip's own records.
        ("a/x.py", {"a/x.py": {"a": ""}}, ["a"]),
        ("a/x.py", {}, [""]),
        # Two claim it, of whom one says something else.
        ("a/x.py", {"a/x.py": {"a": recorded(b"x"), "b": recorded(b"y")}}, [""]),
        ("a", {"a/x.py": {"a": ""}, "a/y.py": {"b": ""}}, ["a", "b"]),
        ("a", {"a/x.py": {"a": ""}}, ["", "a"]),
        ("gone.py", {"gone.py": {"a": recorded(b"x")}}, ["a"]),
        ("gone.py", {}, []),
    ],
)
def test_owners(tmp_path, told, claims, expected):
    (tmp_path / "a").mkdir()
    for name in ("x", "y"):
        (tmp_path / "a" / f"{name}.py").write_text(name)
    found = sealed_tree.entries(str(tmp_path))
    assert pip_record.owners(str(tmp_path), found, claims, {told}) == {told: expected}
