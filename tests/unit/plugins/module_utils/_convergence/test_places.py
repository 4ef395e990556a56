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
    ("name", "directory", "link", "removal"),
    [
        ("nothing", True, True, False),
        ("file", "no directory", "no link", True),
        ("directory", False, "no link", "a directory"),
        ("link", "no directory", False, True),
        ("dangling", "no directory", True, True),
    ],
)
def test_what_is_to_be_done(root, name, directory, link, removal):
    path = str(root / name)
    for ask, expected in (
        (lambda: places.needs_directory(path), directory),
        (lambda: places.needs_link(path, "directory"), link),
        (lambda: places.needs_removal(path), removal),
    ):
        if isinstance(expected, bool):
            assert ask() is expected
        else:
            with pytest.raises(places.PlaceError, match=expected):
                ask()


@pytest.mark.parametrize("name", ["nothing", "link", "dangling"])
def test_a_link_is_made_or_moved(root, name):
    # What a run left that was killed.
    (root / f"{name}.new").symlink_to("x")
    places.link(str(root / name), "file")
    assert (root / name).readlink().name == "file"
    assert not (root / f"{name}.new").is_symlink()
