import hashlib
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_release


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
    manifest = (release / ".manifest").read_bytes()
    digests = sealed_release.parse(manifest)
    assert digests.keys() == {"shop/a b.py", "shop/\n.txt", "shop/.complete"}
    assert digests["shop/a b.py"] == hashlib.sha256(b"one").hexdigest()
    assert (release / ".complete").read_text() == "1.4\n"
    assert [(release / n).stat().st_mode & 0o777 for n in (".manifest", ".complete")] == [0o644] * 2


def test_sha256sum_writes_the_same(release):
    sealed_release.seal(str(release), "1.4")
    command = [
        "sha256sum",
        "--zero",
        *sorted(["./shop/a b.py", "./shop/\n.txt", "./shop/.complete"]),
    ]
    written = subprocess.run(command, cwd=release, capture_output=True, check=True).stdout
    assert (release / ".manifest").read_bytes() == written


def test_a_second_seal_is_that_of_the_first(release):
    sealed_release.seal(str(release), "1.4")
    before = (release / ".manifest").read_bytes()
    sealed_release.seal(str(release), "1.4")
    assert (release / ".manifest").read_bytes() == before


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
