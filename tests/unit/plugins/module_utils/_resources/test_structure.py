import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import Database
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.structure import (
    Structure,
    Thing,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import structure as kind

RESOURCE = {
    "database": "shop", "schema": "public", "owner": "shop_owner", "roles": ["shop"],
    "login_user": "postgres", "login_port": 5432, "login_host": "", "without_revisions": False,
}  # fmt: skip
TABLE = Thing("table", {"persistence": "logged"}, "shop_owner")
COLUMN = Thing("column", {"default": ""}, "", "public.e")
INDEX = Thing("index", {"definition": "CREATE INDEX i ON public.e (a)", "state": "valid"},
              "", "public.e")  # fmt: skip
TRIGGER = Thing("trigger", {"definition": "CREATE TRIGGER t", "state": "enabled"},
                "", "public.e")  # fmt: skip
OWN = {"table public.e": TABLE, "column public.e.a": COLUMN, "index public.i": INDEX}


def found(things, expected=None, first="", **options):
    known = {name: thing.attributes for name, thing in (expected or OWN).items()}
    actual = {"things": things, "expected": known, "first": first}
    return kind.compare({**RESOURCE, **options}, actual)


def told(things, **options):
    return [(d.check, d.subject, d.direction, d.severity) for d in found(things, **options)]


def of(thing, owner):
    return thing._replace(owner=owner)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        # Of others, at first sight.
        ({"trigger t on public.e": of(TRIGGER, "eve")},
         [("foreign", "trigger t on public.e", "unexpected", "")]),
        ({"event trigger x": Thing("event trigger", {"definition": "on login: f()"}, "postgres")},
         [("foreign", "event trigger x", "unexpected", "")]),
        ({"routine hidden.f()": Thing("routine", {"definition": "0"}, "postgres")},
         [("foreign", "routine hidden.f()", "unexpected", "")]),
        ({"routine pg_catalog.f()": Thing("routine", {"definition": "0"}, "postgres")},
         [("foreign", "routine pg_catalog.f()", "unexpected", "")]),
        ({"operator public.=(a,b)": Thing("operator", {"definition": "f"}, "eve")},
         [("foreign", "operator public.=(a,b)", "unexpected", "")]),
        # The kind privileges tells of these, and nobody tells of what is on such a table.
        ({"routine public.f()": Thing("routine", {"definition": "0"}, "postgres")}, []),
        ({"table public.x": of(TABLE, "eve"),
          "column public.x.a": COLUMN._replace(table="public.x")}, []),
        # By an administrator as the owner.
        ({"trigger t on public.e": TRIGGER},
         [("object", "trigger t on public.e", "unexpected", "error")]),
        ({"table public.x": TABLE, "column public.x.a": COLUMN._replace(table="public.x")},
         [("object", "table public.x", "unexpected", "warning")]),
        ({"column public.e.b": COLUMN}, [("object", "column public.e.b", "unexpected", "error")]),
        ({"index public.j": INDEX}, [("object", "index public.j", "unexpected", "warning")]),
        ({"index public.i": None}, [("object", "index public.i", "missing", "warning")]),
        ({"table public.e": TABLE._replace(attributes={"persistence": "unlogged"})},
         [("object", "table public.e", "different", "error")]),
        ({"table public.e": TABLE._replace(attributes={"persistence": "logged", "options": "a=1"})},
         [("object", "table public.e", "different", "warning")]),
        # What is on a table goes with it.
        (dict.fromkeys(OWN), [("object", "index public.i", "missing", "warning"),
                              ("object", "table public.e", "missing", "error")]),
        # Who drops one after the other comes to the function last.
        ({"routine public.f()": Thing("routine", {"definition": "0"}, "shop_owner"),
          "trigger t on public.e": TRIGGER},
         [("object", "trigger t on public.e", "unexpected", "error"),
          ("object", "routine public.f()", "unexpected", "error")]),
    ],
)  # fmt: skip
def test_difference(changes, expected):
    things = {name: thing for name, thing in {**OWN, **changes}.items() if thing}
    assert told(things) == expected


def test_what_is_in_a_database_that_somebody_else_runs_may_be_that_ones():
    others = {
        "event trigger x": Thing("event trigger", {}, "provider"),
        "routine hidden.f()": Thing("routine", {}, "provider"),
    }
    known = {**OWN, **others}
    assert told(known, login_host="db") == []
    assert told(OWN, expected=known, login_host="db")[0][1] == "routine hidden.f()"
    del others["routine hidden.f()"]
    assert told(OWN, expected={**OWN, **others}, login_host="db") == []
    assert told(known, expected=known, login_host="db") == []
    things = {**known, "trigger t on public.e": of(TRIGGER, "eve")}
    (only,) = found(things, expected=known, login_host="db")
    assert only.remedy == "As shop_owner, in the database shop: DROP TRIGGER t ON public.e;"


