import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    sealed_release,
    sealed_tree,
)


@pytest.fixture
def release(tmp_path):
    """A release's folder with code, and with what is none."""
    for name, text in {
        "shop/a b.py": "one", "shop/\n.txt": "two", "shop/__pycache__/a.pyc": "x", "b.pyc": "x",
        ".venv/lib/c.py": "x", ".git/HEAD": "x", ".archive": "x", "shop/.complete": "three",
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "link").symlink_to("shop")
    return tmp_path


def test_what_is_sealed_is_what_is_code(release):
    sealed_release.seal(str(release), "1.4")
    assert sealed_tree.noted(str(release)).keys() == {
        "shop/a b.py", "shop/\n.txt", "shop/.complete", "shop/__pycache__/a.pyc", "b.pyc", "link"
    }  # fmt: skip
    assert (release / ".complete").read_text() == "1.4\n"
    assert [(release / n).stat().st_mode & 0o777 for n in (".manifest", ".complete")] == [0o644] * 2


FIVE = [(1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "d"), (5.0, "e")]


@pytest.mark.parametrize(
    ("kept", "most", "removed"),
    [
        ([], 5, []),
        ([], 3, ["b", "a"]),
        (["e"], 3, ["b", "a"]),
        (["a"], 3, ["c", "b"]),
        (["a", "e"], 2, ["d", "c", "b"]),
        (["a", "b", "c"], 2, ["e", "d"]),
        (["nowhere"], 5, []),
    ],
)
def test_the_oldest_go(kept, most, removed):
    assert list(sealed_release.oldest(FIVE, kept, most)) == removed


def test_it_does_not_matter_in_which_order_a_folder_has_them():
    assert list(sealed_release.oldest(reversed(FIVE), [], 3)) == ["b", "a"]
