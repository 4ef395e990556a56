"""Tracebacks as journals have them."""

from ansible_collections.flaskops.stack.plugins.module_utils._application import failures

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
