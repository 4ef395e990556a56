import os
import pwd
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import accounts


def account(home):
    return pwd.struct_passwd(("shop", "x", 998, 998, "", str(home), "/usr/sbin/nologin"))


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("", accounts.KEY_FILES),
        ("#AuthorizedKeysFile x\n", accounts.KEY_FILES),
        ("authorizedkeysfile   /etc/keys/%u\nAuthorizedKeysFile x\n", "/etc/keys/%u"),
        ("AuthorizedKeysFile=none\n", "none"),
        ("Match User x\nAuthorizedKeysFile x\n", accounts.KEY_FILES),
        ("Include d/*.conf\nAuthorizedKeysFile x\n", "included"),
    ],
)
def test_where_sshd_looks_for_keys(tmp_path, text, patterns):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.conf").write_text("AuthorizedKeysFile included\n")
    (tmp_path / "sshd_config").write_text(text)
    assert accounts.key_patterns(str(tmp_path / "sshd_config")) == patterns


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (".ssh/keys .ssh/empty .ssh/no", [".ssh/keys"]),
        ("%h/.ssh/keys", [".ssh/keys"]),
        (".ssh/%u-%U-%%", [".ssh/shop-998-%"]),
        (".ssh/link", [".ssh/link"]),
        ("none", []),
    ],
)
def test_keys(tmp_path, patterns, names):
    (tmp_path / ".ssh").mkdir()
    for name, text in {"keys": "ssh-ed25519 A\n", "empty": "# none\n\n", "shop-998-%": "x"}.items():
        (tmp_path / ".ssh" / name).write_text(text)
    (tmp_path / ".ssh" / "link").symlink_to("/etc/passwd")
    (tmp_path / "none").write_text("x")
    found = accounts.key_files(account(tmp_path), patterns)
    assert found == [str(tmp_path / name) for name in names]


@pytest.mark.parametrize("is_link", [False, True])
def test_a_removal_follows_no_link(tmp_path, is_link):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "authorized_keys").write_text("x")
    folder = tmp_path / ("link" if is_link else "root")
    if is_link:
        folder.symlink_to("root")
    command = accounts.removal(str(folder / "authorized_keys"))
    subprocess.run(["sh", "-c", command], check=True)
    assert (tmp_path / "root" / "authorized_keys").exists() is is_link
    assert not (folder / "authorized_keys").exists()


def test_a_link_that_comes_later_is_not_followed(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "authorized_keys").write_text("x")
    (tmp_path / ".ssh").mkdir()
    command = accounts.removal(str(tmp_path / ".ssh" / "authorized_keys"))
    (tmp_path / ".ssh").rmdir()
    (tmp_path / ".ssh").symlink_to("root")
    subprocess.run(["sh", "-c", command], check=False)
    assert (tmp_path / "root" / "authorized_keys").exists()


def test_jobs(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "CRONTABS", str(tmp_path / "crontabs"))
    monkeypatch.setattr(accounts, "AT_JOBS", str(tmp_path / "at"))
    assert accounts.jobs(account(tmp_path)) == []
    (tmp_path / "crontabs").mkdir()
    (tmp_path / "crontabs" / "shop").write_text("@daily true\n")
    (tmp_path / "at").mkdir()
    (tmp_path / "at" / "a0000101b2c3d4").write_text("")
    own = pwd.struct_passwd(("shop", "x", os.geteuid(), 0, "", "/", ""))
    assert accounts.jobs(own) == [
        str(tmp_path / "at" / "a0000101b2c3d4"),
        str(tmp_path / "crontabs" / "shop"),
    ]


def test_a_number_that_nobody_has():
    taken = {each.pw_uid for each in pwd.getpwall()}
    assert accounts.free_uid("no such user") not in taken
    assert accounts.names_of(0)[0] == "root"


@pytest.mark.parametrize(("name", "fields"), [("b", ["b", "*", ""]), ("a", []), ("b ", [])])
def test_fields(tmp_path, name, fields):
    (tmp_path / "shadow").write_text("bb:x:\nb:*:\n")
    assert accounts.field(str(tmp_path / "shadow"), name) == fields
    assert accounts.field(str(tmp_path / "no"), name) == []
