import getpass
import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import server_files

ME = getpass.getuser()
SETTINGS = {
    name: {"value": value}
    for name, value in {
        "ssl": "on", "data_directory": "/d", "ssl_cert_file": "/c.pem", "ssl_key_file": "k.pem",
        "ssl_ca_file": "",
    }.items()
}  # fmt: skip


def test_the_files_that_a_server_of_tls_starts_with():
    assert server_files.named(SETTINGS, ("/h", "")) == {
        "/h": "", "/c.pem": "ssl_cert_file", "/d/k.pem": "ssl_key_file",
    }  # fmt: skip


def test_without_tls_its_files_count_for_nothing():
    settings = {**SETTINGS, "ssl": {"value": "off"}}
    assert server_files.named(settings, ("/h", "/i")) == {"/h": "", "/i": ""}


def file(tmp_path, mode=0o600):
    path = tmp_path / "pg_hba.conf"
    path.write_text("x")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("make", "setting", "expected"),
    [
        (file, "", None),
        (lambda tmp_path: tmp_path / "pg_hba.conf", "", "not there"),
        (lambda tmp_path: tmp_path, "", "not a file"),
        (lambda tmp_path: file(tmp_path, 0o044), "", f"nothing that {ME} may read"),
        (lambda tmp_path: file(tmp_path, 0o600), "ssl_key_file", None),
        (lambda tmp_path: file(tmp_path, 0o644), "ssl_key_file", "a key that others may read"),
    ],
)
def test_a_fault(tmp_path, make, setting, expected):
    found = list(server_files.faults({str(make(tmp_path)): setting}, ME))
    assert [each.text for each in found] == ([expected] if expected else [])
    assert all(each.remedy for each in found)


def test_a_link_is_what_it_leads_to(tmp_path):
    (tmp_path / "link").symlink_to(file(tmp_path))
    assert list(server_files.faults({str(tmp_path / "link"): ""}, ME)) == []
    os.unlink(tmp_path / "pg_hba.conf")
    [found] = server_files.faults({str(tmp_path / "link"): ""}, ME)
    assert found.text == server_files.GONE


def test_of_a_user_that_is_not_there_nothing_is_known():
    assert list(server_files.faults({"/nowhere": ""}, "nobody of this name")) == []


def test_a_map_of_names_that_went_is_put_back_empty(tmp_path):
    [found] = server_files.faults({str(tmp_path / "pg_ident.conf"): ""}, ME)
    assert found.remedy.startswith(f"install -o {ME} -g {ME} -m 0640 /dev/null ")


@pytest.mark.parametrize(("owner", "mode"), [(0, "0640"), (os.getuid() + 1, "0600")])
def test_a_key_of_roots_stays_its_groups_to_read(tmp_path, monkeypatch, owner, mode):
    path = file(tmp_path, 0o644)
    monkeypatch.setattr(server_files, "ROOT", os.getuid() if owner == 0 else owner)
    [found] = server_files.faults({str(path): "ssl_key_file"}, ME)
    assert found.remedy == f"chmod {mode} {path}"
