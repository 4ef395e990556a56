"""What a server's rows mean; molecule/database reads them from one."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import acl
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.acl import Grant, Target

TABLE = Target("tables", "public.t")


class Cursor:
    """Answers each query with its rows in turn."""

    def __init__(self, *answers):
        self._answers = iter(answers)

    def execute(self, query, names):
        pass

    def fetchall(self):
        return next(self._answers)


def rows(*grants):
    table = {"kind": "tables", "identity": "public.t", "owner": "o", "table_of_column": None}
    schema = {"kind": "schema", "identity": "public", "owner": "o", "table_of_column": None}
    return [{**table, "grants": list(grants)}, {**schema, "grants": []}]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("0", None, "SELECT", "false"), {Grant(TABLE, None, "SELECT")}),
        # A role may have this name.
        (("16384", "public", "SELECT", "false"), {Grant(TABLE, "public", "SELECT")}),
        (
            ("16384", "x", "SELECT", "true"),
            {Grant(TABLE, "x", "SELECT"), Grant(TABLE, "x", acl.OPTION + "SELECT")},
        ),
    ],
)
def test_a_grant(row, expected):
    _owners, _following, grants = acl.read(Cursor(rows(row), [], [], []), "public", "o")
    assert grants == expected


def test_a_schema_that_is_not_there():
    with pytest.raises(acl.PrivilegesError, match="no schema 'public'"):
        acl.read(Cursor([], [], [], []), "public", "o")
