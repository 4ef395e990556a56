import os
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import places


@pytest.fixture
def root(tmp_path):
    """One of each."""
    (tmp_path / "file").write_text("somebody's")
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("directory")
    (tmp_path / "dangling").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "directory", "link", "removal", "file"),
    [
        ("nothing", True, True, False, False),
        ("file", True, True, True, True),
        ("directory", False, True, True, False),
        ("link", "is a link to directory, and no", False, True, False),
        ("dangling", "is a link to nowhere, and no", True, True, False),
    ],
)
def test_what_is_to_be_done(root, name, directory, link, removal, file):
    path = str(root / name)
    for ask, expected in (
        (lambda: places.needs_directory(path), directory),
        (lambda: places.needs_link(path, "directory"), link),
        (lambda: places.needs_removal(path), removal),
        (lambda: places.is_file(path), file),
    ):
        if isinstance(expected, bool):
            assert ask() is expected
        else:
            with pytest.raises(places.PlaceError, match=expected):
                ask()


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("nothing", False), ("file", True), ("directory", False), ("full", True), ("link", False),
        ("dangling", False), ("pipe", False),
    ],
)  # fmt: skip
def test_nothing_is_lost_of_what_is_in_the_way(root, monkeypatch, name, is_kept):
    monkeypatch.setattr(places, "KEPT", str(root / "kept"))
    (root / "full").mkdir()
    (root / "full" / "file").write_text("somebody's")
    os.mkfifo(root / "pipe")
    kept = places.clear(str(root / name))
    assert not os.path.lexists(root / name)
    assert bool(kept) == is_kept
    if is_kept:
        found = Path(kept) / "file" if name == "full" else Path(kept)
        assert found.read_text() == "somebody's"
        assert (root / "kept").stat().st_mode & 0o777 == 0o700
    # What a link led to is there.
    assert (root / "file").exists() or name == "file"


@pytest.mark.parametrize("name", ["nothing", "link", "dangling"])
def test_a_link_is_made_or_moved(root, name):
    # What a run left that was killed.
    (root / f"{name}.new").symlink_to("x")
    places.link(str(root / name), "file")
    assert (root / name).readlink().name == "file"
    assert not (root / f"{name}.new").is_symlink()
