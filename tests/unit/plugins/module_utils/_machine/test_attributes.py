import os
import struct

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes

ACCESS = [(0x01, 6, 0xFFFFFFFF), (0x02, 4, 5), (0x04, 0, 0xFFFFFFFF), (0x10, 6, 0xFFFFFFFF),
          (0x20, 0, 0xFFFFFFFF)]  # fmt: skip
DEFAULT = [(0x01, 7, 0xFFFFFFFF), (0x08, 5, 60), (0x20, 5, 0xFFFFFFFF)]


def packed(entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.fixture
def listed(monkeypatch):
    """Give any path these attributes."""

    def listed(**lists):
        names = {f"system.posix_acl_{name}": packed(entries) for name, entries in lists.items()}
        monkeypatch.setattr(os, "listxattr", lambda path, follow_symlinks: list(names))
        monkeypatch.setattr(os, "getxattr", lambda path, name, follow_symlinks: names[name])

    return listed


@pytest.mark.parametrize(
    ("lists", "acl", "mode"),
    [
        ({}, "", 0o660),
        # The mode shows the mask in the place of the group's rights.
        ({"access": ACCESS}, "user:5:r--,mask::rw-", 0o600),
        ({"default": DEFAULT}, "default:user::rwx,default:group:60:r-x,default:other::r-x", 0o660),
    ],
)
def test_lists(tmp_path, listed, lists, acl, mode):
    path = tmp_path / "a"
    path.write_text("")
    path.chmod(0o660)
    listed(**lists)
    found = attributes.read(str(path), path.stat())
    assert found.acl == acl
    assert attributes.mode(path.stat(), found) == mode


def test_a_link_has_nothing(tmp_path):
    path = tmp_path / "a"
    path.symlink_to("/etc/passwd")
    assert attributes.read(str(path), path.lstat()) == attributes.NOTHING


def test_what_the_file_system_does_not_know_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "listxattr", lambda path, follow_symlinks: os.stat("/proc/1/no"))
    with pytest.raises(FileNotFoundError):
        attributes.read(str(tmp_path), tmp_path.stat())

    def refuse(path, follow_symlinks):
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "listxattr", refuse)
    assert attributes.read(str(tmp_path), tmp_path.stat()) == attributes.NOTHING


@pytest.mark.parametrize(
    ("flags", "fixed"),
    [(0, ""), (0x80000, ""), (0x10, "immutable"), (0x80020, "append-only"), (0x30, "immutable")],
)
def test_flags_are_found_and_taken_away(tmp_path, monkeypatch, flags, fixed):
    kept = [flags]

    def ioctl(_descriptor, request, buffer):
        if request == attributes.SET_FLAGS:
            kept.append(buffer[0])
        buffer[0] = kept[-1]

    monkeypatch.setattr(attributes.fcntl, "ioctl", ioctl)
    assert attributes.read(str(tmp_path), tmp_path.stat()).fixed == fixed
    assert attributes.strip_flags(str(tmp_path)) is bool(fixed)
    assert kept[-1] == flags & ~0x30


def test_lists_go(tmp_path, listed, monkeypatch):
    listed(access=ACCESS, default=DEFAULT)
    gone = []
    monkeypatch.setattr(os, "removexattr", lambda path, name, follow_symlinks: gone.append(name))
    assert attributes.strip(str(tmp_path))
    assert gone == [attributes.ACCESS, attributes.DEFAULT]
