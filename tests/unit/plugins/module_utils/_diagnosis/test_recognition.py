"""Real exceptions, caught and as the tracebacks that they print, and what must not be taken for one
of the known mistakes."""

import linecache
import os
import sys
import traceback

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import failures
from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import raised
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import recognition

PATH = "/srv/shop/current/app.py"
OWN = "class {0}(Exception): pass\n{0}.__module__ = 'shop.errors'\n"


def made(source, path=PATH):
    """(failure as it is caught, its traceback) of a program."""
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    try:
        exec(compile(source, path, "exec"), {"__name__": "app", "os": os, "sys": sys})  # noqa: S102
    except BaseException as exc:
        exc.__traceback__ = exc.__traceback__.tb_next or exc.__traceback__
        return failures.of_answer(raised.describe(exc)), traceback.format_exc()
    raise AssertionError("nothing was raised")


KNOWN = [
    ("os.environ['MAIL_SERVER']", "missing_variable"),
    ("def settings():\n  return os.environ['MAIL_SERVER']\nsettings()", "missing_variable"),
    # Its own class, with the reason as its cause.
    (
        OWN.format("BadConfiguration")
        + "try:\n  os.environ['MAIL_SERVER']\nexcept KeyError as exc:\n"
        "  raise BadConfiguration('MAIL_SERVER') from exc",
        "missing_variable",
    ),
    ("config = {}\nconfig['MAIL']", "missing_setting"),
    ("import nowhere_at_all", "missing_package"),
    ("from os.path import nowhere", "package_version"),
    ("import importlib\nimportlib.import_module('nowhere_at_all.models')", "missing_package"),
    ("class A: pass\nclass B(A): pass\nclass C(A, B): pass", "base_order"),
    ("class A: pass\nclass B(A): pass\ntype('C', (A, B), {})", "base_order"),
    ("def f(:\n  pass", "syntax"),
    ("if True:\npass", "syntax"),
    ("raise f(:", "syntax"),
    ("x = 1; import nowhere_at_all", "missing_package"),
    ("__import__('nowhere_at_all')", "missing_package"),
    ("import email.nowhere, json", "missing_package"),
    ("raise PermissionError(13, 'Permission denied', '/etc/shadow')", "file_denied"),
    ("raise OSError(30, 'Read-only file system', '/opt/x')", "file_denied"),
    # What came after it is told too, and is not the reason.
    ("try:\n  os.environ['X']\nexcept KeyError:\n  1 / 0", ""),
]

UNRELATED = [
    # Its own classes, by the names of others.
    *(
        OWN.format(name) + f"raise {name}('{text}')"
        for name, text in (
            ("OperationalError", "server closed the connection unexpectedly"),
            ("InterfaceError", "connection already closed"),
            ("TimeoutError", "QueuePool limit of size 5 overflow 10 reached"),
            ("UndefinedTable", 'relation "entry" does not exist'),
            ("InFailedSqlTransaction", "current transaction is aborted"),
            ("PendingRollbackError", "has been rolled back"),
            ("UniqueViolation", "duplicate key value violates unique constraint"),
            ("BuildError", "Could not build url for endpoint"),
            ("CSRFError", "The CSRF token is missing."),
            ("NoAppException", "Could not import"),
            ("KeyError", "SECRET_KEY"),
            ("AppImportError", "Failed to find attribute"),
        )
    ),
    # Misleading texts.
    "raise RuntimeError('Working outside of application context.')",
    "raise RuntimeError('The session is unavailable because no secret key was set.')",
    "raise RuntimeError(\"is not registered with this 'SQLAlchemy' instance\")",
    "raise TypeError('Cannot create a consistent method resolution order (MRO) for bases A, B')",
    "raise ImportError('cannot import name x (most likely due to a circular import)')",
    "raise AttributeError('partially initialized module shop has no attribute app')",
    "raise ImportError(\"cannot import name 'x' from 'y' (/usr/lib/python3/dist-packages/y.py)\")",
    "raise SyntaxError('invalid syntax')",
    # Data is no file of the application's.
    "exec('x = (')",
    "eval('1 +')",
    "import ast\nast.literal_eval('{')",
    # The key is of another mapping, or of a library's own configuration.
    "config, row = {'A': 1}, {}\nconfig['A'] + row['b']",
    "import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {'h': {"
    "'class': 'logging.StreamHandler', 'formatter': 'brief'}}})",
    # A program that cannot be executed.
    "import subprocess\nsubprocess.run(['/etc/passwd'])",
    "raise ModuleNotFoundError('install shop[mail]')",
    "raise ValueError('QueuePool limit of size 5 overflow 10 reached')",
    "raise AssertionError('View function mapping is overwriting an existing endpoint function')",
    "raise ValueError(\"The name 'x' is already registered for this blueprint.\")",
    "raise KeyError('SECRET_KEY')",
    "environ = {}\nenviron['DATABASE_URL']",
    "raise OSError(28, 'No space left on device')",
    "raise FileNotFoundError(2, 'No such file or directory', '/x')",
    "raise ConnectionResetError('server closed the connection unexpectedly')",
    "raise TimeoutError('connection timed out')",
    "raise Exception('psycopg2.errors.UndefinedTable: relation \"entry\" does not exist')",
    "raise LookupError('class uri nowhere invalid or not found')",
    "1 / 0",
    # Handled on the way, and not the reason.
    "try:\n  import nowhere_at_all\nexcept ImportError:\n  raise ValueError('no number')",
]


