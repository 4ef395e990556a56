import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.privileges import (
    Grant,
    Target,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import privileges as kind
from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import check
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
    "login_host": "",
    "adopt": [],
}
TABLE = Target("tables", 'public."Odd ""name"""')
LATER = Target("default tables", "public")
OWNERS = {TABLE: "shop_owner", Target("schema", "public"): "shop_owner"}
GRANTS = {Grant(TABLE, "shop", "SELECT"), Grant(LATER, "shop", "SELECT")}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ((OWNERS, {}, GRANTS), []),
        (None, [("grant", "missing")]),
        (
            ({**OWNERS, TABLE: "eve"}, {}, GRANTS),
            [(f"foreign tables {TABLE.identity}", "unexpected")],
        ),
        # What belongs to another of the application's own roles is the owner's to be.
        (
            ({**OWNERS, TABLE: "shop"}, {}, GRANTS),
            [(f"owner tables {TABLE.identity}", "different")],
        ),
        # The kind schema reports its own owner.
        (({**OWNERS, Target("schema", "public"): "eve"}, {}, GRANTS), []),
        (
            (OWNERS, {}, {Grant(LATER, "shop", "SELECT")}),
            [(f"grant on tables {TABLE.identity}", "missing")],
        ),
        (
            (OWNERS, {}, GRANTS | {Grant(LATER, None, "SELECT")}),
            [("grant on later tables in public", "unexpected")],
        ),
        (
            (OWNERS, {}, GRANTS | {Grant(LATER._replace(everywhere=True), None, "SELECT")}),
            [("grant on later tables everywhere", "unexpected")],
        ),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


def test_what_an_owner_has_no_grant_for_follows_from_its_owner():
    sequence = Target("sequences", "public.id_seq")
    resource = {
        **RESOURCE,
        "grants": [{"role": "shop", "tables": ["SELECT"], "sequences": ["USAGE"]}],
    }
    owners = {**OWNERS, TABLE: "shop", sequence: "shop"}
    found = kind.compare(
        resource, (owners, {sequence: TABLE.identity}, {Grant(LATER, "shop", "SELECT")})
    )
    because = {d.subject: d.because for d in found if d.check == "grant"}
    owner = check("privileges", "owner", f"tables {TABLE.identity}")
    assert owner in because[f"on tables {TABLE.identity}"]
    # A column's sequence has its table's owner; another table's explains nothing.
    assert owner in because["on sequences public.id_seq"]
    assert check("privileges", "owner") not in because["on sequences public.id_seq"]


FUNCTION = Target("functions", "public.become(integer)")
OF_ADMINISTRATOR = (
    {**OWNERS, FUNCTION: "postgres"},
    {},
    {*GRANTS, Grant(FUNCTION, None, "EXECUTE")},
)


def test_what_is_foreign_is_for_people():
    (found,) = kind.compare(RESOURCE, OF_ADMINISTRATOR)
    assert (found.check, found.owned, found.actual) == ("foreign", False, "of postgres")
    assert found.remedy == (
        "runuser -u postgres -- psql -p 5432 -d shop"
        " -c 'ALTER ROUTINE public.become(integer) OWNER TO \"shop_owner\"'"
        " -c 'REVOKE EXECUTE ON ROUTINE public.become(integer) FROM PUBLIC'"
    )


@pytest.mark.parametrize("name", ["become(integer)", "public.become(integer)"])
def test_what_is_adopted_by_name_is_put_right(name):
    found = kind.compare({**RESOURCE, "adopt": [name]}, OF_ADMINISTRATOR)
    assert attributes(found) == [
        (f"owner functions {FUNCTION.identity}", "different"),
        (f"grant on functions {FUNCTION.identity}", "unexpected"),
    ]
    assert all(d.owned for d in found)


@pytest.mark.parametrize("name", ["become", "other.become(integer)", "", "*"])
def test_no_other_name_adopts_it(name):
    (found,) = kind.compare({**RESOURCE, "adopt": [name]}, OF_ADMINISTRATOR)
    assert found.check == "foreign"


def test_a_difference_says_who_may_do_what():
    [found] = kind.compare(RESOURCE, (OWNERS, {}, GRANTS | {Grant(TABLE, None, "DELETE")}))
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
HAND_OVER = f'{ADMINISTRATOR}ALTER TABLE public.a OWNER TO "own"'


@pytest.mark.parametrize(
    ("owner", "grants", "roles", "expected"),
    [
        ("own", HELD, {"app"}, []),
        # Of a sequence that goes with its table, too.
        ("own", HELD - {Grant(ITS_SEQUENCE, "app", "USAGE")}, {"app"}, [("missing", CONVERGE)]),
        ("own", {*HELD, Grant(ITS_TABLE, None, "SELECT")}, {"app"}, [("unexpected", CONVERGE)]),
        (
            "dba", HELD - {Grant(ITS_TABLE, "app", "SELECT")}, {"app"},
            [("unexpected", f'{HAND_OVER}; GRANT SELECT ON TABLE public.a TO "app";')],
        ),
        (
            "dba", {*HELD, Grant(ITS_TABLE, None, "INSERT")}, {"app"},
            [("unexpected", f"{HAND_OVER}; REVOKE INSERT ON TABLE public.a FROM PUBLIC;")],
        ),
        (
            "own", {}, set(),
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
