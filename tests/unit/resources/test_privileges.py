import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.privileges import Grant, Target
from ansible_collections.flaskops.stack.plugins.module_utils.resources import privileges as kind


def attributes(found):
    return [(d["attribute"], d["direction"]) for d in found]


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
    assert (found["expected"], found["actual"]) == ("no such grant", "PUBLIC: DELETE")