@pytest.mark.parametrize(("source", "name"), [*KNOWN, *((source, "") for source in UNRELATED)])
def test_an_exception(source, name):
    caught, printed = made(source)
    assert recognition.recognise(caught) == name
    shown = failures.parse(printed)
    assert len(shown) == 1
    assert recognition.recognise(shown[0]) == name
    assert [one.type for one in shown[0]] == [one.type for one in caught]
    if "SyntaxError" not in caught[-1].type:
        assert failures.place(shown[0]).startswith(f"{PATH}, line ")
        assert failures.place(shown[0]) == failures.place(caught)


LINES = [
    "KeyError: 'MAIL_SERVER'",
    'INFO psycopg2.errors.UndefinedTable: relation "entry" does not exist',
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached",
    "the handler met: Traceback (most recent call last)",
    "Traceback (most recent call last): see below",
    "Failed to find attribute 'app' in 'wsgi'.",
    "TypeError: create_app() missing 1 required positional argument: 'name'",
    "Worker (pid:3) exited with code 3",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_log_is_no_exception(line):
    assert failures.parse(f"[INFO] Booting worker\n{line}\n[INFO] Exiting\n") == []


GAVE_UP = "[2026-11-26 15:00:00 +0000] [7] [ERROR] Reason: App failed to load.\n"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Failed to find attribute 'application' in 'wsgi'.", "wsgi_name"),
        ("Application object must be callable.", "wsgi_name"),
        ("TypeError: create_app() missing 1 required positional argument: 'x'", "wsgi_arguments"),
        ("Failed to parse 'create_app(' as an attribute name or function call.", "wsgi_arguments"),
        ("Failed to parse 'shop.app' as an attribute name or function call.", "wsgi_name"),
        ("Function reference must be a simple name: 'shop.create_app()'", "wsgi_name"),
        ("Failed to parse arguments as literal values: 'create_app(a)'", "wsgi_arguments"),
    ],
)
def test_what_gunicorn_says_in_the_place_of_a_traceback(line, name):
    (failure,) = failures.parse(f"[INFO] Booting worker\n{line}\n{GAVE_UP}")
    assert recognition.recognise(failure) == name


PACKAGES = "/srv/shop/venv/lib/python3.11/site-packages/"
OWN_PLACE = "/srv/shop/current/app.py:page"
SYNC = PACKAGES + "gunicorn/workers/sync.py:handle_request"
UTIL = PACKAGES + "gunicorn/util.py:"
IMPORTS = (
    "<frozen importlib._bootstrap>:_gcd_import",
    "/usr/lib/python3.11/importlib/__init__.py:x",
)


def printed(said, *places, code="x()"):
    """A traceback; each place is path:function."""
    frames = [place.rpartition(":") for place in places]
    shown = "".join(
        f'  File "{path}", line 3, in {at}\n    {code}\n' for path, _colon, at in frames
    )
    return f"{failures.BEGINS}\n{shown}{said}\n"


