"""Which grants are wanted and which objects are ours; molecule/database asks a server for them."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import privileges
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.acl import Grant, Target

SCHEMA, TABLE = Target("schema", "public"), Target("tables", "public.t")
REVISIONS, FUNCTION = Target("revisions", "public.v"), Target("functions", "public.f(integer)")
COLUMN = Target("columns", "public.t", column="a")
FUTURE = Target("default tables", "public")
DECLARED = [{"role": "shop", "tables": ["SELECT", "INSERT"]}]
OWNERS = {SCHEMA: "owner", TABLE: "eve", REVISIONS: "owner", FUNCTION: "postgres"}
GRANTS = {Grant(each, "x", "SELECT") for each in (TABLE, COLUMN, REVISIONS)}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (TABLE, {"SELECT", "INSERT"}),
        (FUTURE, {"SELECT", "INSERT"}),
        # Only who migrates writes it.
        (REVISIONS, {"SELECT"}),
        (FUNCTION, set()),
    ],
)
def test_what_a_role_should_have(target, expected):
    wanted = privileges.desired(OWNERS, "public", DECLARED)
    assert {g.privilege for g in wanted if g.target == target} == expected


@pytest.mark.parametrize(
    ("adopted", "expected"),
    [
        ([], {TABLE, FUNCTION}),
        (["t"], {FUNCTION}),
        (["public.f(integer)"], {TABLE}),
        (["f"], {TABLE, FUNCTION}),
    ],
)
def test_what_belongs_to_others_is_a_strangers_unless_it_is_adopted(adopted, expected):
    assert privileges.strangers(OWNERS, {}, {"owner", "shop"}, adopted) == expected


def test_what_follows_its_table_is_no_strangers():
    assert privileges.strangers({TABLE: "eve"}, {TABLE: "public.u"}, {"owner"}, []) == set()


def test_less_a_table_goes_its_columns_too():
    (owners, _following, left), _wanted = privileges.without((OWNERS, {}, GRANTS), set(), {TABLE})
    assert TABLE not in owners
    assert {g.target for g in left} == {REVISIONS}


def test_of_one_table_alone():
    (owners, _following, left), _wanted = privileges.only((OWNERS, {}, GRANTS), set(), TABLE)
    assert owners == {TABLE: "eve"}
    assert {g.target for g in left} == {TABLE, COLUMN}


def test_who_logs_in_changes_only_what_is_its_own():
    found = (OWNERS, {}, GRANTS)
    (owners, _following, left), _wanted = privileges.only_of({"owner"}, found, set(), "owner")
    assert owners == {SCHEMA: "owner", REVISIONS: "owner"}
    assert {g.target for g in left} == {REVISIONS}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (TABLE, "eve"),
        (COLUMN, "eve"),
        (FUTURE, "owner"),
        (FUTURE._replace(creator="eve"), "eve"),
        (Target("tables", "public.gone"), ""),
    ],
)
def test_who_may_grant(target, expected):
    assert privileges.creator_or_owner(target, OWNERS, "owner") == expected


def test_later_tables_are_part_of_what_is_wanted():
    wanted = privileges.desired((), "public", DECLARED)
    future = Target("default tables", "public")
    assert Grant(future, "shop", "SELECT") in wanted
    assert Grant(future, "shop", "DELETE") not in wanted
