import io
import os
import tarfile

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application.source_tree import (
    SourceTreeError,
    archive,
    digest,
    entries,
)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for name in ("app.py", "pkg/__init__.py", ".git/HEAD", "pkg/__pycache__/x.pyc", "ünï cöde"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "link").symlink_to("app.py")
    return root


EXCLUDE = [".git", "__pycache__"]


def test_entries_are_sorted_and_without_the_excluded(tree):
    assert entries(tree, EXCLUDE) == ["app.py", "link", "pkg/__init__.py", "ünï cöde"]


def test_digest_depends_on_the_content_alone(tree):
    before = digest(tree, EXCLUDE)
    os.utime(tree / "app.py", (1, 1))
    (tree / ".git" / "HEAD").write_text("another commit")
    assert digest(tree, EXCLUDE) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "app.py").write_text("changed"),
        lambda root: (root / "app.py").chmod(0o755),
        lambda root: (root / "app.py").rename(root / "other.py"),
        lambda root: (root / "new.py").write_text(""),
        lambda root: ((root / "link").unlink(), (root / "link").symlink_to("pkg")),
    ],
)
def test_digest_sees_every_change(tree, change):
    before = digest(tree, EXCLUDE)
    change(tree)
    assert digest(tree, EXCLUDE) != before


def test_archive_is_the_same_every_time(tree):
    first = archive(tree, EXCLUDE)
    os.utime(tree / "app.py", (1, 1))
    assert archive(tree, EXCLUDE) == first


def test_archive_belongs_to_root_and_is_for_all_to_read(tree):
    (tree / "app.py").chmod(0o700)
    (tree / "pkg/__init__.py").chmod(0o666)
    with tarfile.open(fileobj=io.BytesIO(archive(tree, EXCLUDE))) as packed:
        members = {m.name: (m.uid, m.gid, m.mode) for m in packed if m.isfile()}
    assert members["app.py"] == (0, 0, 0o755)
    assert members["pkg/__init__.py"] == (0, 0, 0o644)


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "not a directory"), ("empty", "no files")]
)
def test_source_without_files_is_refused(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceTreeError, match=message):
        digest(tmp_path / name)


def test_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"abc")
    assert digest(tmp_path / "a.zip").startswith("ba7816bf")


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceTreeError, match=r"/pipe is a device, a pipe or a socket; exclude it"):
        digest(str(tmp_path))
    (tmp_path / "file").touch()
    assert digest(str(tmp_path), ["pipe"])