@pytest.mark.parametrize(
    ("said", "places", "name"),
    [
        # Gunicorn.
        ("ModuleNotFoundError: No module named 'wsgii'", (UTIL + "import_app", *IMPORTS),
         "wsgi_module"),
        ("ModuleNotFoundError: No module named 'wsgii'",
         ("/srv/shop/venv/bin/gunicorn:<module>", UTIL + "import_app", *IMPORTS), "wsgi_module"),
        ("ImportError: Failed to find application, did you mean 'wsgi:app'?",
         (SYNC, UTIL + "import_app"), "wsgi_module"),
        ("TypeError: the 'package' argument is required to perform a relative import for './wsgi'",
         (UTIL + "import_app", *IMPORTS), "wsgi_module"),
        ("AttributeError: type object 'App' has no attribute '__code__'",
         (SYNC, UTIL + "import_app", UTIL + "_called_with_wrong_args"), "wsgi_arguments"),
        ("RuntimeError: You need tornado installed to use this worker.",
         (UTIL + "load_class", PACKAGES + "gunicorn/workers/gtornado.py:<module>"), "worker_class"),
        ("ModuleNotFoundError: No module named 'gevent'",
         (UTIL + "load_class", *IMPORTS, PACKAGES + "gunicorn/workers/ggevent.py:<module>"),
         "worker_class"),
        ("ImportError: Entry point ('gunicorn.workers', 'nowhere') not found",
         (UTIL + "load_class", UTIL + "load_entry_point"), "worker_class"),
        ("TypeError: 'str' object is not callable",
         (PACKAGES + "gunicorn/arbiter.py:spawn_worker",), "worker_class"),
        # An application, or an extension, among what is installed.
        ("ModuleNotFoundError: No module named 'nowhere'",
         (UTIL + "import_app", *IMPORTS, PACKAGES + "shop/__init__.py:<module>"),
         "missing_package"),
        ("AttributeError: 'NoneType' object has no attribute 'x'",
         (SYNC, PACKAGES + "flask_login/utils.py:user"), ""),
        ("ImportError: no backend", (SYNC, PACKAGES + "flask_caching/x.py:get"), ""),
        ("sqlalchemy.exc.CompileError: Can't resolve label reference for ORDER BY. Textual SQL"
         " expression 'id desc' should be explicitly declared as text('id desc')", (OWN_PLACE,),
         "plain_sql"),
        # Versions.
        ("ModuleNotFoundError: No module named 'werkzeug.contrib'", (OWN_PLACE,),
         "package_version"),
        ("ModuleNotFoundError: No module named 'flask._compat'", (OWN_PLACE,), "package_version"),
        ("ModuleNotFoundError: No module named 'distutils'", (OWN_PLACE,), "package_version"),
        ("ModuleNotFoundError: No module named 'distutils_extra'", (OWN_PLACE,),
         "missing_package"),
        ("ImportError: cannot import name 'x' from 'shop' (/home/lib/python3.11-x/shop.py)",
         (OWN_PLACE,), ""),
        # Flask and its extensions, in older versions and by other ways.
        ("KeyError: 'SQLALCHEMY_TRACK_MODIFICATIONS'",
         (OWN_PLACE, PACKAGES + "flask_sqlalchemy/__init__.py:__init__"), "not_registered"),
        ("AssertionError: A setup function was called after the first request was handled.",
         (OWN_PLACE, PACKAGES + "flask/scaffold.py:wrapper_func"), "late_setup"),
        ("RuntimeError: Attempted to generate a URL without the application context being pushed.",
         (OWN_PLACE, PACKAGES + "flask/helpers.py:url_for"), "no_application_context"),
        ("AttributeError: 'NoneType' object has no attribute 'app'",
         (OWN_PLACE, PACKAGES + "flask/templating.py:render_template"), "no_application_context"),
        ("RuntimeError: 'after_this_request' can only be used when a request context is active,"
         " such as in a view function.", (OWN_PLACE, PACKAGES + "flask/ctx.py:after_this_request"),
         "no_request_context"),
        ("RuntimeError: Unable to build URLs outside an active request without 'SERVER_NAME'"
         " configured.", (OWN_PLACE, PACKAGES + "flask/app.py:url_for"), "no_request_context"),
        ("RuntimeError: The environment variable 'SHOP' is not set and as such",
         (OWN_PLACE, PACKAGES + "flask/config.py:from_envvar"), "missing_variable"),
        ("sqlalchemy.exc.ArgumentError: Expected string or URL object, got None",
         (OWN_PLACE, PACKAGES + "sqlalchemy/engine/url.py:_make_url"), "no_database_uri"),
        ("sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string ''",
         (OWN_PLACE, PACKAGES + "sqlalchemy/engine/url.py:_parse_url"), "no_database_uri"),
    ],
)  # fmt: skip
def test_a_traceback(said, places, name):
    (failure,) = failures.parse(printed(said, *places))
    assert recognition.recognise(failure) == name


