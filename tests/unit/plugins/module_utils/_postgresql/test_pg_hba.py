import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.pg_hba import (
    PgHbaError,
    place,
    records,
    visible,
)

DEBIAN = """\
# PostgreSQL Client Authentication Configuration File
local   all             postgres                                peer

# TYPE  DATABASE        USER            ADDRESS                 METHOD
local   all             all                                     peer
host    all             all             127.0.0.1/32            scram-sha-256
"""
ENTRY = {"database": ["shop"], "user": ["shop"], "address": ["192.0.2.7"]}
LINE = "host shop shop 192.0.2.7/32 scram-sha-256"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, [LINE]),
        ({"type": "hostssl"}, ["hostssl shop shop 192.0.2.7/32 scram-sha-256"]),
        ({"address": "10.0.0.0/8"}, ["host shop shop 10.0.0.0/8 scram-sha-256"]),
        (
            {"address": ["2001:db8::1", "app.example", "samenet", ".example.com"]},
            [
                "host shop shop 2001:db8::1/128 scram-sha-256",
                "host shop shop app.example scram-sha-256",
                "host shop shop samenet scram-sha-256",
                "host shop shop .example.com scram-sha-256",
            ],
        ),
        ({"address": []}, []),
        ({"type": "local", "address": None}, ["local shop shop scram-sha-256"]),
        (
            {"database": ["all"], "user": ["+staff", "a b", 'q"q', "ünï", "@x"]},
            ['host all +staff,"a b","q""q","ünï","@x" 192.0.2.7/32 scram-sha-256'],
        ),
        (
            {"method": "cert", "options": {"map": "a b", "clientname": "DN"}},
            ['host shop shop 192.0.2.7/32 cert "clientname=DN" "map=a b"'],
        ),
    ],
)
def test_records(change, lines):
    assert records({**ENTRY, **change}) == lines


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "tcp"}, "type 'tcp' is not one of local, host"),
        ({"methd": "reject"}, "no key methd; an entry has type, database, user, address"),
        ({"type": "local"}, "type local has no address"),
        ({"address": None}, "needs an address"),
        ({"address": "10.0.0.1/8"}, "10.0.0.1/8.*host bits"),
        ({"address": "10.0.0.0.5"}, "10.0.0.0.5"),
        ({"address": "a b"}, "'a b'"),
        ({"user": []}, "needs user"),
        ({"database": [""]}, "needs database"),
        ({"user": ["a\nhost all all all trust"]}, "line break"),
        ({"method": "trust\nhost"}, "no authentication method"),
    ],
)
def test_malformed_entry_is_refused(change, message):
    with pytest.raises(PgHbaError, match=message):
        records({**ENTRY, **change})


def block(name, *lines):
    return "".join(f"{line}\n" for line in (f"# BEGIN {name}", *lines, f"# END {name}"))


def test_the_block_stands_behind_the_administrator_and_before_the_rest():
    first, second = DEBIAN.split("\n\n")
    assert place(DEBIAN, [ENTRY], "x") == f"{first}\n{block('x', LINE)}\n{second}"


@pytest.mark.parametrize(
    "text",
    [
        DEBIAN,
        "",
        "local all all peer\n",
        "# only a comment\n",
        "local all postgres peer",
        DEBIAN.replace("\n", "\r\n"),
        "\udce9 not UTF-8\n" + DEBIAN,
        block("y", "host y y all reject") + DEBIAN,
        "# BEGIN y\n" + DEBIAN,
        "# END y\n" + DEBIAN + "# BEGIN z\n",
    ],
)
class TestAnyFile:
    def test_placing_again_changes_nothing(self, text):
        once = place(text, [ENTRY], "x")
        assert place(once, [ENTRY], "x") == once

    def test_removing_gives_the_former_file(self, text):
        assert place(place(text, [ENTRY], "x"), [], "x").split("\n") == text.split("\n")

    def test_the_record_is_there_once(self, text):
        assert place(text, [ENTRY], "x").count(LINE) == 1


def test_a_block_below_a_foreign_record_moves_above_it():
    moved = place("host all all all reject\n" + block("x", LINE), [ENTRY], "x")
    assert moved == block("x", LINE) + "host all all all reject\n"


def test_a_mark_without_its_other_half_holds_nothing_in_its_place():
    text = "# BEGIN y\nhost all all all trust\n"
    assert place(text, [ENTRY], "x") == block("x", LINE) + text


def test_two_blocks_do_not_push_each_other_around():
    text = DEBIAN
    for name in ("x", "y", "x", "y"):
        before, text = text, place(text, [ENTRY], name)
    assert text == before


@pytest.mark.parametrize("text", ["# BEGIN x\n", "# END x\n# BEGIN x\n", block("x") * 2])
def test_a_broken_block_is_refused(text):
    with pytest.raises(PgHbaError, match="once each"):
        place(text, [ENTRY], "x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "host a b c ldap ldapbindpasswd=x ldapport=1",
            "host a b c ldap ldapbindpasswd=******** ldapport=1",
        ),
        ('a "ldapbindpasswd=two ""w"" words" b', 'a "ldapbindpasswd=********" b'),
        ('a ldapbindpasswd="two words" b', "a ldapbindpasswd=******** b"),
        ('radiussecrets="""s1"",""s2"""\nhost x', "radiussecrets=********\nhost x"),
        ("host a b 127.0.0.1/32 scram-sha-256", "host a b 127.0.0.1/32 scram-sha-256"),
    ],
)
def test_passwords_in_options_are_not_visible(text, expected):
    assert visible(text) == expected
