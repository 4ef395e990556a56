"""Tracebacks as journals have them."""

import json

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import failures
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import raised

# Of Flask-SQLAlchemy 3.1 with psycopg2 2.9, as Gunicorn wrote it; cut.
WRAPPED = """\
[2026-11-26 15:00:00 +0000] [8] [ERROR] Exception on /mistakes/not_unique [GET]
Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec
    self.dialect.do_execute(
  File "/srv/shop/.venv/lib/python3.11/site-packages/sqlalchemy/engine/default.py", line 924, in do
    cursor.execute(statement, parameters)
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "mistake_pkey"
DETAIL:  Key (email)=(bob@example.com) already exists.


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.11/site-packages/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/shop/wsgi.py", line 41, in twice
    insert(id=1, name="a")
  [Previous line repeated 3 more times]
  File "/srv/shop/.venv/lib/python3.11/site-packages/sqlalchemy/engine/default.py", line 924, in do
    cursor.execute(statement, parameters)
sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates \
unique constraint "mistake_pkey"
DETAIL:  Key (email)=(bob@example.com) already exists.

[SQL: INSERT INTO mistake (id, name) VALUES (%(id)s, %(name)s)]
[parameters: {'id': 1, 'name': 'bob@example.com'}]
(Background on this error at: https://sqlalche.me/e/20/gkpj)
127.0.0.1 - - [26/Nov/2026:15:00:00 +0000] "GET / HTTP/1.0" 500 265
"""
GEVENT = """\

Error: class uri 'gevent' invalid or not found: 

[Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.11/site-packages/gunicorn/util.py", line 109, in load_class
    mod = importlib.import_module('.'.join(components))
  File "<frozen importlib._bootstrap>", line 1206, in _gcd_import
ModuleNotFoundError: No module named 'gevent'
]
"""  # noqa: W291


def test_a_wrapped_exception():
    (failure,) = failures.parse(WRAPPED)
    first, last = failure
    assert (first.type, first.sqlstate) == ("psycopg2.errors.UniqueViolation", "23505")
    assert (last.type, last.link) == ("sqlalchemy.exc.IntegrityError", "cause")
    assert failures.own_frame(failure).code == 'insert(id=1, name="a")'
    assert failures.describe(failure) == (
        "sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value"
        ' violates unique constraint "mistake_pkey" at /srv/shop/wsgi.py, line 41, in twice'
    )


SHORT = failures.BEGINS + '\n  File "{}", line 1, in f\n    x\n{}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WRAPPED, True),
        (GEVENT, False),
        (SHORT.format("/srv/a.py", "NameError: x"), False),
        # Of a library that fails on its way to a database.
        (SHORT.format("/x/site-packages/psycopg2/pool.py", "KeyError: 1"), True),
        (SHORT.format("/srv/a.py", "sqlalchemy.exc.NoResultFound: x"), True),
    ],
)  # fmt: skip
def test_whether_a_database_has_to_do_with_it(text, expected):
    assert failures.is_of_database(failures.parse(text)[0]) == expected


def test_no_row_of_a_database_is_told():
    (failure,) = failures.parse(WRAPPED)
    assert "bob@example.com" not in failures.describe(failure)


def test_two_failures_are_two():
    text = WRAPPED + "ERROR in app\n" + WRAPPED
    assert [len(failure) for failure in failures.parse(text)] == [2, 2]


def test_a_traceback_that_is_cut_off():
    lines = WRAPPED.splitlines(True)
    assert failures.parse("".join(lines[:4])) == []
    assert len(failures.parse("".join(lines[2:]))) == 1


def test_gunicorns_own_words_for_a_class_of_workers():
    found = failures.parse(GEVENT)
    assert found[0][0].type == "gunicorn.errors.ConfigError"
    assert found[0][0].message.startswith("class uri 'gevent'")
    assert found[-1][-1].type == "ModuleNotFoundError"


def test_what_is_not_known_has_its_chain():
    text = (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 3, in load\n    int("x")\n'
        "ValueError: invalid literal\n"
        f"\n{failures.CONTEXT}\n\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 9, in <module>\n    load()\n'
        "shop.Bad: 7\n"
    )
    (failure,) = failures.parse(text)
    assert failures.describe(failure) == (
        "shop.Bad: 7 at /srv/shop/app.py, line 9; while this was handled:"
        " ValueError: invalid literal"
    )


def test_a_library_alone_has_no_place():
    text = (
        'Traceback (most recent call last):\n  File "/usr/lib/python3.11/site.py", line 3, in x\n'
        "ValueError\n"
    )
    (failure,) = failures.parse(text)
    assert failures.place(failure) == ""
    assert failures.describe(failure) == "ValueError"