def test_a_setting_that_a_library_asks_for():
    said, place = "KeyError: 'MAIL'", PACKAGES + "flask_mail.py:init"
    for code, name in (("x = app.config['MAIL']", "missing_setting"), ("x = config['MAIL']", "")):
        (failure,) = failures.parse(printed(said, OWN_PLACE, place, code=code))
        assert recognition.recognise(failure) == name


SCRIPT_NAME = "Request path '/health' does not start with SCRIPT_NAME '/shop'"
INVALID = f"[WARNING] Invalid request from ip=127.0.0.1: Configuration problem: {SCRIPT_NAME}"


def test_what_gunicorn_says_of_a_request():
    (failure,) = failures.parse(f"[2026-11-26 15:50:26 +0000] [28897] {INVALID}\n")
    assert recognition.recognise(failure) == "no_such_route"
    assert failures.parse(f"{INVALID}\n{SCRIPT_NAME}\n") == []


def of_driver(kind, message, sqlstate=""):
    frames = (failures.Frame(PATH, 3, "page", "run()"),)
    frames += (failures.Frame("/x/site-packages/sqlalchemy/engine/default.py", 9, "do", "x"),)
    return failures.Raised(kind, message, sqlstate, "", frames)


DRIVERS = [
    ("psycopg2.OperationalError", "server closed the connection unexpectedly", "stale_connection"),
    ("psycopg2.OperationalError", "SSL connection has been closed unexpectedly",
     "stale_connection"),
    ("psycopg2.OperationalError", "SSL SYSCALL error: EOF detected", "stale_connection"),
    ("psycopg.OperationalError", "consuming input failed: terminating connection due to"
     " administrator command", "stale_connection"),
    ("psycopg2.InterfaceError", "connection already closed", "closed_connection"),
    ("psycopg.OperationalError", "the connection is closed", "closed_connection"),
    ("psycopg2.OperationalError", 'connection to server at "127.0.0.1", port 5432 failed: server'
     " closed the connection unexpectedly", ""),
    ("psycopg2.OperationalError", 'connection to server at "127.0.0.1", port 5432 failed: FATAL: '
     " sorry, too many clients already", "too_many_connections"),
    ("psycopg2.OperationalError", 'connection to server at "127.0.0.1", port 5432 failed:'
     " Connection refused", ""),
    ("psycopg2.DatabaseError", "error with status PGRES_TUPLES_OK and no message from the libpq",
     "shared_pool"),
    ("psycopg2.OperationalError", 'lost synchronization with server: got message type "1"',
     "shared_pool"),
    ("psycopg2.OperationalError", "SSL error: decryption failed or bad record mac", "shared_pool"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "message", "name"), DRIVERS)
def test_what_a_driver_says(kind, message, name):
    assert recognition.recognise((of_driver(kind, message),)) == name


def test_the_first_failure_of_a_transaction_is_told():
    first = of_driver("psycopg2.errors.UndefinedTable", 'relation "x" does not exist', "42P01")
    then = of_driver("psycopg2.errors.InFailedSqlTransaction", "is aborted", "25P02")
    assert recognition.recognise((then,)) == "aborted_transaction"
    assert recognition.recognise((first, then._replace(link="context"))) == "relation_missing"
