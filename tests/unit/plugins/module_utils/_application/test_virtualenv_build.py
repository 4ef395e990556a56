import os
import socket
import stat

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    build_user,
    virtualenv_build,
)

UID = os.getuid()


@pytest.fixture
def made(tmp_path):
    """What a build has made in /…/build/tree/.venv, to be used in /…/release/.venv."""
    root = tmp_path / "work" / "tree" / ".venv"
    site = root / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "bin" / "python3").symlink_to("/usr/bin/python3")
    (root / "bin" / "python").symlink_to("python3")
    (root / "lib64").symlink_to("lib")
    script = root / "bin" / "flask"
    script.write_text(f"#!{root}/bin/python3\n")
    script.chmod(0o775)
    (root / "pyvenv.cfg").write_text(f"command = /usr/bin/python3 -m venv {root}\n")
    (site / "module.py").write_text(f"# {root}\n")
    (site / "__editable__.app.pth").write_text(f"{root.parent}/src\n")
    (site / "module.py").chmod(0o666)
    os.utime(site / "module.py", (1_000_000_000, 1_000_000_000))
    return root


def take_over(made):
    fresh = made.parents[2] / "new"
    places = (str(made.parent), "/srv/app/releases/1")
    virtualenv_build.take_over(str(made), str(fresh), UID, places)
    return fresh


def test_a_build_is_taken_over_for_its_place(made):
    fresh = take_over(made)
    assert (fresh / "bin" / "flask").read_text() == "#!/srv/app/releases/1/.venv/bin/python3\n"
    assert (fresh / "pyvenv.cfg").read_text().endswith("/srv/app/releases/1/.venv\n")
    site = fresh / "lib64" / "python3.11" / "site-packages"
    assert (site / "__editable__.app.pth").read_text() == "/srv/app/releases/1/src\n"
    # Byte code knows it by its time, and nothing else in it is changed.
    assert (site / "module.py").stat().st_mtime == 1_000_000_000
    assert (site / "module.py").read_text() == f"# {made}\n"
    assert os.readlink(fresh / "bin" / "python3") == "/usr/bin/python3"


def test_nobody_else_may_write_what_was_taken_over(made):
    (made / "bin" / "flask").chmod(0o6777)
    fresh = take_over(made)
    for path in [fresh, *fresh.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert path.is_symlink() or mode in (0o755, 0o644), path
    assert os.access(fresh / "bin" / "flask", os.X_OK)


def test_a_file_that_is_still_open_is_no_part_of_it(made):
    with (made / "lib" / "late.py").open("w") as stream:
        fresh = take_over(made)
        stream.write("changed later")
    assert (fresh / "lib" / "late.py").read_text() == ""


def bind(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    "plant",
    [
        lambda path: path.symlink_to("/etc/shadow"),
        lambda path: path.symlink_to("/etc"),
        lambda path: path.symlink_to("../../../../../../../etc/passwd"),
        lambda path: path.symlink_to("../../../outside"),
        lambda path: path.symlink_to("/usr/bin/python3"),
        os.mkfifo,
    ],
)
def test_what_has_no_place_in_an_environment_is_refused(made, plant):
    plant(made / "lib" / "planted")
    with pytest.raises(build_user.BuildError, match="lib/planted"):
        take_over(made)


def test_a_socket_is_refused(made, tmp_path, monkeypatch):
    monkeypatch.chdir(made / "lib")
    bind("planted")
    with pytest.raises(build_user.BuildError, match="lib/planted"):
        take_over(made)


def test_another_users_file_is_refused(made):
    """A hard link, where the kernel lets one be made."""
    with pytest.raises(build_user.BuildError, match="no file of its own"):
        virtualenv_build.take_over(str(made), str(made.parent / "new"), UID + 1, ("a", "b"))


def test_a_python_of_somebody_else_is_refused(made, tmp_path):
    foreign = tmp_path / "python3"
    foreign.write_text("#!/bin/sh\n")
    foreign.chmod(0o777)
    (made / "bin" / "python3").unlink()
    (made / "bin" / "python3").symlink_to(foreign)
    with pytest.raises(build_user.BuildError, match="bin/python3"):
        take_over(made)
