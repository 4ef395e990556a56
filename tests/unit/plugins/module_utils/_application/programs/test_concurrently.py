import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import (
    concurrently,
)

NUMBERS = {"entry": 1, "public.entry": 1, "ix": 10, '"Ix a"': 11, "part_1": 30, "other": 2}


def server(invalid=(), detaching=()):
    """A function that answers as a server with these INVALID indexes does."""

    def ask(query):
        if query == concurrently.READ_INVALID:
            return list(invalid)
        if query == concurrently.READ_DETACHING:
            return [(number,) for number in detaching]
        if "to_regclass" in query:
            return [(NUMBERS.get(query.split("'")[1]),)]
        return [(1,)]

    return ask


@pytest.mark.parametrize(
    ("statement", "is_concurrent"),
    [
        ("CREATE INDEX CONCURRENTLY ix ON entry (id)", True),
        ("create unique index  concurrently if not exists ix on entry (id)", True),
        ("/* why */ CREATE INDEX /* CONCURRENTLY */ ix ON entry (id)", False),
        ("-- first\nCREATE INDEX CONCURRENTLY ON entry (id)", True),
        ("DROP INDEX CONCURRENTLY IF EXISTS ix", True),
        ("REINDEX INDEX CONCURRENTLY ix", True),
        ("REINDEX (VERBOSE, CONCURRENTLY) TABLE entry", True),
        ("REINDEX TABLE entry", False),
        ("ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY", True),
        ("ALTER TABLE part DETACH PARTITION part_1", False),
        # Waits for nobody older, and others wait behind it.
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY view", False),
        ("INSERT INTO entry VALUES ('CREATE INDEX CONCURRENTLY')", False),
    ],
)
def test_what_waits_for_older_transactions(statement, is_concurrent):
    assert concurrently.is_concurrent(concurrently.words(statement)) is is_concurrent


IX = (10, 1, "ix", "public.ix", 0)
QUOTED = (11, 1, "Ix a", 'public."Ix a"', 0)
UNNAMED = (12, 1, "entry_id_idx1", "public.entry_id_idx1", 0)
NEW = (13, 1, "ix_ccnew", "public.ix_ccnew", 0)
ELSEWHERE = (14, 2, "ix_ccnew1", "public.ix_ccnew1", 0)
ALL = (IX, QUOTED, UNNAMED, NEW, ELSEWHERE)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE INDEX CONCURRENTLY ix ON entry (id)", ["public.ix"]),
        ("CREATE INDEX CONCURRENTLY IX ON ONLY public.entry (id)", ["public.ix"]),
        ("CREATE INDEX ix ON entry (id)", ["public.ix"]),
        ('CREATE UNIQUE INDEX CONCURRENTLY "Ix a" ON entry (id)', ['public."Ix a"']),
        ("CREATE INDEX CONCURRENTLY ON entry (id)", ["public.entry_id_idx1"]),
        ("CREATE INDEX CONCURRENTLY another ON entry (id)", []),
        ("CREATE INDEX CONCURRENTLY ix ON other (id)", []),
        ("CREATE INDEX CONCURRENTLY ix ON missing (id)", []),
        ("REINDEX INDEX CONCURRENTLY ix", ["public.ix_ccnew"]),
        ("REINDEX (CONCURRENTLY) TABLE entry", ["public.ix_ccnew"]),
        ("REINDEX SCHEMA CONCURRENTLY public", ["public.ix_ccnew", "public.ix_ccnew1"]),
        ("DROP INDEX CONCURRENTLY ix", []),
        ("DROP TABLE entry", []),
    ],
)
def test_what_a_former_run_of_a_statement_has_left(statement, found):
    assert concurrently.leftovers(statement, server(ALL), [99]) == found


STATEMENT = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON entry (id)"


@pytest.mark.parametrize(
    ("known", "pid"),
    [(None, 0), ([10], 0), ([], 4711)],
    ids=["no former run", "it was there before it", "somebody builds it"],
)
def test_an_index_of_somebody_else_is_in_the_way(known, pid):
    with pytest.raises(concurrently.Invalid, match=r"INVALID index public\.ix, of somebody else"):
        concurrently.leftovers(STATEMENT, server([(*IX[:4], pid)]), known)


DETACH = "ALTER TABLE part\n DETACH PARTITION part_1 CONCURRENTLY"


@pytest.mark.parametrize(
    ("known", "detaching", "instead"),
    [
        ([], [30], "ALTER TABLE part\n DETACH PARTITION part_1 FINALIZE"),
        (None, [30], None),
        ([30], [30], None),
        ([], [], None),
    ],
)
def test_a_detachment_that_was_begun_is_finished(known, detaching, instead):
    assert concurrently.finishing(DETACH, server((), detaching), known) == instead
    assert concurrently.finishing(STATEMENT, server((), detaching), known) is None
