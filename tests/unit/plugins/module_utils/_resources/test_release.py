import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release
from ansible_collections.flaskops.stack.plugins.module_utils._resources import release as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a b.py").write_text("x = 1\n")
    (tmp_path / "shop" / "own.pyc").write_text("")  # It came with the source.
    tmp_path.chmod(0o755)
    sealed_release.seal(str(tmp_path), "1")
    return tmp_path


def found(root, build=()):
    resource = {
        "path": str(root), "repository": (root / ".git" / "HEAD").exists(), "shared": [],
        "state": "", "user": "", "build": build,
    }  # fmt: skip
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
    for name in (".venv", ".git"):
        (root / name).mkdir()
        (root / name / "x").write_text("")
    (root / ".git").chmod(0o700)
    os.utime(root / "shop" / "a b.py", (1, 1))


def run(root):
    (root / "shop" / "__pycache__").mkdir()
    (root / "shop" / "__pycache__" / "a b.cpython-311.pyc").write_text("")


def link(root):
    (root / "shop" / "a b.py").rename(root / ".venv")
    (root / "shop" / "a b.py").symlink_to("../.venv")


def close(root):
    (root / "shop" / "a b.py").chmod(0o600)
    (root / "shop" / "own.pyc").chmod(0o600)


def become_a_link(root):
    root.rename(root.with_name("moved"))
    root.symlink_to("moved")


def exchange_byte_code(root):
    (root / "shop" / "own.pyc").write_text("x")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ignored, []),
        (run, [("byte_code shop/__pycache__", "unexpected")]),
        (exchange_byte_code, [("byte_code shop/own.pyc", "different")]),
        (link, [("file shop/a b.py", "different")]),
        # One finding, however many files.
        (close, [("mode shop/a b.py", "different")]),
        (become_a_link, [("complete", "different")]),
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


BUILT = '{"commands": [["npm", "ci"]], "added": {}, "changed": {}, "removed": []}'


@pytest.mark.parametrize(
    ("built", "declared", "expected"),
    [
        ("", [], []),
        ("", ["npm ci"], [("build", "missing")]),
        (BUILT, [["npm", "ci"]], []),
        (BUILT, ["npm ci", "npm run build"], [("build", "different")]),
        (BUILT, [], [("build", "different")]),
    ],
)
def test_the_commands_that_made_it(root, built, declared, expected):
    if built:
        (root / ".built").write_text(built)
    assert found(root, declared) == expected


@pytest.fixture
def linked(root):
    """The release, with a path that survives it."""
    state = root.with_name(f"{root.name}-state")
    (state / "shop" / "uploads").mkdir(parents=True)
    (root / "shop" / "uploads").symlink_to(state / "shop" / "uploads")
    sealed_release.seal(str(root), "1", ["shop/uploads"])
    return root, state


def found_shared(linked, shared=("shop/uploads",), user=""):
    root, state = linked
    resource = {
        "path": str(root), "repository": False, "shared": list(shared), "state": str(state),
        "user": user, "build": [],
    }  # fmt: skip
    actual = kind.read(resource, None)
    return [
        (d.attribute, d.direction, d.owned)
        for d in kind.compare(resource, actual)
        if d.check != "writable"
    ]


def unlink(root, _state):
    (root / "shop" / "uploads").unlink()


def lead_elsewhere(root, _state):
    unlink(root, _state)
    (root / "shop" / "uploads").symlink_to("/tmp")


def have_files_of_its_own(root, _state):
    unlink(root, _state)
    (root / "shop" / "uploads").mkdir()
    (root / "shop" / "uploads" / "x").write_text("")


def lose_the_folder(_root, state):
    (state / "shop" / "uploads").rename(state / "moved")


def have_a_file_for_a_folder(root, state):
    lose_the_folder(root, state)
    (state / "shop" / "uploads").write_text("")


def upload(_root, state):
    (state / "shop" / "uploads" / "x").write_text("")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (upload, []),
        (unlink, [("shared shop/uploads", "missing", True)]),
        (lead_elsewhere, [("shared shop/uploads", "different", True)]),
        (have_files_of_its_own, [("shared shop/uploads", "different", True)]),
        (lose_the_folder, [("shared shop/uploads", "missing", True)]),
        # What is there, is for people to decide about.
        (have_a_file_for_a_folder, [("place shop/uploads", "different", False)]),
    ],
)
def test_a_path_that_survives_the_release(linked, change, expected):
    assert found_shared(linked) == []
    change(*linked)
    assert found_shared(linked) == expected


def test_a_folder_that_is_not_the_applications(linked):
    assert found_shared(linked, user="shop") == [("place shop/uploads", "different", False)]


def test_a_link_that_is_declared_no_more(linked):
    assert found_shared(linked, shared=[]) == [("file shop/uploads", "unexpected", True)]


def test_findings_have_an_end(root):
    for number in range(1000):
        (root / f"{number}.py").write_text("")
    assert len(found(root)) == 20


@pytest.mark.parametrize(
    ("mounted", "expected"),
    [
        (["shop"], [("mounted shop", "unexpected"), ("file extra.py", "unexpected")]),
        (["."], [("mounted .", "unexpected")]),
        (["shop/a b.py"], [("mounted shop/a b.py", "unexpected"), ("file extra.py", "unexpected")]),
    ],
)
def test_what_a_mount_hides_is_not_told(root, monkeypatch, mounted, expected):
    edit(root)
    (root / "extra.py").write_text("")
    points = [os.path.normpath(root / each) for each in mounted]
    monkeypatch.setattr(kind.mounts, "within", lambda _root: points)
    assert found(root) == expected


def test_a_mount_over_a_release_that_was_none(tmp_path, monkeypatch):
    monkeypatch.setattr(kind.mounts, "within", lambda root: [root])
    assert found(tmp_path) == [("mounted .", "unexpected")]