def traceback_of(said, code="page()"):
    return f'{failures.BEGINS}\n  File "/srv/shop/app.py", line 3, in page\n    {code}\n{said}\n'


@pytest.mark.parametrize(
    "before",
    ["[2026-11-26 15:00:00,123] WARNING in app: no cache", "INFO:shop.cache:no cache"],
)
def test_what_is_logged_as_handled_does_not_count(before):
    chain = f"{traceback_of('KeyError: 1')}\n{failures.CONTEXT}\n\n{traceback_of('ValueError: 2')}"
    other = "[2026-11-26 15:00:00,123] ERROR in app: Exception on / [GET]\n" + traceback_of("E: 3")
    (failure,) = failures.parse(f"{other}{before}\n{chain}")
    assert [one.type for one in failure] == ["E"]
    assert len(failures.parse(f"{before}\n{chain}{other}")) == 1


def test_what_was_not_understood_leads_to_nothing_else():
    broken = traceback_of("*** no exception ***")
    text = f"{traceback_of('A: 1')}log\n{broken}\n{failures.CAUSE}\n\n{traceback_of('B: 2')}"
    assert [[one.type for one in failure] for failure in failures.parse(text)] == [["A"], ["B"]]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("shop.make.<locals>.Wrong: x", "shop.make.<locals>.Wrong"),
        ("shop.Wrong:", "shop.Wrong"),
        ("\x1b[1;35mKeyError\x1b[0m: \x1b[35m1\x1b[0m", "KeyError"),
    ],
)
def test_names_of_classes(said, kind):
    (failure,) = failures.parse(traceback_of(said))
    assert failure[-1].type == kind


@pytest.mark.parametrize(
    "said",
    [
        'psycopg2.errors.InvalidTextRepresentation: invalid input syntax for type integer: "bob"s"',
        "sqlalchemy.exc.DataError: (psycopg2.errors.InvalidTextRepresentation) invalid input value"
        ' for enum mood: "bob"',
        'psycopg.errors.NumericValueOutOfRange: value "bob" is out of range for type integer',
        'psycopg2.errors.DatetimeFieldOverflow: date/time field value out of range: "bob"',
        "sqlalchemy.exc.ObjectNotExecutableError: Not an executable object: \"SELECT 'bob'\"",
        "sqlalchemy.exc.ArgumentError: Textual SQL expression 'SELECT bob' should be",
        "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string 'x//:bob@x'",
    ],
)
def test_no_value_is_told(said):
    (failure,) = failures.parse(traceback_of(said))
    assert "bob" not in failures.describe(failure)
    one = {"type": "E", "message": said, "sqlstate": "", "link": "", "frames": []}
    assert "bob" not in failures.describe(failures.of_answer([one]))


def test_much_of_a_message_is_cut():
    (failure,) = failures.parse(traceback_of("ValueError: " + "x" * 10**6, "y" * 10**6))
    assert len(failures.describe(failure)) < 2000
    assert failures.parse(traceback_of("E: 1").replace("line 3", "line " + "9" * 5000)) == []


def odd(body, **attributes):
    """An exception whose class has this body."""
    names = {}
    exec(f"class Odd(Exception):\n  {body}\n", names)  # noqa: S102
    for name, value in attributes.items():
        setattr(names["Odd"], name, value)
    return names["Odd"]()


def syntax(**attributes):
    found = SyntaxError("x")
    for name, value in attributes.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    "exc",
    [
        odd("def __str__(self): raise ValueError"),
        odd("def __str__(self): return 1"),
        odd("def __str__(self): return str(self)"),
        odd("def __str__(self): return 'x' * 10**7"),
        odd("pgcode = 5", __module__="psycopg2.errors"),
        odd("pass", __module__=None),
        odd("pass", __module__=3),
        syntax(filename=5, lineno="x", text=b"abc"),
        syntax(filename="x", lineno=None, text=5),
        syntax(filename=b"x", lineno=2),
    ],
)
def test_odd_exceptions(exc):
    found = raised.describe(exc)
    assert failures.of_answer(json.loads(json.dumps(found)))
    assert len(json.dumps(found)) < 5000


def test_chains():
    empty, last = odd("def __len__(self): return 0"), ValueError("x")
    last.__cause__ = empty
    assert [one["type"] for one in raised.describe(last)] == ["Odd", "ValueError"]
    for number in range(1000):
        before, last = last, ValueError(number)
        last.__context__ = before
    assert len(raised.describe(last)) == raised.LINKS
