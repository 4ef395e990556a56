import json
import os
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import places
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file
from ansible_collections.flaskops.stack.plugins.modules import install_files


@pytest.fixture
def install(capsys, tmp_path):
    """Run the module with files; returns its result."""

    def run(*files, **arguments):
        identity = {"owner": str(os.getuid()), "group": str(os.getgid()), "mode": "0644"}
        listed = [
            file if file.get("kind") == "link" else {"kind": "file", **identity, **file}
            for file in files
        ]
        place = {"_ansible_remote_tmp": str(tmp_path), "_ansible_diff": True}
        with patch_module_args({"resources": listed, **place, **arguments}):
            with pytest.raises(SystemExit):
                install_files.main()
        return json.loads(capsys.readouterr().out)

    before = os.umask(0o022)
    yield run
    os.umask(before)


def mode(path):
    return path.stat().st_mode & 0o7777


def test_files_are_written_once(install, tmp_path):
    files = [
        {"path": str(tmp_path / "a"), "content": "one\nünïcode % \\\n", "mode": "0640"},
        {"path": str(tmp_path / "b"), "content": ""},
    ]
    assert install(*files)["changed"]
    assert (tmp_path / "a").read_text() == "one\nünïcode % \\\n"
    assert (mode(tmp_path / "a"), mode(tmp_path / "b")) == (0o640, 0o644)
    assert not install(*files)["changed"]


def test_a_mode_is_mended(install, tmp_path):
    file = {"path": str(tmp_path / "a"), "content": "x", "mode": "0600"}
    install(file)
    (tmp_path / "a").chmod(0o666)
    assert install(file)["changed"]
    assert mode(tmp_path / "a") == 0o600


def test_a_list_goes_with_a_mode(install, tmp_path, monkeypatch):
    file = {"path": str(tmp_path / "a"), "content": "x", "mode": "0600"}
    install(file)
    monkeypatch.setattr(os, "listxattr", lambda *_, **__: ["system.posix_acl_access"])
    gone = []
    monkeypatch.setattr(os, "removexattr", lambda path, name, **_: gone.append((path, name)))
    assert install(file)["paths"] == [str(tmp_path / "a")]
    assert gone == [(str(tmp_path / "a"), "system.posix_acl_access")]


def test_a_file_without_a_content_gets_its_attributes(install, tmp_path):
    file = {"path": str(tmp_path / "a"), "mode": "0600"}
    assert "no content" in install(file)["msg"]
    (tmp_path / "a").write_text("kept")
    (tmp_path / "a").chmod(0o666)
    assert install(file)["changed"]
    assert (mode(tmp_path / "a"), (tmp_path / "a").read_text()) == (0o600, "kept")


def test_check_mode_writes_nothing_and_shows_what_it_would(install, tmp_path):
    (tmp_path / "a").write_text("old\n")
    file = {"path": str(tmp_path / "a"), "content": "new\n"}
    found = install(file, backup=True, _ansible_check_mode=True)
    assert (found["changed"], found["backups"]) == (True, {})
    assert (found["diff"][0]["before"], found["diff"][0]["after"]) == ("old\n", "new\n")
    assert (tmp_path / "a").read_text() == "old\n"


def test_the_former_file_is_kept(install, tmp_path):
    (tmp_path / "a").write_text("old")
    path = str(tmp_path / "a")
    file = {"path": path, "content": "new"}
    kept = install(file, backup=True)["backups"][path]
    with open(kept) as stream:
        assert stream.read() == "old"
    assert install(file, backup=True)["backups"] == {}


def test_directories_and_links_come_with_their_files(install, tmp_path):
    (tmp_path / "old").symlink_to("x")
    resources = [
        {"kind": "directory", "path": str(tmp_path / "d"), "mode": "0750"},
        {"path": str(tmp_path / "d" / "a"), "content": "x"},
        {"kind": "link", "path": str(tmp_path / "l"), "target": "d/a"},
        {"kind": "link", "path": str(tmp_path / "old"), "state": "absent"},
    ]
    planned = install(*resources, _ansible_check_mode=True)
    assert not (tmp_path / "d").exists()
    assert (tmp_path / "old").is_symlink()
    found = install(*resources)
    assert found["paths"] == planned["paths"] == [each["path"] for each in resources]
    assert (tmp_path / "l").read_text() == "x"
    assert mode(tmp_path / "d") == 0o750
    assert not (tmp_path / "old").is_symlink()
    assert install(*resources)["paths"] == []


def test_what_is_in_the_place_of_something_else_is_kept(install, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "KEPT", str(tmp_path / "kept"))
    (tmp_path / "l").write_text("somebody's")
    (tmp_path / "other").write_text("x")
    (tmp_path / "a").symlink_to("other")
    found = install(
        {"path": str(tmp_path / "a"), "content": "x"},
        {"kind": "link", "path": str(tmp_path / "l"), "target": "a"},
    )
    assert found["paths"] == [str(tmp_path / "a"), str(tmp_path / "l")]
    assert (tmp_path / "a").read_text() == "x"
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "l").is_symlink()
    assert Path(found["replaced"][str(tmp_path / "l")]).read_text() == "somebody's"
    assert (tmp_path / "other").read_text() == "x"


def test_a_link_in_the_place_of_a_directory_stays(install, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "d").symlink_to("data")
    found = install({"kind": "directory", "path": str(tmp_path / "d")})
    assert "d is a link to data, and no directory" in found["msg"]
    assert (tmp_path / "d").is_symlink()


def test_an_environment_file_has_its_variables(install, tmp_path):
    file = {"kind": "environment_file", "path": str(tmp_path / "a"), "variables": {"KEY": "a b$"}}
    found = install(file)
    assert found["changed"]
    assert environment_file.read(str(tmp_path / "a")).variables == {"KEY": "a b$"}
    assert "a b$" not in json.dumps(found)
    assert not install(file)["changed"]


@pytest.mark.parametrize(
    ("second", "validate", "message"),
    [
        ({"path": "b", "content": "no"}, "grep -q yes %s", "b is not valid"),
        ({"path": "b", "content": "yes"}, "true", "validate has no %s"),
        ({"path": "nowhere/b", "content": "yes"}, "true %s", "nowhere is not there"),
        ({"path": "a", "content": "yes"}, "true %s", "a is named more than once"),
        ({"path": "b"}, "true %s", "there is no content to install"),
        ({"path": "b", "kind": "unit"}, "true %s", "kind 'unit' is not one of"),
    ],
)
def test_nothing_is_replaced_where_one_is_refused(install, tmp_path, second, validate, message):
    first = {"path": str(tmp_path / "a"), "content": "yes"}
    second = {**second, "path": str(tmp_path / second["path"])}
    found = install(first, second, validate=validate)
    assert message in found["msg"]
    assert sorted(tmp_path.glob("[ab]")) == []


def test_a_secret_is_in_no_answer(install, tmp_path):
    file = {"path": str(tmp_path / "a"), "content": "KEY=hunter2plain\n", "secret": True}
    for content in ("KEY=hunter2plain\n", "KEY=correct horse\n"):
        found = json.dumps(install({**file, "content": content}, _ansible_verbosity=4))
        assert "another content" in found
        assert "hunter2plain" not in found
        assert "correct horse" not in found
