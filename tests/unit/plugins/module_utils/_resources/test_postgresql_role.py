import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_role as kind,
)


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "name": "shop",
    "attributes": ["LOGIN", "NOSUPERUSER"],
    "member_of": [],
    "settings": {"timezone": "UTC"},
    "connection_limit": -1,
    "password": "secret",
    "password_file": None,
    "database": "shop",
    "confined": True,
    "login_user": "postgres",
    "login_port": 5432,
}
FINE = {
    "rolcanlogin": True,
    "rolsuper": False,
    "connection_limit": -1,
    "valid_until": None,
    "wrong_password": None,
    "member_of": [],
    "members": [],
    "databases": ["shop"],
    "open": {},
    "refused": {},
    "settings": [{"database": None, "lines": ["TimeZone=UTC"]}],
}


def settings(*lines, database=None):
    return {**FINE, "settings": [*FINE["settings"], {"database": database, "lines": list(lines)}]}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        (None, [("exists", "missing")]),
        ({**FINE, "rolcanlogin": False}, [("attribute LOGIN", "different")]),
        ({**FINE, "rolsuper": True}, [("attribute SUPERUSER", "different")]),
        ({**FINE, "connection_limit": 1}, [("connection_limit", "different")]),
        ({**FINE, "valid_until": "2020-01-01"}, [("valid_until", "unexpected")]),
        ({**FINE, "wrong_password": "another password"}, [("password", "different")]),
        (
            {**FINE, "wrong_password": "another password", "databases": ["other", "shop"]},
            [("password", "different"), ("shared", "unexpected")],
        ),
        # A database that was renamed: the role is the same one.
        ({**FINE, "databases": ["other", "shop"]}, []),
        ({**FINE, "open": {"theirs": []}}, [("connect theirs", "unexpected")]),
        ({**FINE, "owns": ["theirs"]}, [("owns theirs", "unexpected")]),
        ({**FINE, "member_of": ["pg_monitor"]}, [("membership pg_monitor", "unexpected")]),
        ({**FINE, "members": ["eve"]}, [("member eve", "unexpected")]),
        ({**FINE, "settings": []}, [("setting timezone", "missing")]),
        (
            {**FINE, "settings": [], "refused": {"timezone": "no such zone"}},
            [("refused timezone", "different"), ("setting timezone", "missing")],
        ),
        (
            {"absent": True, "refused": {"timezone": "no such zone"}},
            [("exists", "missing"), ("refused timezone", "different")],
        ),
        (settings("TimeZone=Asia/Tokyo"), [("setting timezone", "different")]),
        (settings("TimeZone=UTC", "work_mem=1MB"), [("setting work_mem", "unexpected")]),
        (settings("TimeZone=UTC", "search_path=shop"), [("setting search_path", "unexpected")]),
        (settings("a=b=c", database="d"), [("setting a in d", "unexpected")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (None, {"timezone": "UTC"}),
        (FINE, {}),
        ({**FINE, "settings": []}, {"timezone": "UTC"}),
        ({**FINE, "settings": [{"database": "d", "lines": ["timezone=UTC"]}]}, {"timezone": "UTC"}),
    ],
)
def test_only_what_would_be_set_is_tried(row, expected):
    assert kind._unset(RESOURCE, row) == expected


def test_no_password_is_shown():
    assert "secret" not in str(kind.compare(RESOURCE, {**FINE, "wrong_password": "stored as MD5"}))


def test_whoever_is_at_home_in_a_database_is_kept_by_the_remedy():
    [found] = kind.compare(RESOURCE, {**FINE, "open": {"theirs": ["eve"]}})
    assert found.remedy.count(" -c ") == 3
    keep = """GRANT CONNECT ON DATABASE "theirs" TO "eve"'"""
    assert keep in found.remedy.partition("REVOKE")[0]


def test_a_list_is_the_same_however_it_is_written():
    resource = {**RESOURCE, "settings": {"timezone": "UTC", "search_path": '"shop",public'}}
    assert kind.compare(resource, settings("TimeZone=UTC", "search_path=shop, public")) == []
    [found] = kind.compare(resource, settings("TimeZone=UTC", "search_path=public, shop"))
    assert found.attribute == "setting search_path"


def membership(name, group, by, admin=False):
    return {"name": name, "group": group, "by": by, "admin": admin}


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([], ["""'REVOKE "shop" FROM "eve"'"""]),
        ([membership("eve", "shop", "postgres")], ["""'REVOKE "shop" FROM "eve"'"""]),
        # From version 16 on, a membership is its grantor's, and there may be several.
        ([membership("eve", "shop", "postgres", admin=True), membership("x", "shop", "y"),
          membership("eve", "shop", "bob")],
         ["""'REVOKE "shop" FROM "eve" CASCADE'""",
          """'REVOKE "shop" FROM "eve" GRANTED BY "bob" CASCADE'"""]),
    ],
)  # fmt: skip
def test_a_member_is_put_out_whoever_let_it_in(grants, expected):
    (found,) = kind.compare(RESOURCE, {**FINE, "members": ["eve"], "memberships": grants})
    assert found.remedy.split(" -c ")[1:] == expected


@pytest.mark.parametrize(
    ("by", "owned"), [("postgres", True), ("eve", False)], ids=["ours", "another's"]
)
def test_a_membership_that_is_anothers_to_take_back_is_for_people(by, owned):
    grants = [membership("shop", "staff", by)]
    (found,) = kind.compare(RESOURCE, {**FINE, "member_of": ["staff"], "memberships": grants})
    assert found.owned == owned
    assert owned or found.remedy.endswith("""'REVOKE "staff" FROM "shop" GRANTED BY "eve"'""")
