import subprocess
import time

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import pg_hba as kind
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    not_checked,
)


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "path": "/h",
    "marker": "m",
    "entries": [{"database": ["shop"], "user": ["shop"], "address": ["127.0.0.1/32"]}],
    "login_user": "postgres",
    "login_port": 5432,
}
TEXT = """# comment
local   all   postgres   peer
# BEGIN m
host shop shop 127.0.0.1/32 scram-sha-256
# END m
# BEGIN another
host other other 10.0.0.0/8 scram-sha-256
# END another
local   all   all   peer
host    all   all   127.0.0.1/32   scram-sha-256
"""
FINE = {
    "text": TEXT, "used": "/h", "rejected": {}, "rules": [], "mappings": [],
    "unloaded": None, "unseen": None,
    "superusers": {"postgres"}, "members": {"staff": ["shop"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"used": "/other"}, [("used", "different")]),
        ({"unloaded": "changed later"}, [("loaded", "different")]),
        ({"text": TEXT.replace("shop shop", "all all")}, [("block", "different")]),
        ({"text": TEXT.replace("# END m", "")}, [("block", "different")]),
        # The block's place follows from it, and is put right by moving the block.
        (
            {"text": "host all all all trust\n" + TEXT},
            [("block", "different"), ("line 1", "unexpected")],
        ),
        ({"text": TEXT + "host all all all trust\n"}, [("line 11", "unexpected")]),
        # That it is not loaded follows from it.
        (
            {"text": TEXT + "include x\n", "unloaded": "changed later"},
            [("line 11", "unexpected"), ("loaded", "different")],
        ),
        (
            {"text": TEXT + "host all\n", "rejected": {11: "end-of-line"}},
            [("line 11", "unexpected")],
        ),
        ({"rejected": {7: "invalid"}}, [("accepted 7", "different")]),
        # The block says what is wrong with its lines.
        (
            {"text": TEXT.replace("host shop shop", "host shop"), "rejected": {4: "invalid"}},
            [("block", "different")],
        ),
        # A mark without its other half marks nothing, and is no more than a comment.
        ({"text": TEXT + "# BEGIN x\nhost all all all trust\n"}, [("line 12", "unexpected")]),
        ({"text": TEXT + "# END x\nhost all all all trust\n"}, [("line 12", "unexpected")]),
        # A backslash continues a record, and a comment too.
        ({"text": TEXT + "host all all all \\\ntrust\n"}, [("line 11", "unexpected")]),
        ({"text": TEXT + "# host \\\nall all all trust\n"}, []),
        ({"text": TEXT + "local   all  \\\n  all   peer\n"}, []),
        # The server is down: the file alone.
        ({"used": None}, []),
    ],
)
def test_difference(changes, expected):
    assert attributes(kind.compare(RESOURCE, {**FINE, **changes})) == expected


@pytest.mark.parametrize(("starts", "expected"), [(True, [True]), (False, [False])])
def test_a_line_that_waits_for_the_start_of_a_server_that_is_down(starts, expected):
    text = FINE["text"] + "host all all 0.0.0.0/0 trust\n"
    actual = {**FINE, "text": text, "used": None, "unloaded": None, "starts": starts}
    found = kind.compare(RESOURCE, actual)
    assert [each.waits for each in found] == expected
    # Nobody is there to be told, and without a start it merely follows from the server's state.
    assert [(each.loads, each.because == ()) for each in found] == [("", starts)]


def test_no_file():
    assert attributes(kind.compare(RESOURCE, None)) == [("exists", "missing")]


def test_the_remedy_deletes_that_line_and_no_other(tmp_path):
    lines = ["a", "host all all 0.0.0.0/0 trust # [x] 'y' \\1 $", "b"]
    path = tmp_path / "h"
    path.write_text("\n".join(lines) + "\n")
    delete = kind._remove({**RESOURCE, "path": str(path)}, 2, lines[1]).partition(" && ")[0]
    for _again in range(2):
        subprocess.run(["sh", "-c", delete], check=True)
        assert path.read_text() == "a\nb\n"


def test_passwords_in_options_are_hidden():
    text = TEXT + "host all all all ldap ldapbindpasswd=hunter2\n"
    [found] = kind.compare(RESOURCE, {**FINE, "text": text})
    assert "hunter2" not in str(found)
    # The remedy deletes the line all the same.
    assert found.remedy.startswith("sed -i ")
    assert "ldapbindpasswd=.*$/d" in found.remedy


def test_a_large_file_is_compared_in_time():
    text = TEXT + "host all all 10.1.2.3/32 scram-sha-256\n" * 250_000
    began = time.monotonic()
    found = kind.compare(RESOURCE, {**FINE, "text": text.replace("shop shop", "x x")})
    assert len(found) == 1 + kind.MAXIMUM
    assert time.monotonic() - began < 5


def rule(line, kind_, database, user, address, netmask, method, options=None, file_name="/h"):
    return {
        "file_name": file_name, "line_number": line, "type": kind_, "database": database.split(","),
        "user_name": user.split(","), "address": address, "netmask": netmask,
        "auth_method": method, "options": options,
    }  # fmt: skip


def guest(record, file_name="/h", **fields):
    """What is found of a record in somebody's block behind ours, and the server reads."""
    text = TEXT.replace("host other other 10.0.0.0/8 scram-sha-256", record)
    parsed = rule(7, *fields.pop("rule"), file_name=file_name)
    return attributes(kind.compare(RESOURCE, {**FINE, "text": text, "rules": [parsed], **fields}))


def test_a_block_of_others_hides_no_line_that_lets_in_to_what_is_ours(tmp_path):
    trust = "host all all 0.0.0.0/0 trust"
    found = [("line 7", "unexpected")]
    assert guest(trust, rule=("host", "all", "all", "0.0.0.0", "0.0.0.0", "trust")) == found
    quiet = ("host", "all", "all", "0.0.0.0", "0.0.0.0", "scram-sha-256")
    assert guest("host all all 0.0.0.0/0 scram-sha-256", rule=quiet) == []
    # A file that the block includes is the server's to read.
    path = tmp_path / "more.conf"
    path.write_text("# one\n" * 6 + f"{trust}\n")
    assert guest(
        f"include {path}", str(path), rule=("host", "all", "all", "0.0.0.0", "0.0.0.0", "trust")
    ) == [(f"line {path}:7", "unexpected")]


def test_a_map_that_lets_in_as_another_is_found(tmp_path):
    path = tmp_path / "pg_ident.conf"
    path.write_text("m eve postgres\n")
    mapping = {
        "file_name": str(path), "line_number": 1, "map_name": "m", "sys_name": "eve",
        "pg_username": "postgres",
    }  # fmt: skip
    [found] = guest(
        "local all all peer map=m", mappings=[mapping],
        rule=("local", "all", "all", None, None, "peer", ["map=m"]),
    )  # fmt: skip
    assert found == (f"map {path}:1", "unexpected")


def test_a_file_of_which_nobody_can_tell_is_not_checked():
    [found] = kind.compare(RESOURCE, {**FINE, "unseen": "its times are in the future"})
    assert found == not_checked("loaded", "its times are in the future")
