import os
import socket

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import peers
from ansible_collections.flaskops.stack.plugins.module_utils._resources import port as kind

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 f
   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 f
   2: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 43 1 f
   3: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 44 1 f
"""


@pytest.mark.parametrize(
    ("port", "expected"), [(80, {"41", "42"}), (5432, {"43"}), (50000, set()), (8080, set())]
)
def test_who_listens(port, expected):
    assert peers.listeners(TABLE, port) == expected


class Host:
    def __init__(self, pid):
        self._pid = pid

    def unit(self, _name):
        return {"MainPID": str(self._pid)} if self._pid else {}


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request):
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as server:
        yield {"port": server.getsockname()[1], "unit": "x.service", "variable": "nginx_port"}


@pytest.mark.parametrize(("unit", "taken"), [("ours", False), ("none", True), ("init", True)])
def test_a_port_that_another_has(listening, unit, taken):
    pid = {"ours": os.getpid(), "none": 0, "init": 1}[unit]
    found = kind.read(listening, Host(pid))
    assert bool(found) == taken
    assert (f"(process {os.getpid()})" in found) == taken
    differences = kind.compare(listening, found)
    assert [d.attribute for d in differences] == ["taken"] * taken
    assert all("declare another nginx_port" in d.remedy for d in differences)


def test_a_port_that_nobody_has(listening):
    assert kind.read({**listening, "port": 1}, Host(0)) == ""
