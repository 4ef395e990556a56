import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.pg_hba_strangers import (
    Ours,
    mapped,
    reason,
)

OURS = Ours(
    ["shop"], ["shop", "shop_owner"], ["postgres", "dba"], {"staff": ["crew"], "crew": ["shop"]}
)
SUPERUSER = "lets in a superuser without a password"


def rule(text, options=None):
    """TYPE DATABASES USERS [ADDRESS/MASK] METHOD as a row of pg_hba_file_rules."""
    kind, database, user, *address, method = text.split()
    base, _slash, mask = (address or [""])[0].partition("/")
    return {
        "type": kind, "database": database.split(","), "user_name": user.split(","),
        "address": base or None, "netmask": mask or None, "auth_method": method,
        "options": options,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host all all 0.0.0.0/0.0.0.0 trust", SUPERUSER),
        ("local all all trust", SUPERUSER),
        ("hostssl other dba all trust", SUPERUSER),
        ("host replication all samenet trust", SUPERUSER),
        ("host all all .example.com ident", SUPERUSER),
        ("host shop shop 10.0.0.0/255.0.0.0 trust", "lets in shop without a password"),
        ("host other shop_owner samehost trust", "lets in shop_owner without a password"),
        ("host other +staff all trust", "lets in shop without a password"),
        ("host other /^sh all trust", "lets in shop, shop_owner without a password"),
        ("host other /[ all trust", SUPERUSER),
        ("host shop other all trust", "lets in without a password"),
        ("host /^s.*p$ other all trust", "lets in without a password"),
        ("host sameuser other all trust", "lets in without a password"),
        ("host samerole other all trust", "lets in without a password"),
        # Nobody of ours, or nobody without a password.
        ("host other other all trust", ""),
        ("host replication other all trust", ""),
        ("host other /^x all trust", ""),
        ("host other +other all trust", ""),
        ("host all all all scram-sha-256", ""),
        ("host all all all reject", ""),
        ("host all all all cert", ""),
        ("local all all peer", ""),
    ],
)
def test_whom_a_rule_lets_in(text, expected):
    assert reason([rule(text)], 0, OURS) == expected


@pytest.mark.parametrize(
    ("earlier", "text", "is_in_effect"),
    [
        ("host all all all reject", "host all all 10.0.0.0/255.0.0.0 trust", False),
        ("host all all all reject", "hostssl shop shop samenet trust", False),
        ("host shop,x all 10.0.0.0/255.0.0.0 md5",
         "host shop shop 10.1.0.0/255.255.0.0 trust", False),
        ("local all all peer", "local shop shop trust", False),
        ("hostssl all all all reject", "host shop shop all trust", True),
        ("host all all 10.1.0.0/255.255.0.0 md5", "host shop shop 10.0.0.0/255.0.0.0 trust", True),
        ("host shop shop all md5", "host all all all trust", True),
        ("host all all all reject", "local all all trust", True),
        ("host all all all reject", "host replication postgres all trust", True),
        ("host all all ::/:: reject", "host all all 10.0.0.0/255.0.0.0 trust", True),
        ("host all all samenet reject", "host all all 10.0.0.0/255.0.0.0 trust", True),
    ],
)  # fmt: skip
def test_the_first_rule_that_matches_decides(earlier, text, is_in_effect):
    rules = [rule(earlier), rule(text)]
    assert bool(reason(rules, 1, OURS)) == is_in_effect


@pytest.mark.parametrize(
    ("text", "options", "target", "is_declared", "expected"),
    [
        ("local all all peer", ["map=m"], "postgres", False, "lets eve in as postgres"),
        ("local all all peer", ["map=m"], "shop", False, "lets eve in as shop"),
        ("local all all peer", ["map=m"], "all", False,
         "lets eve in as dba, postgres, shop, shop_owner"),
        ("local all all peer", ["map=m"], "+staff", False, "lets eve in as shop"),
        ("local all all peer", ["map=m"], "/^db", False, "lets eve in as dba"),
        ("local all dba peer", ["map=m"], "\\1", False, "lets eve in as dba"),
        ("hostssl all all all cert", ["map=m"], "dba", False, "lets eve in as dba"),
        ("local all shop peer", ["map=m"], "shop", True, None),
        ("local all all peer", ["map=m"], "postgres", True, "lets eve in as postgres"),
        # The map or the role is not that of the rule.
        ("local all all peer", ["map=x"], "postgres", False, None),
        ("local all all peer", None, "postgres", False, None),
        ("local all other peer", ["map=m"], "postgres", False, None),
        ("local all all peer", ["map=m"], "other", False, None),
        ("local all all peer", ["map=m"], "eve", False, None),
    ],
)  # fmt: skip
def test_as_whom_a_map_lets_in(text, options, target, is_declared, expected):
    mapping = {"map_name": "m", "sys_name": "eve", "pg_username": target}
    found = mapped([rule(text, options)], [mapping], OURS, {0} if is_declared else set())
    assert [words for _mapping, words in found] == ([expected] if expected else [])


def test_who_comes_in_as_themselves_needs_no_map():
    mapping = {"map_name": "m", "sys_name": "postgres", "pg_username": "postgres"}
    assert list(mapped([rule("local all all peer", ["map=m"])], [mapping], OURS, set())) == []
