import socket

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources.unix_socket import (
    compare,
    read,
)

RESOURCE = {
    "path": "/run/x.sock",
    "unit": "x.socket",
    "owner": "root",
    "group": "www-data",
    "mode": "0660",
}


@pytest.mark.parametrize(
    ("actual", "attributes"),
    [
        ({"type": "socket", "owner": "root", "group": "www-data", "mode": "0660"}, []),
        ({"type": "socket", "owner": "root", "group": "root", "mode": "0666"}, ["group", "mode"]),
        (None, ["exists"]),
        ({"type": "file"}, ["exists"]),
    ],
)
def test_difference(actual, attributes):
    assert [d.attribute for d in compare(RESOURCE, actual)] == attributes


def test_read(tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o660)
        assert read({"path": str(path)}, None)["mode"] == "0660"
