import os
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import build_user

UID = os.getuid()


def test_root_builds_nothing():
    with pytest.raises(build_user.BuildError, match="root"):
        build_user.account("root")


def test_all_processes_of_a_user_end(monkeypatch):
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    is_of = build_user._is_of
    assert is_of(process.pid, UID)
    assert not is_of(process.pid, UID + 1)
    # Of all that are of this user, the one that the test has started.
    monkeypatch.setattr(
        build_user, "_is_of", lambda pid, uid: pid == process.pid and is_of(pid, uid)
    )
    build_user.end_processes(UID)
    assert process.wait(5) == -9


def test_what_is_not_of_the_source_stays_behind(tmp_path):
    for name in (
        "a.py", ".complete", ".built", ".venv/x", ".git/config", ".git/HEAD", "static/.venv",
        "static/made.css", "static/kept.css",
    ):  # fmt: skip
        (tmp_path / "release" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "release" / name).write_text("")
    tree = tmp_path / "tree"
    build_user.copy_source(str(tmp_path / "release"), str(tree), {"static/made.css"})
    found = sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())
    assert found == [".git/HEAD", "a.py", "static/.venv", "static/kept.css"]


@pytest.mark.parametrize(
    ("target", "is_beside"),
    [("b", True), ("../b", True), ("../../b", False), ("/etc/passwd", False), ("..", True)],
)
def test_a_link_may_lead_to_what_is_beside_it(tmp_path, target, is_beside):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").symlink_to(target)
    found = build_user.beside(str(tmp_path / "folder" / "a"), str(tmp_path))
    assert found == (target if is_beside else None)


def test_a_file_that_was_exchanged_is_refused(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(build_user.BuildError, match="a was exchanged"):
        build_user.copy_file(str(tmp_path / "a"), str(tmp_path / "b"), "a", UID + 1, bytes)
