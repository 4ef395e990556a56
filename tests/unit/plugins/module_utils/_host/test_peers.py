import os
import socket

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import gunicorn_workers
from ansible_collections.flaskops.stack.plugins.module_utils._host import peers, strangers
from ansible_collections.flaskops.stack.plugins.module_utils._resources import connection
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A1B2 0100007F:1538 01 00000000:00000000 02:00000000 00000000   995        0 11 2
   1: 0100007F:A1B3 0100007F:1538 01 00000000:00000000 02:00000000 00000000   995        0 12 2
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
"""
UNIX = """\
u_str ESTAB 0 0 /var/run/postgresql/.s.PGSQL.5432 21 * 31 users:(("postgres",pid=700,fd=9))
u_str ESTAB 0 0 /var/run/postgresql/.s.PGSQL.5432 22 * 32 users:(("postgres",pid=701,fd=9))
u_str ESTAB 0 0 /run/systemd/journal/stdout 23 * 33 users:(("systemd",pid=1,fd=9))
u_str ESTAB 0 0 * 31 * 21 users:(("gunicorn",pid=900,fd=5))
"""


@pytest.mark.parametrize(
    ("inodes", "expected"), [({"11"}, {0xA1B2}), ({"11", "12"}, {0xA1B2, 0xA1B3}), ({"9"}, set())]
)
def test_the_local_ports_of_connected_sockets(inodes, expected):
    assert peers.tcp_ports(TCP, inodes) == expected


@pytest.mark.parametrize(("inodes", "expected"), [({"31"}, {700}), ({"33"}, set()), (set(), set())])
def test_the_servers_processes_at_the_other_end(inodes, expected):
    assert peers.unix_servers(UNIX, inodes) == expected


def test_a_process_has_its_own_sockets():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            own = {"pid": 1, "address": "127.0.0.1", "port": client.getsockname()[1]}
            other = {"pid": 2, "address": "127.0.0.1", "port": 1}
            assert peers.owned([own, other], [os.getpid()]) == [own]


def test_children_of_children_belong_to_a_service():
    tree = {1: [2, 3], 2: [4], 3: [], 4: []}
    assert peers.processes(1, tree.get) == [1, 2, 3, 4]


# More than any kernel gives.
ENDED = 2**22 + 1


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda pid: peers.sockets([pid]), set()),
        (peers.network, ""),
        (peers.listening, {}),
        (peers.unix_listening, {}),
        (lambda pid: peers.owned([{"pid": 1, "address": "127.0.0.1", "port": 5}], [pid]), []),
        (units.process, None),
        (units.status, ""),
        (units.children, []),
        (units.cpu_seconds, 0),
        (units.computes, False),
        (strangers.unit_of, ""),
        (strangers.described, f"a process that has just ended (process {ENDED})"),
        (gunicorn_workers.is_loading, None),
        (connection._start_ticks, -1),
    ],
)
def test_a_process_that_has_just_ended_is_no_error(ask, answer):
    assert ask(ENDED) == answer