def test_a_remedy_loses_no_row():
    (one,) = found({**OWN, "table public.x": TABLE})
    assert one.remedy.startswith("Look at what is in it.")
    assert one.remedy.endswith("-d shop -c 'DROP TABLE public.x'")
    (one,) = found({**OWN, "trigger t on public.e": TRIGGER})
    assert one.remedy.startswith("runuser -u postgres -- psql -p 5432 -d shop -c 'DROP TRIGGER")
    changed = {**OWN, "index public.i": INDEX._replace(attributes={**INDEX.attributes, "definition":
               "CREATE INDEX i ON public.e (b) WHERE a <> '{}'"})}  # fmt: skip
    (one,) = found(changed)
    assert one.remedy.endswith("-c 'DROP INDEX public.i' -c 'CREATE INDEX i ON public.e (a)'")
    view = Thing("view", {"definition": "0af"}, "shop_owner")
    (one,) = found({**OWN, "view public.v": view._replace(attributes={"definition": "1"})},
                   expected={**OWN, "view public.v": view})  # fmt: skip
    assert one.remedy.startswith("Make the view again")


def test_what_is_seen_for_the_first_time_is_not_checked():
    (one,) = found(OWN, first="was seen for the first time")
    assert (one.check, "was seen for the first time" in one.reason) == ("known", True)
    (one,) = kind.compare(RESOURCE, {"why": "cache lookup failed"})
    assert (one.check, one.reason) == ("known", "cache lookup failed")


class Host:
    def __init__(self, structure):
        self.learned = {}
        self.structure = structure

    def database(self, _login, _name, _schema, _owner):
        return Database({}, set(), ({}, set(), set()), structure=self.structure, version=17)


def test_what_is_read_is_remembered_once(monkeypatch):
    kept = {}
    monkeypatch.setattr(kind.proofs, "read", lambda name, _key: kept.get(name))
    host = Host(Structure(OWN, ("1",)))
    assert kind.read(RESOURCE, host)["first"] == "was seen for the first time"
    name = "5432.shop.structure"
    assert list(host.learned) == [name]
    kept[name] = host.learned[name][1]
    again = Host(Structure(OWN, ("1",)))
    assert kind.read(RESOURCE, again)["first"] == ""
    assert again.learned == {}
    assert kind.read({**RESOURCE, "database": "a/b"}, again)["first"]
    assert "5432.a%2Fb.structure" in again.learned


def test_what_could_not_be_read():
    assert kind.read(RESOURCE, Host(Structure(why="x"))) == {"why": "x"}


def test_without_its_revision_nothing_is_found_and_nothing_is_said_to_be_right():
    [unseen] = found(OWN, first=kind.structure_record.LOST)
    assert unseen.reason == "its structure has no revision any more, by which it is compared"


@pytest.mark.parametrize(("revisions", "is_kept"), [((), False), (("1",), True)])
def test_what_no_revision_has_made_is_taken_as_it_is(monkeypatch, revisions, is_kept):
    monkeypatch.setattr(kind.proofs, "read", lambda *_arguments: None)
    host = Host(Structure(OWN, revisions))
    resource = {**RESOURCE, "without_revisions": True}
    actual = kind.read(resource, host)
    assert (bool(host.learned), bool(actual["first"])) == (is_kept, is_kept)
    assert list(kind.compare(resource, {**actual, "first": ""})) == []
    # What is of others is found all the same.
    others = {**OWN, "trigger t on public.e": of(TRIGGER, "eve")}
    [found] = kind.compare(resource, kind.read(resource, Host(Structure(others))))
    assert found.check == "foreign"


def test_what_is_granted_on_the_systems_own_objects():
    granted = kind.system_privileges.Granted("SELECT", "TABLE pg_authid", "PUBLIC")
    actual = {"things": OWN, "expected": {n: dict(t.attributes) for n, t in OWN.items()},
              "first": "", "system": [granted]}  # fmt: skip
    [found] = kind.compare(RESOURCE, actual)
    assert (found.check, found.subject, found.actual) == (
        "grant", "on TABLE pg_authid", "PUBLIC: SELECT",
    )  # fmt: skip
    assert "REVOKE SELECT ON TABLE pg_authid FROM PUBLIC" in found.remedy
