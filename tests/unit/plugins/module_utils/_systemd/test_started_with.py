import grp

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import started_with


def test_variables_that_come_from_nowhere(tmp_path):
    running = ["PATH", "INVOCATION_ID", "LISTEN_FDS", "SECRET_KEY", "XDG_RUNTIME_DIR", "LD_PRELOAD",
               "PYTHONPATH", "HTTP_PROXY", "STATE_DIRECTORY"]  # fmt: skip
    unit = {"Environment": 'XDG_RUNTIME_DIR=/run/x "A=b c"', "PassEnvironment": "HTTP_PROXY"}
    found = started_with.undeclared(running, ["SECRET_KEY"], unit)
    assert found == ["LD_PRELOAD", "PYTHONPATH"]


UNIT = {"NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "Group": "root"}
RIGHTS = [
    ("NoNewPrivs:\t1\nCapBnd:\t0000\nGid:\t0\t0\t0\t0\n", UNIT, []),
    ("NoNewPrivs:\t0\nCapBnd:\t0000\nGid:\t0\t0\t0\t0\n", UNIT, ["may gain privileges"]),
    ("NoNewPrivs:\t1\nCapBnd:\t00ff\nGid:\t0\t0\t0\t0\n", UNIT, ["may gain capabilities"]),
    ("NoNewPrivs:\t1\nCapBnd:\t0000\nGid:\t7\t7\t7\t7\n", UNIT, ["has the group 7"]),
    ("NoNewPrivs:\t0\nCapBnd:\t00ff\nGid:\t7\t7\t7\t7\n", {"NoNewPrivileges": "no"}, []),
    ("NoNewPrivs:\t0\nCapBnd:\t00ff\n", {"CapabilityBoundingSet": "cap_chown"}, []),
    ("", UNIT, []),
]


@pytest.mark.parametrize(("status", "unit", "expected"), RIGHTS)
def test_what_the_unit_forbids(status, unit, expected):
    assert grp.getgrnam("root").gr_gid == 0
    assert started_with.rights(status, unit) == expected


def test_the_command_line_of_a_unit():
    text = "{ path=/usr/sbin/nginx ; argv[]=/usr/sbin/nginx -g daemon on; x; ; ignore_errors=no ; }"
    assert started_with.arguments({"ExecStart": text}) == "/usr/sbin/nginx -g daemon on; x;"
    assert started_with.arguments({}) == ""
