import os
import socket
import subprocess

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


TABLE6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:0050 0:0 0A 0:0 0:0 0 0 0 51 1
   1: 00000000000000000000000000000000:0050 0:0 0A 0:0 0:0 0 0 0 52 1
"""


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TABLE, [("41", "0.0.0.0", 80), ("42", "127.0.0.1", 80), ("43", "127.0.0.1", 5432)]),
        (TABLE6, [("51", "[::1]", 80), ("52", "[::]", 80)]),
    ],
)
def test_who_listens(monkeypatch, table, expected):
    # Of the machine on which the tables were written.
    monkeypatch.setattr(peers.sys, "byteorder", "little")
    assert list(peers.listeners(table)) == expected


class Host:
    def __init__(self, pid):
        self._pid = pid

    def unit(self, _name):
        return {"MainPID": str(self._pid)} if self._pid else {}

    def once(self, _key, read):
        return read()


ADDRESSES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


@pytest.fixture(params=ADDRESSES)
def listening(request):
    with socket.create_server((request.param, 0), family=ADDRESSES[request.param]) as server:
        yield {"port": server.getsockname()[1], "unit": "x.service", "variable": "nginx_port"}


@pytest.mark.parametrize(("unit", "taken"), [("ours", False), ("none", True), ("another", True)])
def test_a_port_that_another_has(listening, unit, taken):
    with subprocess.Popen(["sleep", "60"]) as another:
        pid = {"ours": os.getpid(), "none": 0, "another": another.pid}[unit]
        there = kind.read(listening, Host(pid))
        another.kill()
    found = kind.compare(listening, there)
    assert [d.attribute for d in found] == ["taken"] * taken
    assert all(f"(process {os.getpid()} of " in d.actual for d in found)
    assert all("declare another nginx_port" in d.remedy for d in found)


def test_a_port_that_another_has_too():
    there = {"is_own": True, "others": {"[::]": ("x (process 7)", "kill 7"), "10.0.0.1": ("y", "")}}
    found = kind.compare({"port": 80, "unit": "x.service", "variable": "nginx_port"}, there)
    assert [(d.attribute, d.remedy[:7], d.waits) for d in found] == [
        ("beside 10.0.0.1", "See who", False),
        ("beside [::]", "kill 7", False),
    ]


def test_a_port_that_nobody_has(listening):
    assert kind.read({**listening, "port": 1}, Host(0)) == {"is_own": False, "others": {}}
