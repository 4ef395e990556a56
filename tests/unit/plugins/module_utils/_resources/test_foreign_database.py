from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    foreign_database as kind,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    CONVERGE,
    not_checked,
)

RESOURCE = {
    "database": "shop", "schema": "shop", "owner": "shop_owner", "role": "shop",
    "extensions": ["dblink"], "settings": {}, "connection_limit": -1,
}  # fmt: skip
OWNER = {
    "name": "shop_owner", "rolsuper": False, "rolcreaterole": False, "version": 170000,
    "database": "shop", "database_owner": "shop_owner", "may_create": True, "administers": [],
    "is_also": ["shop_owner"],
}  # fmt: skip
ROLE = {"members": [], "settings": []}
SEEN = {
    "self": OWNER, "roles": {"shop_owner": ROLE}, "schemas": {}, "extensions": [],
    "available": {"dblink": False},
}  # fmt: skip


def test_what_the_owner_may_not_do_is_said_as_sql():
    role, schema, extension = kind.compare(RESOURCE, SEEN)
    assert (role.attribute, schema.attribute) == ("role shop", "schema shop")
    administrator = "As an administrator of the server, in the database shop: "
    assert role.remedy == administrator + 'CREATE ROLE "shop" LOGIN;'
    assert schema.remedy == CONVERGE
    assert extension.remedy == administrator + 'CREATE EXTENSION "dblink";'


def test_what_a_pooler_hides_is_not_checked():
    [found] = kind.compare(RESOURCE, {"unseen": "a pooler refuses the login"})
    assert found == not_checked("role", "a pooler refuses the login")
