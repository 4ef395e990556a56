"""What is made of rows; the queries themselves are tried on real servers."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import structure


class Error(Exception):
    diag = type("Diag", (), {"message_primary": "cache lookup failed"})


class Cursor:
    """Answers with rows in turn; what is no list is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.run = []

    def execute(self, query, _values=None):
        self.run.append(str(query))
        if "SAVEPOINT" in str(query):
            return
        self.answer = self.answers.pop(0)
        if isinstance(self.answer, Exception):
            raise self.answer

    def fetchall(self):
        return self.answer


def row(kind, identity, rest="", owner="", on_table=""):
    return {"kind": kind, "identity": identity, "rest": rest, "owner": owner,
            "on_table": on_table, "attributes": {}}  # fmt: skip


@pytest.fixture(autouse=True)
def driver(monkeypatch):
    monkeypatch.setattr(structure, "psycopg2", type("Driver", (), {"Error": Error}))


def test_a_thing_is_named_by_its_kind_and_place():
    rows = [
        row("table", "public.e", owner="o"),
        row("column", "public.e", "a", on_table="public.e"),
        row("trigger", "public.e", "t", "eve", "public.e"),
        row("event trigger", "x", owner="postgres"),
    ]
    found = structure.read(Cursor(rows, []), "public", "o")
    assert list(found.things) == [
        "table public.e", "column public.e.a", "trigger t on public.e", "event trigger x",
    ]  # fmt: skip
    assert found.things["trigger t on public.e"] == ("trigger", {}, "eve", "public.e")


def test_the_revisions_of_all_tables_of_alembic(monkeypatch):
    names = type("Sql", (), {"Identifier": lambda *names: names, "SQL": staticmethod(Text)})
    monkeypatch.setattr(structure, "sql", names)
    tables = [
        {"schema": "a", "name": "alembic_version"},
        {"schema": "b", "name": "alembic_version"},
    ]
    cursor = Cursor([], tables, [{"revision": "2"}], [{"revision": "1"}])
    assert structure.read(cursor, "public", "o").revisions == ("1", "2")


class Text(str):
    __slots__ = ()

    def format(self, table):
        return f"{self} {table}"


def test_what_goes_while_it_is_read_is_no_error():
    cursor = Cursor(Error("no"))
    assert structure.read(cursor, "public", "o").why == "cache lookup failed"
    assert cursor.run[-1] == "ROLLBACK TO SAVEPOINT structure"
