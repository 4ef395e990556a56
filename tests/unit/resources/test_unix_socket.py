import socket

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources.unix_socket import (
    compare,
    read,
)

RESOURCE = {"path": "/run/x.sock", "owner": "root", "group": "www-data", "mode": "0660"}


@pytest.mark.parametrize(
    ("actual", "attributes"),
    [
        ({"owner": "root", "group": "www-data", "mode": "0660"}, []),
        ({"owner": "root", "group": "root", "mode": "0666"}, ["group", "mode"]),
        (None, ["state"]),
    ],
)
def test_difference(actual, attributes):
    assert [d["attribute"] for d in compare(RESOURCE, actual)] == attributes


def test_what_was_not_declared_is_not_compared():
    resource = {"path": "/run/x.sock", "owner": None, "group": None, "mode": None}
    assert compare(resource, {"owner": "a", "group": "b", "mode": "0777"}) == []


def test_a_file_is_no_socket(tmp_path):
    (tmp_path / "x").write_text("")
    assert read({"path": str(tmp_path / "x")}) is None
    assert read({"path": str(tmp_path / "y")}) is None


def test_read(tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o660)
        assert read({"path": str(path)})["mode"] == "0660"
