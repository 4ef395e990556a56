"""The plan, without a server; molecule/database runs it against one."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.acl import Grant, Target
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.grant_statements import (
    statements,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.privileges import desired
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import sql

DATABASE = Target("database", "shop")
SCHEMA = Target("schema", "public")
TABLE = Target("tables", 'public."odd ""name"" {}"')
SEQUENCE = Target("sequences", "public.t_id_seq")
FUNCTION = Target("functions", "public.f(integer)")
OWNERS = dict.fromkeys((DATABASE, SCHEMA, TABLE, SEQUENCE, FUNCTION), "shop_owner")
DECLARED = [{"role": "shop", "database": ["CONNECT"], "tables": ["SELECT", "INSERT"]}]
WANTED = desired(OWNERS, "public", DECLARED)


def plan(owners=None, grants=None, following=()):
    present = WANTED if grants is None else set(grants)
    owners = OWNERS if owners is None else owners
    made = statements(owners, set(following), present, WANTED, "public", "shop_owner")
    return [_text(statement) for statement in made]


def _text(statement):
    """The SQL, with identifiers quoted as psycopg2 does it, without a server."""
    if isinstance(statement, sql.Composed):
        return "".join(_text(part) for part in statement.seq)
    if isinstance(statement, sql.Identifier):
        return ".".join('"' + s.replace('"', '""') + '"' for s in statement.strings)
    return statement.string


def test_what_is_as_declared_needs_nothing():
    assert plan() == []


@pytest.mark.parametrize(
    ("surplus", "statement"),
    [
        (Grant(DATABASE, None, "TEMPORARY"), "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC"),
        (Grant(DATABASE, "PUBLIC", "CREATE"), 'REVOKE CREATE ON DATABASE shop FROM "PUBLIC"'),
        (Grant(SCHEMA, 'a"b', "USAGE"), 'REVOKE USAGE ON SCHEMA public FROM "a""b"'),
        (
            Grant(TABLE, "shop", "TRUNCATE"),
            'REVOKE TRUNCATE ON TABLE public."odd ""name"" {}" FROM "shop"',
        ),
        (
            Grant(FUNCTION, None, "EXECUTE"),
            "REVOKE EXECUTE ON ROUTINE public.f(integer) FROM PUBLIC",
        ),
        (
            Grant(Target("default functions", "public", True), None, "EXECUTE"),
            'ALTER DEFAULT PRIVILEGES FOR ROLE "shop_owner"'
            " REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ),
        (
            Grant(Target("columns", "public.t", column='"a b"'), None, "SELECT"),
            'REVOKE SELECT ("a b") ON TABLE public.t FROM PUBLIC',
        ),
        (
            Grant(Target("default tables", "public", False, "eve"), None, "SELECT"),
            'ALTER DEFAULT PRIVILEGES FOR ROLE "eve" IN SCHEMA "public"'
            " REVOKE SELECT ON TABLES FROM PUBLIC",
        ),
        (
            Grant(Target("default tables", "public"), "x", "SELECT"),
            'ALTER DEFAULT PRIVILEGES FOR ROLE "shop_owner" IN SCHEMA "public"'
            ' REVOKE SELECT ON TABLES FROM "x"',
        ),
    ],
)
def test_what_was_not_declared_is_revoked(surplus, statement):
    assert plan(grants=WANTED | {surplus}) == [statement]


def test_what_is_missing_is_granted_once_for_all_privileges_of_an_object():
    missing = {grant for grant in WANTED if grant.target == TABLE}
    assert plan(grants=WANTED - missing) == [
        'GRANT INSERT, SELECT ON TABLE public."odd ""name"" {}" TO "shop"'
    ]


def test_an_object_of_another_role_is_handed_over():
    owners = {**OWNERS, TABLE: "postgres", FUNCTION: "shop"}
    assert plan(owners) == [
        'ALTER ROUTINE public.f(integer) OWNER TO "shop_owner"',
        'ALTER TABLE public."odd ""name"" {}" OWNER TO "shop_owner"',
    ]


def test_a_sequence_follows_its_table():
    assert plan({**OWNERS, SEQUENCE: "postgres"}, following=[SEQUENCE]) == []


OPTION = "GRANT OPTION FOR "


@pytest.mark.parametrize(
    ("surplus", "expected"),
    [
        ([Grant(TABLE, "shop", OPTION + "SELECT")],
         ['REVOKE GRANT OPTION FOR SELECT ON TABLE public."odd ""name"" {}" FROM "shop" CASCADE']),
        ([Grant(SCHEMA, "x", "USAGE"), Grant(SCHEMA, "x", OPTION + "USAGE")],
         ['REVOKE USAGE ON SCHEMA public FROM "x" CASCADE']),
        ([Grant(DATABASE, "shop", "CREATE"), Grant(DATABASE, "shop", OPTION + "CONNECT")],
         ['REVOKE CREATE ON DATABASE shop FROM "shop" CASCADE',
          'REVOKE GRANT OPTION FOR CONNECT ON DATABASE shop FROM "shop" CASCADE']),
        ([Grant(Target("default tables", "public"), "shop", OPTION + "SELECT")],
         ['ALTER DEFAULT PRIVILEGES FOR ROLE "shop_owner" IN SCHEMA "public"'
          ' REVOKE GRANT OPTION FOR SELECT ON TABLES FROM "shop"']),
    ],
)  # fmt: skip
def test_the_right_to_grant_is_taken_with_what_was_granted_by_it(surplus, expected):
    assert plan(grants=[*WANTED, *surplus]) == expected
