import json
import os
import pwd

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    build_user,
    release_build,
)

COMMANDS = [["make", "all"]]


@pytest.fixture
def build(tmp_path):
    """A release, and the build user's copy of it."""
    root = tmp_path / "release"
    for name, text in {
        "style.src": "red", "static/old.css": "old", "static/kept.css": "kept", "gone.txt": "",
        ".complete": "1", ".venv/bin/flask": "#!/x", "uploads/logo": "logo",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    workspace = str(tmp_path / ".build")
    account = pwd.getpwuid(os.getuid())
    return release_build.Build(account, str(root), str(root), workspace, COMMANDS, ["uploads"])


def made(build, before=release_build.NOTHING, make=None):
    """What root takes over of a copy that make() has changed."""
    fresh = release_build._prepare(build, before)
    tree = os.path.join(build.workspace, "tree")
    if make:
        make(tree)
    found = release_build._collect(build, fresh)
    record = release_build._made(build, fresh, found, before)
    release_build._put(build, fresh, found)
    os.rename(build.workspace, f"{build.workspace}.{len(os.listdir(os.path.dirname(build.root)))}")
    return record


def write(tree, name, text):
    path = os.path.join(tree, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def make(tree):
    assert sorted(os.listdir(tree)) == [".venv", "gone.txt", "static", "style.src"]
    write(tree, "static/new/style.css", f"red /* {tree}/style.src */")
    write(tree, "static/old.css", "newer")
    os.unlink(os.path.join(tree, "gone.txt"))
    os.symlink("new/style.css", os.path.join(tree, "static", "link.css"))
    write(tree, ".venv/extra", "")


def there(build):
    return sorted(
        os.path.relpath(os.path.join(folder, name), build.root)
        for folder, _folders, names in os.walk(build.root)
        for name in names
    )


def test_what_was_made_is_a_part_of_the_release(build):
    record = made(build, make=make)
    assert there(build) == [
        ".complete", ".venv/bin/flask", "static/kept.css", "static/link.css",
        "static/new/style.css", "static/old.css", "style.src", "uploads/logo",
    ]  # fmt: skip
    # A text has the place where it is.
    with open(os.path.join(build.root, "static/new/style.css"), encoding="utf-8") as stream:
        assert stream.read() == f"red /* {build.root}/style.src */"
    assert record.commands == COMMANDS
    assert sorted(record.added) == ["static/link.css", "static/new/style.css"]
    assert (sorted(record.changed), record.removed) == (["static/old.css"], ["gone.txt"])
    assert release_build.is_done(build.root, COMMANDS, record)


def edit(build):
    write(build.root, "static/new/style.css", "blue")


def restore_the_source(build):
    write(build.root, "static/old.css", "old")


def bring_back(build):
    write(build.root, "gone.txt", "")


def become_a_folder(build):
    os.unlink(os.path.join(build.root, "static/link.css"))
    os.mkdir(os.path.join(build.root, "static/link.css"))


@pytest.mark.parametrize("change", [edit, restore_the_source, bring_back, become_a_folder])
def test_what_is_not_there_any_more_is_made_again(build, change):
    before = made(build, make=make)
    change(build)
    assert not release_build.is_done(build.root, COMMANDS, before)
    # As the role does it: the source comes first.
    write(build.root, "gone.txt", "")
    write(build.root, "static/old.css", "old")
    assert made(build, before, make) == before
    assert release_build.is_done(build.root, COMMANDS, before)


def test_what_former_commands_made_goes(build):
    before = made(build, make=make)
    write(build.root, "gone.txt", "")
    write(build.root, "static/old.css", "old")
    record = made(build._replace(commands=[]), before)
    assert (record.added, record.changed, record.removed) == ({}, {}, [])
    assert "static/new/style.css" not in there(build)
    assert not release_build.is_done(build.root, COMMANDS, record)
    assert release_build.is_done(build.root, [], record)


@pytest.mark.parametrize("target", ["/etc/shadow", "../../outside", "../.."])
def test_a_link_out_of_the_release_is_refused(build, target):
    with pytest.raises(build_user.BuildError, match=f"made the link static/x to {target}"):
        made(build, make=lambda tree: os.symlink(target, os.path.join(tree, "static", "x")))
    assert "static/x" not in there(build)


def test_what_is_no_file_is_refused(build):
    with pytest.raises(build_user.BuildError, match="made static/x, which is no file"):
        made(build, make=lambda tree: os.mkfifo(os.path.join(tree, "static", "x")))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"commands": []}', '{"other": 1}'])
def test_a_record_that_cannot_be_read_is_none(build, text):
    write(build.root, ".built", text)
    assert release_build.recorded(build.root) == release_build.NOTHING


def test_a_record_is_read_as_it_was_written(build):
    record = release_build.Record(COMMANDS, {"a": "1"}, {"b": "2"}, ["c"])
    write(build.root, ".built", json.dumps(record._asdict()))
    assert release_build.recorded(build.root) == record


@pytest.mark.parametrize(
    ("code", "text", "first", "last"),
    [
        (1, "one\nno colour", 'app_build: "make all" ended with 1: no colour', "(app_build)"),
        (127, "make: command not found", "make: command not found",
         "app_build_packages: [build-essential, python3-dev]"),
        (127, "npm: command not found", "npm: command not found", "app_build_packages: [npm]"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_command_that_fails(code, text, first, last):
    lines = release_build.refusal(["make", "all"], code, text, lambda _name: None).splitlines()
    assert first in lines[0]
    assert last in lines[-1]
