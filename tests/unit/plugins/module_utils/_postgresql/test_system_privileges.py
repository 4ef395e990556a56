"""Statements; the query itself is tried on servers, by molecule/drift/drifts.py."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import system_privileges
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.system_privileges import (
    Granted,
)


class Cursor:
    def __init__(self, *rows):
        self._rows = rows

    def execute(self, query):
        assert "pg_init_privs" in query

    def fetchall(self):
        return self._rows


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        (("SELECT", "TABLE pg_authid", "PUBLIC"), "REVOKE SELECT ON TABLE pg_authid FROM PUBLIC"),
        (
            ("UPDATE (rolname)", "TABLE pg_authid", '"a b"'),
            'REVOKE UPDATE (rolname) ON TABLE pg_authid FROM "a b"',
        ),
        (
            ("EXECUTE", "FUNCTION pg_read_file(text)", "eve"),
            "REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM eve",
        ),
    ],
)
def test_what_takes_a_privilege_back(row, statement):
    [found] = system_privileges.read(Cursor(Granted(*row)._asdict()))
    assert system_privileges.revoke(found) == statement
