import hashlib

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import release as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a b.py").write_text("x = 1\n")
    (tmp_path / ".complete").write_text("1\n")
    digest = hashlib.sha256(b"x = 1\n").hexdigest()
    (tmp_path / ".manifest").write_text(f"{digest}  ./shop/a b.py\0")
    return tmp_path


def found(root):
    resource = {"path": str(root), "repository": (root / ".git" / "HEAD").exists()}
    return [
        d
        for d in attributes(kind.compare(resource, kind.read(resource, None)))
        if not d[0].startswith("writable")  # Tests may run as somebody else than root.
    ]


def edit(root):
    (root / "shop" / "a b.py").write_text("x = 2\n")


def add(root):
    (root / "wsgi.py").write_text("")


def remove(root):
    (root / "shop" / "a b.py").unlink()


def interrupt(root):
    (root / ".complete").unlink()


def interrupt_before_the_manifest(root):
    (root / ".manifest").unlink()


def interrupt_a_repair(root):
    add(root)
    interrupt(root)


def deploy_a_branch(root):
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/release/1\n")


def deploy_a_tag(root):
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text(40 * "a" + "\n")


def ignored(root):
    for name in (".venv", ".git", "shop/__pycache__"):
        (root / name).mkdir()
        (root / name / "x").write_text("")
    (root / "shop" / "x.pyc").write_text("")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ignored, []),
        (edit, [("file shop/a b.py", "different")]),
        (add, [("file wsgi.py", "unexpected")]),
        (remove, [("file shop/a b.py", "missing")]),
        (deploy_a_tag, []),
        (deploy_a_branch, [("branch", "different")]),
        (interrupt, [("complete", "missing")]),
        (interrupt_before_the_manifest, [("complete", "missing")]),
        (interrupt_a_repair, [("complete", "missing"), ("file wsgi.py", "unexpected")]),
    ],
)
def test_difference(root, change, expected):
    assert found(root) == []
    change(root)
    assert found(root) == expected


def test_code_that_others_may_write():
    actual = {
        "branch": None,
        "is_complete": True,
        "manifest": {},
        "current": {},
        "writable": ["shop/a.py"],
    }
    assert attributes(kind.compare({"path": "/r"}, actual)) == [("writable shop/a.py", "different")]


def test_findings_have_an_end(root):
    for number in range(1000):
        (root / f"{number}.py").write_text("")
    assert len(found(root)) == kind.MAXIMUM
