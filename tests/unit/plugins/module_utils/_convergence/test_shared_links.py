import os
import pwd

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import (
    places,
    shared_links,
)

PATHS = ["static/uploads", "instance"]


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A release with static/uploads/logo, and an empty directory of the application's."""
    monkeypatch.setattr(places, "KEPT", str(tmp_path / "kept"))
    (tmp_path / "state").mkdir()
    release(tmp_path, "1")
    return tmp_path


def release(host, name):
    root = host / name
    (root / "static" / "uploads").mkdir(parents=True)
    (root / "static" / "uploads" / "logo").write_text(name)
    return root


def put(host, name="1", paths=None):
    account = pwd.getpwuid(os.getuid())
    return shared_links.put(str(host / name), str(host / "state"), account, paths or PATHS)


def test_the_folders_begin_with_what_the_source_has(host):
    assert put(host) == PATHS
    uploads = host / "state" / "static" / "uploads"
    assert os.readlink(host / "1" / "static" / "uploads") == str(uploads)
    assert (uploads / "logo").read_text() == "1"
    assert list((host / "state" / "instance").iterdir()) == []
    for folder in (uploads, uploads.parent, host / "state" / "instance"):
        assert folder.stat().st_mode & 0o7777 == 0o750
    assert put(host) == []


def test_nothing_in_a_folder_is_overwritten(host):
    put(host)
    (host / "state" / "static" / "uploads" / "logo").write_text("uploaded")
    release(host, "2")
    assert put(host, "2") == PATHS
    assert (host / "2" / "static" / "uploads" / "logo").read_text() == "uploaded"
    # Each release has a link, and none has anything of its own there.
    assert (host / "1" / "static" / "uploads").is_symlink()


def test_a_copy_that_was_broken_off_is_made_again(host):
    partial = host / "state" / "static" / "uploads.new"
    partial.mkdir(parents=True)
    (partial / "half").write_text("")
    put(host)
    assert os.listdir(host / "state" / "static" / "uploads") == ["logo"]


def file(root):
    (root / "instance").write_text("")


def link(root):
    (root / "instance").symlink_to("static")


def above(root):
    (root / "data").symlink_to("static")


@pytest.mark.parametrize(
    ("source", "path", "told"),
    [
        (file, "instance", "app_shared_paths has instance, which is a file in the source"),
        (link, "instance", "app_shared_paths has instance, which is a link in the source"),
        (above, "data/x", "app_shared_paths has data/x, and data of the source is no directory"),
    ],
)
def test_what_stands_in_the_way_is_named(host, source, path, told):
    source(host / "1")
    with pytest.raises(shared_links.SharedError, match=told):
        put(host, paths=[path])


def test_a_file_in_the_folders_place_is_named(host):
    (host / "state" / "instance").write_text("")
    with pytest.raises(shared_links.SharedError, match=f"instance, and {host}/state/instance: "):
        put(host, paths=["instance"])


def test_links_go_before_code_comes_and_what_is_foreign_is_kept(host):
    put(host)
    root = host / "1"
    (root / "wsgi.py").write_text("")
    sealed_release.seal(str(root), "1", PATHS)
    (root / "instance").unlink()
    (root / "instance").mkdir()
    (root / "instance" / "by-hand").write_text("")
    assert shared_links.take(str(root), PATHS) == PATHS
    assert sorted(os.listdir(root / "static")) == []
    assert (host / "state" / "static" / "uploads" / "logo").exists()
    [kept] = (host / "kept").iterdir()
    assert os.listdir(kept) == ["by-hand"]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_code_that_was_never_linked_stays(host, is_sealed):
    """Of a run that was broken off, and of a path that is declared later."""
    if is_sealed:
        sealed_release.seal(str(host / "1"), "1")
    assert shared_links.take(str(host / "1"), PATHS) == []
    assert (host / "1" / "static" / "uploads" / "logo").exists()
