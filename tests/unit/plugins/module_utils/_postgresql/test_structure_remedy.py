import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    structure_remedy as remedy,
)

INDEX = {"definition": "CREATE INDEX i ON public.e USING btree (a)", "state": "valid"}


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("trigger t on public.e", "trigger", ["DROP TRIGGER t ON public.e"]),
        ('policy "p on q" on public.e', "policy", ['DROP POLICY "p on q" ON public.e']),
        ("rule r on public.e", "rule", ["DROP RULE r ON public.e"]),
        ("constraint c on public.e", "constraint", ["ALTER TABLE public.e DROP CONSTRAINT c"]),
        ("index public.i", "index", ["DROP INDEX public.i"]),
        ("routine public.f(integer)", "routine", ["DROP ROUTINE public.f(integer)"]),
        ("event trigger e", "event trigger", ["DROP EVENT TRIGGER e"]),
        ("cast (text AS integer)", "cast", ["DROP CAST (text AS integer)"]),
        ("foreign-data wrapper w", "foreign-data wrapper", ["DROP FOREIGN DATA WRAPPER w"]),
        ("statistics object public.s", "statistics object", ["DROP STATISTICS public.s"]),
        # No row is lost by a remedy that is a command.
        ("table public.e", "table", []),
        ("column public.e.a", "column", []),
        ("materialized view public.m", "materialized view", []),
        ("type public.t", "type", []),
    ],
)
def test_what_takes_a_thing_away(name, kind, expected):
    assert remedy.drop(name, kind) == expected


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("column public.e.a", "column", "ALTER TABLE public.e DROP COLUMN a"),
        ('column public.e."a.b"', "column", 'ALTER TABLE public.e DROP COLUMN "a.b"'),
        ("table public.e", "table", "DROP TABLE public.e"),
    ],
)
def test_what_takes_rows_away(name, kind, expected):
    assert remedy.remove(name, kind) == expected


@pytest.mark.parametrize(
    ("name", "kind", "attributes", "expected"),
    [
        ("index public.i", "index", INDEX, [INDEX["definition"]]),
        (
            "constraint c on public.e", "constraint", {"definition": "CHECK (a > 0)"},
            ["ALTER TABLE public.e ADD CONSTRAINT c CHECK (a > 0)"],
        ),
        (
            "trigger t on public.e", "trigger",
            {"definition": "CREATE TRIGGER t", "state": "disabled"},
            ["CREATE TRIGGER t", "ALTER TABLE public.e DISABLE TRIGGER t"],
        ),
        ("rule r on public.e", "rule", {"definition": "CREATE RULE r;"}, ["CREATE RULE r"]),
        ("view public.v", "view", {"definition": "0af"}, []),
        ("routine public.f()", "routine", {"definition": "0af"}, []),
        ("table public.e", "table", {"definition": ""}, []),
    ],
)  # fmt: skip
def test_what_makes_a_thing_again(name, kind, attributes, expected):
    assert remedy.create(name, kind, attributes) == expected


E = "ALTER TABLE public.e"


@pytest.mark.parametrize(
    ("name", "attribute", "expected", "current", "statements"),
    [
        ("table public.e", "persistence", "logged", "unlogged", [f"{E} SET LOGGED"]),
        ("table public.e", "row security", "disabled", "enabled",
         [f"{E} DISABLE ROW LEVEL SECURITY"]),
        ("table public.e", "row security", "enabled", "disabled",
         [f"{E} ENABLE ROW LEVEL SECURITY"]),
        ("table public.e", "row security of the owner", "", "forced",
         [f"{E} NO FORCE ROW LEVEL SECURITY"]),
        ("table public.e", "tablespace", "", "slow", [f"{E} SET TABLESPACE pg_default"]),
        ("table public.e", "system triggers", "enabled", "disabled", [f"{E} ENABLE TRIGGER ALL"]),
        ("table public.e", "options", "", "a=1, b=2", [f"{E} RESET (a, b)"]),
        ("table public.e", "options", "a=1", "", [f"{E} SET (a=1)"]),
        ("table public.e", "inherits", "public.p", "x.q",
         [f"{E} NO INHERIT x.q", f"{E} INHERIT public.p"]),
        ("table public.e", "definition", "", "x", []),
        ("column public.e.a", "default", "", "f()", [f"{E} ALTER COLUMN a DROP DEFAULT"]),
        ("column public.e.a", "default", "1", "", [f"{E} ALTER COLUMN a SET DEFAULT 1"]),
        ("column public.e.a", "null", "not allowed", "allowed",
         [f"{E} ALTER COLUMN a SET NOT NULL"]),
        ("column public.e.a", "type", "text", "integer", []),
        ("trigger t on public.e", "state", "enabled", "disabled", [f"{E} ENABLE TRIGGER t"]),
        ("rule r on public.e", "state", "enabled", "disabled", [f"{E} ENABLE RULE r"]),
        ("index public.i", "state", "valid", "INVALID", ["REINDEX INDEX public.i"]),
    ],
)  # fmt: skip
def test_what_changes_an_attribute_back(name, attribute, expected, current, statements):
    kind = name.partition(" ")[0]
    assert remedy.change(name, kind, attribute, expected, current) == statements


def test_a_subscription_goes_without_the_other_server():
    assert remedy.before_removal('subscription "S"', "subscription") == [
        'ALTER SUBSCRIPTION "S" DISABLE', 'ALTER SUBSCRIPTION "S" SET (slot_name = NONE)',
    ]  # fmt: skip
    assert remedy.before_removal("table public.a", "table") == []
