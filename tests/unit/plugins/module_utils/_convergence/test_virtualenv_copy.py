import json
import re
import shutil
import subprocess
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_tree
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import virtualenv_copy


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A release with a virtual environment as Python makes it, with pip in it."""
    root = tmp_path_factory.mktemp("releases") / "old"
    subprocess.run([sys.executable, "-m", "venv", root / ".venv"], check=True)
    sealed_tree.note(str(root / ".venv"))
    return root


@pytest.fixture
def release(original):
    """The same at the same place, complete and unchanged, and another one's requirements."""
    kept = original.with_name("kept")
    shutil.copytree(original, kept, symlinks=True)
    (original / "requirements.txt").write_text("# the same\npip>=1\n")
    (original / ".complete").write_text("old")
    yield original
    shutil.rmtree(original)
    kept.rename(original)


def obstacle(release, packages=(), directory=None):
    files = [str(release / name) for name in (".venv", ".complete")]
    found = virtualenv_copy.obstacle(
        *files, packages, str(directory or release), "requirements.txt", str(release)
    )
    # Tests may run as somebody else than root.
    return None if found and found.startswith("writable") else found


def site(release):
    return next((release / ".venv" / "lib").glob("python3*/site-packages"))


def write(name, text):
    return lambda release: (release / name).write_text(text)


def edit(release):
    with next(site(release).glob("pip/__main__.py")).open("a") as stream:
        stream.write("# hotfix\n")
    (release / ".complete").touch()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda release: None, None),
        (lambda release: (release / ".complete").unlink(), ".complete is not there"),
        (lambda release: shutil.rmtree(release / ".venv" / "bin"), "bin/python is not there"),
        (write("requirements.txt", "pip>=1\nflask\n"), "requirement flask: not installed"),
        (write("requirements.txt", "pip<1\n"), "requirement pip: "),
        (write("requirements.txt", "pip\n--index-url https://example.com\n"), "does not only"),
        (write("requirements.txt", "pip\n-r requirements.txt\n"), "does not only"),
        (write("requirements.txt", "pip\n-c constraints.txt\n"), "does not only"),
        (write("requirements.txt", "-e .\n"), "does not only"),
        (lambda release: (release / "requirements.txt").unlink(), "does not only"),
        (edit, "pip/__main__.py: edited"),
        (lambda release: (site(release) / "x.pth").write_text("import x"), "x.pth"),
        (lambda release: next(site(release).glob("pip/__main__.py")).unlink(), "not there"),
    ],
)
def test_obstacle(release, change, message):
    change(release)
    found = obstacle(release)
    assert found is None if message is None else message in found


@pytest.mark.parametrize(("digest", "message"), [("a", None), ("b", "does not only")])
def test_the_same_lock_needs_no_other_environment(release, tmp_path, digest, message):
    version = re.search(r"pip-([\d.]+)\.dist-info", str(sorted(site(release).iterdir())))[1]
    entry = {"pip": {"version": f"=={version}", "hashes": ["sha256:a"]}}
    (release / "requirements.txt").unlink()
    for folder in (release, tmp_path):
        (folder / "Pipfile.lock").write_text(json.dumps({"_meta": {}, "default": entry}))
        entry["pip"]["hashes"] = [f"sha256:{digest}"]
    found = obstacle(release, directory=tmp_path)
    (release / "Pipfile.lock").unlink()
    assert found is None if message is None else message in found


def test_a_copy_is_an_environment_of_its_own(release, tmp_path):
    copied = tmp_path / "new" / ".venv"
    copied.parent.mkdir()
    (copied.parent / ".venv.new").mkdir()  # What a run that was killed has left.
    virtualenv_copy.copy(str(release / ".venv"), str(copied))
    shown = subprocess.run([copied / "bin" / "pip", "--version"], capture_output=True, check=True)
    assert str(copied) in shown.stdout.decode()
    scripts = [path for path in (copied / "bin").iterdir() if path.is_file()]
    texts = [path.read_bytes() for path in scripts if not path.is_symlink()]
    assert len(texts) > 3
    assert not any(str(release).encode() in text for text in texts)
    assert not (copied.parent / ".venv.new").exists()


def test_a_copy_may_be_copied(release, tmp_path):
    shutil.copy(release / "requirements.txt", tmp_path)
    virtualenv_copy.copy(str(release / ".venv"), str(tmp_path / ".venv"))
    (tmp_path / ".complete").write_text("new")
    assert obstacle(tmp_path) is None
