import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.privileges import (
    Grant,
    Target,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import privileges as kind
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import CONVERGE


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "database": "shop",
    "schema": "public",
    "owner": "shop_owner",
    "grants": [{"role": "shop", "tables": ["SELECT"]}],
    "login_user": "postgres",
    "login_port": 5432,
}
TABLE = Target("tables", 'public."Odd ""name"""')
LATER = Target("default tables", "public")
OWNERS = {TABLE: "shop_owner", Target("schema", "public"): "shop_owner"}
GRANTS = {Grant(TABLE, "shop", "SELECT"), Grant(LATER, "shop", "SELECT")}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ((OWNERS, set(), GRANTS), []),
        (None, [("grant", "missing")]),
        (
            ({**OWNERS, TABLE: "eve"}, set(), GRANTS),
            [(f"owner tables {TABLE.identity}", "different")],
        ),
        # The kind schema reports its own owner.
        (({**OWNERS, Target("schema", "public"): "eve"}, set(), GRANTS), []),
        (
            (OWNERS, set(), {Grant(LATER, "shop", "SELECT")}),
            [(f"grant on tables {TABLE.identity}", "missing")],
        ),
        (
            (OWNERS, set(), GRANTS | {Grant(LATER, None, "SELECT")}),
            [("grant on later tables in public", "unexpected")],
        ),
        (
            (OWNERS, set(), GRANTS | {Grant(LATER._replace(everywhere=True), None, "SELECT")}),
            [("grant on later tables everywhere", "unexpected")],
        ),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


def test_a_difference_says_who_may_do_what():
    [found] = kind.compare(RESOURCE, (OWNERS, set(), GRANTS | {Grant(TABLE, None, "DELETE")}))
    assert (found.expected, found.actual) == ("no such grant", "PUBLIC: DELETE")


FAR = {
    **RESOURCE, "database": "shop", "schema": "public", "owner": "own", "login_host": "db.example",
    "grants": [{"role": "app", "tables": ["SELECT"], "sequences": ["USAGE"]}],
}  # fmt: skip
ITS_TABLE, ITS_SEQUENCE = Target("tables", "public.a"), Target("sequences", "public.a_id_seq")
ITS_LATER = {
    Grant(Target("default tables", "public"), "app", "SELECT"),
    Grant(Target("default sequences", "public"), "app", "USAGE"),
}
HELD = {Grant(ITS_TABLE, "app", "SELECT"), Grant(ITS_SEQUENCE, "app", "USAGE"), *ITS_LATER}
OF_OTHERS = Target("default tables", "public", False, "dba")
ADMINISTRATOR = "As an administrator of the server, in the database shop: "
HAND_OVER = ("different", f'{ADMINISTRATOR}ALTER TABLE public.a OWNER TO "own";')


@pytest.mark.parametrize(
    ("owner", "grants", "roles", "expected"),
    [
        ("own", HELD, {"app"}, []),
        # Of a sequence that goes with its table, too.
        ("own", HELD - {Grant(ITS_SEQUENCE, "app", "USAGE")}, {"app"}, [("missing", CONVERGE)]),
        ("own", {*HELD, Grant(ITS_TABLE, None, "SELECT")}, {"app"}, [("unexpected", CONVERGE)]),
        (
            "dba", HELD - {Grant(ITS_TABLE, "app", "SELECT")}, {"app"},
            [HAND_OVER, ("missing", f'{ADMINISTRATOR}GRANT SELECT ON TABLE public.a TO "app";')],
        ),
        (
            "dba", {*HELD, Grant(ITS_TABLE, None, "INSERT")}, {"app"},
            [HAND_OVER,
             ("unexpected", f"{ADMINISTRATOR}REVOKE INSERT ON TABLE public.a FROM PUBLIC;")],
        ),
        (
            "own", set(), set(),
            [("missing", f'{ADMINISTRATOR}CREATE ROLE "app" LOGIN;')],
        ),
        (
            "own", {*HELD, Grant(OF_OTHERS, None, "SELECT")}, {"app"},
            [("unexpected", f'{ADMINISTRATOR}ALTER DEFAULT PRIVILEGES FOR ROLE "dba" IN SCHEMA'
              ' "public" REVOKE SELECT ON TABLES FROM PUBLIC;')],
        ),
    ],
)  # fmt: skip
def test_over_the_network_what_the_owner_may_not_do_is_an_administrators(
    owner, grants, roles, expected
):
    owners = {ITS_TABLE: owner, ITS_SEQUENCE: "own"}
    found = kind.compare(FAR, (owners, {ITS_SEQUENCE}, grants, {"own"}, roles))
    assert [(d.direction, d.remedy) for d in found] == expected
