import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._machine import regular_file


def read(path):
    with open(path, "rb", opener=regular_file.opener) as stream:
        return stream.read()


def test_a_file_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "link").symlink_to("a")
    assert [read(tmp_path / "a"), read(tmp_path / "link"), read("/dev/null")] == [
        b"text",
        b"text",
        b"",
    ]


@pytest.mark.parametrize(
    ("make", "error"),
    [(os.mkfifo, OSError), (os.mkdir, IsADirectoryError), (lambda path: None, FileNotFoundError)],
)
def test_what_is_no_file_is_not_waited_for(tmp_path, make, error):
    make(tmp_path / "a")
    with pytest.raises(error):
        read(tmp_path / "a")


def test_a_device_is_no_file():
    with pytest.raises(OSError, match="no file"):
        read("/dev/zero")
