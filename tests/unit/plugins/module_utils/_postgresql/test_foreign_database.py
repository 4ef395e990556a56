import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import foreign_database

DECLARED = {
    "owner": "shop_owner", "role": "shop", "schema": "public", "extensions": [], "settings": {},
    "connection_limit": -1,
}  # fmt: skip
ROLE = {
    "rolsuper": False, "rolinherit": True, "rolcreaterole": False, "rolcreatedb": False,
    "rolcanlogin": True, "rolreplication": False, "rolbypassrls": False, "connection_limit": -1,
    "valid_until": None, "member_of": [], "members": [], "settings": [],
}  # fmt: skip
OWNER = {
    "name": "shop_owner", "rolsuper": False, "rolcreaterole": False, "rolcreatedb": False,
    "rolreplication": False, "rolbypassrls": False, "version": 170000, "database": "shop",
    "database_owner": "shop_owner", "may_create": True, "administers": [],
    "is_also": ["shop_owner"],
}  # fmt: skip
CREATOR = {**OWNER, "rolcreaterole": True, "administers": ["shop"]}
SUPERUSER = {**OWNER, "name": "postgres", "rolsuper": True}


def actual(me=None, role=None, owner=None, schemas=None, extensions=(), available=None):
    roles = {"shop_owner": {**ROLE, **(owner or {})}, "shop": {**ROLE, **(role or {})}}
    return {
        "self": me or OWNER, "roles": roles, "schemas": schemas or {"public": "pg_database_owner"},
        "extensions": list(extensions), "available": available or {},
    }  # fmt: skip


def steps(declared=None, **seen):
    found = foreign_database.steps({**DECLARED, **(declared or {})}, actual(**seen))
    return [(foreign_database.text(step.statement), step.may) for step in found]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ({"rolsuper": True}, 'ALTER ROLE "shop" NOSUPERUSER'),
        ({"rolcreaterole": True}, 'ALTER ROLE "shop" NOCREATEROLE'),
        ({"rolcanlogin": False}, 'ALTER ROLE "shop" LOGIN'),
        ({"rolreplication": True}, 'ALTER ROLE "shop" NOREPLICATION'),
        ({"connection_limit": 3}, 'ALTER ROLE "shop" CONNECTION LIMIT -1'),
        ({"valid_until": "2020-01-01"}, "ALTER ROLE \"shop\" VALID UNTIL 'infinity'"),
        ({"member_of": ["pg_read_all_data"]}, 'REVOKE "pg_read_all_data" FROM "shop"'),
        ({"members": ["eve"]}, 'REVOKE "shop" FROM "eve"'),
    ],
)
def test_what_the_applications_role_may_not_be(role, statement):
    assert steps(role=role) == [(statement, False)]
    assert steps(role=role, me=SUPERUSER) == [(statement, True)]


@pytest.mark.parametrize(
    ("me", "role", "may"),
    [
        (CREATOR, {"rolcreaterole": True}, True),
        (CREATOR, {"rolsuper": True}, False),
        (CREATOR, {"rolbypassrls": True}, False),
        ({**CREATOR, "rolbypassrls": True}, {"rolbypassrls": True}, True),
        # From version 16 on, a role that it has not made is not its own to alter.
        ({**CREATOR, "administers": []}, {"rolcreaterole": True}, False),
        ({**CREATOR, "administers": [], "version": 150000}, {"rolcreaterole": True}, True),
        ({**CREATOR, "version": 150000}, {"rolcreatedb": True}, True),
    ],
)
def test_an_owner_that_may_create_roles(me, role, may):
    assert [step[1] for step in steps(me=me, role=role)] == [may]


def test_a_role_that_is_not_there():
    seen = actual(me=CREATOR)
    del seen["roles"]["shop"]
    [step] = foreign_database.steps(DECLARED, seen)
    assert (foreign_database.text(step.statement), step.may) == ('CREATE ROLE "shop" LOGIN', True)


def test_the_owners_rights_are_its_providers():
    assert steps(owner={"rolcreaterole": True, "member_of": ["provider_admin"]}) == []


@pytest.mark.parametrize(
    ("declared", "seen", "expected"),
    [
        ({"schema": "shop"}, {}, [('CREATE SCHEMA "shop" AUTHORIZATION "shop_owner"', True)]),
        (
            {"schema": "shop"},
            {"me": {**OWNER, "may_create": False}},
            [('CREATE SCHEMA "shop" AUTHORIZATION "shop_owner"', False)],
        ),
        (
            {},
            {"schemas": {"public": "postgres"}},
            [('ALTER SCHEMA "public" OWNER TO "shop_owner"', False)],
        ),
        (
            {},
            {"me": {**OWNER, "database_owner": "postgres"}},
            [('ALTER DATABASE "shop" OWNER TO "shop_owner"', False)],
        ),
        (
            {"extensions": ["citext", "dblink", "none"]},
            {"available": {"citext": True, "dblink": False}},
            [
                ('CREATE EXTENSION "citext"', True),
                ('CREATE EXTENSION "dblink"', False),
                ('CREATE EXTENSION "none"', False),
            ],
        ),
        ({"extensions": ["citext"]}, {"extensions": ["citext"]}, []),
        (
            {"settings": {"search_path": "shop, public"}},
            {"role": {"settings": ["search_path=shop, public"]}},
            [("ALTER ROLE \"shop_owner\" SET \"search_path\" TO 'shop', 'public'", True)],
        ),
    ],
)
def test_what_is_in_the_database(declared, seen, expected):
    assert steps(declared, **seen) == expected
