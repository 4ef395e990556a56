import hashlib
import os
import shutil
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    proofs,
    sealed_tree,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import readings


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for name in ("a.py", "shop/b.py", "shop/deep/c.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "link").symlink_to("shop")
    sealed_tree.note(str(root))
    return root


def changes(root):
    found = sealed_tree.entries(str(root), {sealed_tree.MANIFEST})
    return sealed_tree.changes(str(root), found, sealed_tree.noted(str(root)))


def edit_in_the_past(root):
    before = os.stat(root / "a.py")
    (root / "a.py").write_text("A.py")
    os.utime(root / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path, make):
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    make(path)


def add_byte_code(root, name):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"x" * 20)


CHANGES = [
    ("nothing", lambda root: None, ([], {}, {}, {})),
    ("a file got another time", lambda root: os.utime(root / "a.py"), ([], {}, {}, {})),
    ("an edit in the past", edit_in_the_past, ([], {"a.py": ""}, {}, {})),
    ("a file went", lambda root: (root / "a.py").unlink(), (["a.py"], {}, {}, {})),
    ("a folder went", lambda root: shutil.rmtree(root / "shop"), (["shop"], {}, {}, {})),
    ("a file came", lambda root: (root / "x").write_text(""), ([], {}, {"x": ""}, {})),
    ("a folder came", lambda root: shutil.copytree(root / "shop", root / "x"),
     ([], {}, {"x": "a directory"}, {})),
    ("an empty folder came", lambda root: (root / "x").mkdir(), ([], {}, {}, {})),
    ("a link came", lambda root: (root / "x").symlink_to("/no"),
     ([], {}, {"x": "a link to /no"}, {})),
    ("a named pipe came", lambda root: os.mkfifo(root / "x"), ([], {}, {"x": "a named pipe"}, {})),
    ("a link was moved", lambda root: replace(root / "link", lambda p: p.symlink_to("/no")),
     ([], {"link": "a link to /no"}, {}, {})),
    ("a link became a file of the same text",
     lambda root: replace(root / "link", lambda p: p.write_text("shop")),
     ([], {"link": ""}, {}, {})),
    ("a file became a link to the same", lambda root: (
        shutil.copy(root / "a.py", root.parent),
        replace(root / "a.py", lambda p: p.symlink_to("../a.py"))),
     ([], {"a.py": "a link to ../a.py"}, {}, {})),
    ("a file became a named pipe", lambda root: replace(root / "a.py", os.mkfifo),
     ([], {"a.py": "a named pipe"}, {}, {})),
    ("a file became a folder",
     lambda root: replace(root / "a.py", lambda p: (p / "x").mkdir(parents=True)),
     ([], {"a.py": "a directory"}, {}, {})),
    ("a folder became a link", lambda root: (
        shutil.move(root / "shop", root.parent / "s"), (root / "shop").symlink_to("../s")),
     ([], {"shop": "a link to ../s"}, {}, {})),
    ("a folder became a file", lambda root: replace(root / "shop", lambda p: p.write_text("")),
     ([], {"shop": ""}, {}, {})),
    ("byte code came", lambda root: add_byte_code(root, "x.pyc"),
     ([], {}, {}, {"x.pyc": ["of no source that is there", True]})),
    ("byte code of nothing", lambda root: add_byte_code(root, "shop/__pycache__/x.cpython-311.pyc"),
     ([], {}, {}, {"shop/__pycache__": ["of no source that is there", False]})),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in CHANGES],
                         ids=[row[0] for row in CHANGES])  # fmt: skip
def test_changes(tree, change, expected):
    change(tree)
    assert tuple(changes(tree)) == expected


def test_sha256sum_writes_the_same_of_files(tree):
    (tree / "link").unlink()
    (tree / ".manifest").unlink()
    sealed_tree.note(str(tree))
    command = ["sha256sum", "--zero", "./a.py", "./shop/b.py", "./shop/deep/c.py"]
    written = subprocess.run(command, cwd=tree, capture_output=True, check=True).stdout
    assert (tree / ".manifest").read_bytes() == written
    assert sealed_tree.noted(str(tree))["a.py"] == hashlib.sha256(b"a.py").hexdigest()


@pytest.mark.parametrize("make", [lambda p: p.symlink_to("x"), lambda p: p.mkdir(), lambda p: None])
def test_what_is_no_manifest(tree, make):
    replace(tree / ".manifest", make)
    assert sealed_tree.noted(str(tree)) is None


def rights(root):
    """What is wrong, without what is because the tests do not run as root."""
    found = sealed_tree.entries(str(root))
    return [each for each in sealed_tree.rights(str(root), found, {"shop"}) if each[2][-2:] != "'s"]


@pytest.mark.parametrize(
    ("path", "mode", "expected"),
    [
        ("a.py", 0o644, []),
        ("a.py", 0o444, []),
        ("a.py", 0o600, [["mode", "a.py", "0600"]]),
        ("a.py", 0o4755, [["mode", "a.py", "4755"]]),
        ("a.py", 0o2755, [["mode", "a.py", "2755"]]),
        ("shop/deep", 0o750, [["mode", "shop/deep", "0750"]]),
        ("shop/deep", 0o1755, [["mode", "shop/deep", "1755"]]),
        # What need not be read.
        ("shop", 0o700, []),
    ],
)
def test_rights(tree, path, mode, expected):
    (tree / path).chmod(mode)
    assert rights(tree) == expected
    (tree / path).chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that are root's")
@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_what_others_may_write(tree, mode):
    (tree / "a.py").chmod(mode)
    assert rights(tree) == [["writable", "a.py", f"{mode:04o}"]]


def test_a_look_is_taken_once_and_again_after_each_change(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(proofs.read, "__defaults__", (str(tmp_path / "kept"),))
    looks = []

    def ask(anew=False):
        host = readings.Host(anew=anew)
        found = sealed_tree.entries(str(tree))
        answer = sealed_tree.once(
            "x", str(tree), found, host, lambda: looks.append(1) or {"n": len(looks)}
        )
        for name, (key, proven) in host.learned.items():
            proofs.write(name, key, proven, str(tmp_path / "kept"))
        return answer["n"]

    assert [ask(), ask()] == [1, 1]
    assert ask(anew=True) == 2
    edit_in_the_past(tree)
    assert [ask(), ask()] == [3, 3]
    (tree / "a.py").chmod(0o600)
    assert [ask(), ask()] == [4, 4]
