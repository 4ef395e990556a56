import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import release_clean


@pytest.fixture
def release(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    root = tmp_path / "release"
    for name in ("a.py", "shop/b.py", "shop/deep/c.py", ".venv/d", ".git/config"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / ".git").chmod(0o700)
    (root / "shop" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_text("")
    (tmp_path / "outside" / "precious").chmod(0o600)
    return root


def there(release):
    return sorted(
        str(path.relative_to(release)) for path in release.rglob("*") if not path.is_dir()
    )


ALL = [".git/config", ".venv/d", "a.py", "shop/b.py", "shop/deep/c.py"]


@pytest.mark.parametrize(
    ("names", "clear", "left"),
    [
        ([], False, ALL),
        (["a.py", "no"], False, [".git/config", ".venv/d", "shop/b.py", "shop/deep/c.py"]),
        (["shop"], False, [".git/config", ".venv/d", "a.py"]),
        (["shop", "shop/b.py"], False, [".git/config", ".venv/d", "a.py"]),
        # Nothing behind a link, and nothing beside the release.
        (["shop/link/precious", "../outside", ".", ""], False, ALL),
        ([], True, [".git/config", ".venv/d"]),
    ],
)
def test_what_goes(release, names, clear, left):
    release_clean.clean(str(release), names, clear)
    assert there(release) == left
    assert (release.parent / "outside" / "precious").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("path", "mode", "after"),
    [
        ("a.py", 0o600, 0o644),
        ("a.py", 0o4755, 0o755),
        ("a.py", 0o666, 0o644),
        ("shop/deep", 0o700, 0o755),
        ("shop/deep", 0o2777, 0o755),
        (".git", 0o777, 0o755),
        (".git", 0o700, 0o700),
        (".venv/d", 0o600, 0o644),
    ],
)
def test_rights(release, path, mode, after):
    (release / path).chmod(mode)
    release_clean.clean(str(release), [], False)
    assert (release / path).stat().st_mode & 0o7777 == after


def test_a_link_in_its_place_goes(release):
    release.rename(release.with_name("moved"))
    release.symlink_to("moved")
    assert release_clean.clean(str(release), ["a.py"], True) == ["."]
    assert not os.path.lexists(release)
    assert (release.with_name("moved") / "a.py").exists()


def test_links_to_what_survives_a_release_go(release):
    (release / "shop" / "uploads").symlink_to(release.parent / "outside")
    release_clean.clean(str(release), [], False, ["shop/uploads"])
    assert not os.path.lexists(release / "shop" / "uploads")
    assert (release.parent / "outside" / "precious").exists()


def test_nothing_may_be_there(tmp_path):
    assert release_clean.clean(str(tmp_path / "no"), ["a"], True) == []


def test_nothing_is_removed_where_something_is_mounted(release, monkeypatch):
    monkeypatch.setattr(release_clean.mounts, "within", lambda root: [f"{root}/a.py"])
    with pytest.raises(OSError, match=r"umount .*/a\.py"):
        release_clean.clean(str(release), ["shop"], clear=True)
    assert set(ALL) <= set(there(release))
