# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mistakes of applications that are known by name, and the signs of each in an exception.

A class is taken by its whole name, and a text only together with the place that raises it: an
application may have classes of the same names, and say the same words.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application.failures import (
    CONFIGURATION_PROBLEM,
    GUNICORN,
)
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import Code
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import database_variables

# Where the words of a mistake come from, for docs/verdicts.md.
ERRORS = "Developping a Flask Web App with a PostreSQL Database - Making all the Possible Errors"
CONNECTIONS = "Flask Database Connection Errors in Production"
PLAYBOOK = "Flask + PostgreSQL: The Production Playbook"
SETUP = "Flask + PostgreSQL Production Setup"


class Sign(NamedTuple):
    """What an exception must have, all that is said. types are whole names; states are SQLSTATEs,
    in the place of types. text, place (the innermost frame's path and function) and line (its
    text, in which KEY stands for the key of a KeyError) are patterns to be found there. importer:
    the innermost frame has this place, but for those of Python's own that import something."""

    types: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    text: str = ""
    place: str = ""
    line: str = ""
    importer: str = ""


class Kind(NamedTuple):
    """One mistake. source is the document that tells of it, "" where none does. follows: it comes
    after another failure, which is told in its place where it is known."""

    cause: str
    remedy: str
    source: str = ""
    signs: tuple[Sign, ...] = ()
    follows: bool = False

    @property
    def code(self) -> Code:
        """As the layers have theirs."""
        return Code(self.cause, self.remedy)


SQLALCHEMY = r"(^|/)sqlalchemy/"
FLASK_SQLALCHEMY = r"(^|/)flask_sqlalchemy/"
DRIVER = (
    "psycopg2.OperationalError", "psycopg2.DatabaseError", "psycopg2.InterfaceError",
    "psycopg.OperationalError", "psycopg.DatabaseError", "psycopg.InterfaceError",
)  # fmt: skip
INVALID_REQUEST = ("sqlalchemy.exc.InvalidRequestError",)
NO_APP = ("flask.cli.NoAppException",)
MISSING = ("ModuleNotFoundError",)
IMPORT_APP = r"(^|/)gunicorn/util\.py:import_app$"
# Of the packages whose parts have moved, and of Python's own modules that are gone since 3.12.
MOVED = (
    r"^No module named '((flask|werkzeug|jinja2|sqlalchemy|flask_sqlalchemy|flask_wtf|wtforms"
    r"|alembic)\.|(distutils|imp|asyncore|asynchat|smtpd|cgi|cgitb|crypt|imghdr|nntplib|pipes"
    r"|telnetlib|pkg_resources)(\.[\w.]+)?'|flask\._)"
)
# A connection that cannot be made is another matter: the layers below tell of it.
ENDED = (
    r"^(?!connection to server|could not connect).*(server closed the connection unexpectedly"
    r"|SSL connection has been closed unexpectedly|SSL SYSCALL error|EOF detected"
    r"|could not (receive data from|send data to) (server|client)|consuming input failed"
    r"|sending (query|prepared query) failed|the connection is lost"
    r"|terminating connection due to)"
)
MIXED = (
    r"lost synchronization with server|no message from the libpq"
    r"|decryption failed or bad record mac|SSL error: (wrong version number|bad length|unexpected)"
    r"|insufficient data in|message type 0x|another command is already in progress"
)

KINDS: dict[str, Kind] = {
    # The models.
    "class_without_table": Kind(
        "A base class of models has no __abstract__ = True, or a model has neither a __tablename__"
        " nor a primary key.",
        "Write __abstract__ = True into the class that only others inherit from; give a model its"
        " primary key and its __tablename__.",
        ERRORS,
        (Sign(INVALID_REQUEST, text="does not have a __table__ or __tablename__ specified"),),
    ),
    "class_without_key": Kind(
        "A model has no primary key; a base class that only others inherit from has no"
        " __abstract__ = True.",
        "Give the model a primary key, or the base class __abstract__ = True.",
        ERRORS,
        (Sign(("sqlalchemy.exc.ArgumentError",), text="could not assemble any primary key"),),
    ),
    "base_order": Kind(
        "A class names its bases in an order that Python cannot follow: db.Model, say, before a"
        " class that inherits from it.",
        "Name one's own base first: class Station(BaseModel, db.Model), or that one alone.",
        ERRORS,
        (
            Sign(
                ("TypeError",),
                text="Cannot create a consistent method resolution",
                line=r"^(class |@|type\(|.*type\.__new__|.*super\(\))|^$",
            ),
        ),
    ),
    "table_twice": Kind(
        "A model is imported under two names, such as models and shop.models, or two classes have"
        " one table.",
        "Import the module by one name everywhere, relative to the package.",
        "",
        (Sign(INVALID_REQUEST, text="is already defined for this MetaData instance"),),
    ),
    "relationship": Kind(
        "A relationship or a foreign key names a class, a column or a table that is not there, or"
        " that is imported later.",
        "Correct the name, and import all modules with models before the first query.",
        "",
        (
            Sign(
                INVALID_REQUEST,
                text=r"failed to locate a name|[Mm]appers? .*(failed to initialize|has no property)"
                r"|When initializing mapper",
            ),
            Sign((
                "sqlalchemy.exc.NoReferencedTableError", "sqlalchemy.exc.NoReferencedColumnError",
                "sqlalchemy.exc.NoForeignKeysError", "sqlalchemy.exc.AmbiguousForeignKeysError",
            )),
        ),
    ),
    # How the application is put together.
    "not_registered": Kind(
        "db.init_app(app) was not called for this application, or there is a second db ="
        " SQLAlchemy() from which the models come.",
        "Call db.init_app(app) in create_app, and have one db = SQLAlchemy() that all others"
        " import.",
        ERRORS,
        (
            Sign(("RuntimeError",), text="is not registered with this 'SQLAlchemy' instance",
                 place=FLASK_SQLALCHEMY),
            Sign(("AssertionError",), text="sqlalchemy extension was not registered",
                 place=FLASK_SQLALCHEMY),
            # Of version 2, which sets its defaults in init_app().
            Sign(("KeyError",), text="^'(sqlalchemy|SQLALCHEMY_[A-Z_]+)'", place=FLASK_SQLALCHEMY),
        ),
    ),
    "no_application_context": Kind(
        "Something asks for the application or its database outside of a request: while a module is"
        " imported, or in a thread.",
        "Put it under with app.app_context():, or into a function that a request calls.",
        ERRORS,
        (
            Sign(("RuntimeError",), text="^Working outside of application context",
                 place=r"(^|/)(werkzeug/local|flask/(globals|ctx|cli|app))\.py"),
            Sign(("RuntimeError",), text="^No application found", place=FLASK_SQLALCHEMY),
            # Of Flask before 2.2.
            Sign(("RuntimeError",), text="^Attempted to generate a URL without the application"
                 " context", place=r"(^|/)flask/helpers\.py:url_for$"),
            Sign(("AttributeError",), text="^'NoneType' object has no attribute 'app'",
                 place=r"(^|/)flask/templating\.py:render_template"),
        ),
    ),
    "no_request_context": Kind(
        "Something reads request or session, or calls url_for, while there is no request.",
        "Move it into a view, or a function that a view calls.",
        "",
        (
            Sign(("RuntimeError",), text="^Working outside of request context",
                 place=r"(^|/)(werkzeug/local|flask/(globals|ctx))\.py"),
            Sign(("RuntimeError",), text="can only be used when a request context is active",
                 place=r"(^|/)flask/ctx\.py"),
            Sign(("RuntimeError",), text="^(Unable to build URLs outside an active request"
                 "|Application was not able to create a URL adapter for request independent)",
                 place=r"(^|/)flask/(helpers|app)\.py:url_for$"),
        ),
    ),
    "two_instances": Kind(
        "There are two db = SQLAlchemy(), and the models or the migrations are of the other one"
        " than the application's; or init_app() is called twice.",
        "Have one db = SQLAlchemy(), which all others import, and one db.init_app(app).",
        ERRORS,
        (
            Sign(("RuntimeError",), text="'SQLAlchemy' instance has already been registered",
                 place=FLASK_SQLALCHEMY),
        ),
    ),
    "models_not_imported": Kind(
        "No module with models is imported when the application is loaded, so that Alembic has"
        " nothing to compare and makes no migration.",
        "Import the models in create_app, or in the module that has it.",
        ERRORS,
    ),
    "no_database_uri": Kind(
        "The application sets SQLALCHEMY_DATABASE_URI after db.init_app(app), under another name,"
        " or from a variable that is not there or is empty; or create_engine() is given such a"
        " one.",
        "Set SQLALCHEMY_DATABASE_URI from the environment variable, before db.init_app(app);"
        f" {database_variables.OTHERWISE}",
        "",
        (
            Sign(("RuntimeError",),
                 text="'SQLALCHEMY_DATABASE_URI' or 'SQLALCHEMY_BINDS' must be set",
                 place=FLASK_SQLALCHEMY),
            Sign(("sqlalchemy.exc.ArgumentError",),
                 text="^(Expected string or URL object, got None$"
                 "|Could not parse (SQLAlchemy|rfc1738) URL from string ''$)"),
        ),
    ),
    "unknown_dialect": Kind(
        "The application's own URL begins with postgres://, while SQLAlchemy takes postgresql://"
        " only, since version 1.4; or it names a driver that SQLAlchemy does not know.",
        "Write postgresql:// in its place, or replace it where the URL is read.",
        "",
        (Sign(("sqlalchemy.exc.NoSuchModuleError",)),),
    ),
    "circular_import": Kind(
        "Two modules import each other, and one of them is asked for a name that it does not have"
        " yet.",
        "Put what both need (db, say) into a third module, or import within the function that"
        " needs it.",
        PLAYBOOK,
        (
            Sign(("ImportError", "AttributeError"),
                 text=r"partially initialized module|\(most likely due to a circular import\)",
                 line=r"^(?!raise\b)"),
        ),
    ),
    "late_setup": Kind(
        "A route, an error handler or a blueprint is added after the first request, or after the"
        " blueprint was registered.",
        "Import all routes before create_app returns, and register a blueprint last.",
        "",
        (
            Sign(("AssertionError",), text="setup method .* can no longer be called"
                 "|^A setup function was called after the first request was handled",
                 place=r"(^|/)flask/"),
        ),
    ),
    "endpoint_twice": Kind(
        "Two views, or two blueprints, have one name; often a decorator without functools.wraps.",
        "Name them apart (endpoint=, name=), and use functools.wraps in decorators.",
        "",
        (
            Sign(("AssertionError",), text="is overwriting an existing endpoint function",
                 place=r"(^|/)flask/"),
            Sign(("ValueError",), text="is already registered for", place=r"(^|/)flask/"),
        ),
    ),
    "missing_variable": Kind(
        "The application needs an environment variable that its environment file does not have.",
        "Declare it in app_environment (the database's in app_database_url_variable or"
        " app_database_variables, that of a settings file in app_settings_variable) and run"
        " flaskops.stack.site; or give it a default (os.environ.get).",
        SETUP,
        (
            Sign(("KeyError",), place=r"(os\.py|<frozen os>):__getitem__$"),
            Sign(("decouple.UndefinedValueError", "environs.exceptions.EnvError",
                  "environs.EnvError", "starlette.config.EnvironError")),
            Sign(("KeyError",), place=r"(^|/)starlette/config\.py"),
            Sign(("RuntimeError",), text="^The environment variable '.*' is not set",
                 place=r"(^|/)flask/config\.py:from_envvar$"),
        ),
    ),
    "no_secret_key": Kind(
        "The application sets no SECRET_KEY, or takes it from a variable that is not there.",
        "Set app.config['SECRET_KEY'] from the environment variable, and app_secret_key here.",
        PLAYBOOK,
        (
            Sign(("RuntimeError",), text="no secret key was set", place=r"(^|/)flask/sessions\.py"),
            Sign(("RuntimeError", "KeyError"), text="secret key is required to use CSRF",
                 place=r"(^|/)flask_wtf/"),
        ),
    ),
    "missing_setting": Kind(
        "The application reads a setting that nothing sets.",
        "Set it in the configuration, or read it with app.config.get().",
        "",
        (
            # A library's own config is another matter.
            Sign(("KeyError",), place=r"^(?!.*/(site-packages|dist-packages|lib/python3[\d.]*)/)/",
                 line=r"\bconfig\[\s*['\"]KEY['\"]\s*\]"),
            Sign(("KeyError",), line=r"\bapp\.config\[\s*['\"]KEY['\"]\s*\]"),
        ),
    ),
    # What Gunicorn is told to run.
    "wsgi_module": Kind(
        "app_wsgi names a module that is not in the release, or the wrong working directory.",
        "Name the module of the release's root: wsgi:app for wsgi.py, shop:create_app() for the"
        " package shop.",
        "",
        (
            Sign(MISSING, importer=IMPORT_APP),
            # wsgi.py:app, and ./wsgi:app.
            Sign(("ImportError",), text="^Failed to find application, did you mean",
                 place=IMPORT_APP),
            Sign(("TypeError",), text="^the 'package' argument is required", importer=IMPORT_APP),
            Sign(NO_APP, text=r"^Could not import '"),
        ),
    ),
    "wsgi_name": Kind(
        "app_wsgi names something that the module does not have, or that is no application.",
        "Name the variable that holds the application (wsgi:app), or the factory with its"
        " parentheses (wsgi:create_app()).",
        "",
        (
            Sign((GUNICORN,), text="^(Failed to find (attribute|application object)"
                 "|Application object must be callable|Failed to parse '[^(]*' as"
                 "|Function reference must be a simple name)"),
            Sign(NO_APP, text="^(Failed to find|Multiple|Detected multiple"
                 "|A valid Flask application was not obtained|Failed to parse '[^(]*' as"
                 "|Function reference must be a simple name)"),
        ),
    ),
    "wsgi_arguments": Kind(
        "The factory in app_wsgi needs arguments that are not given there, or gets others than it"
        " takes.",
        "Give them in app_wsgi (shop:create_app('production')), or give them defaults.",
        "",
        (
            Sign((GUNICORN,), text="^(TypeError:|Failed to parse)"),
            Sign(NO_APP, text="^(The factory|Detected factory|Failed to parse)"),
            # A class in the place of a factory.
            Sign(("AttributeError",), text="has no attribute '__code__'",
                 place=r"(^|/)gunicorn/util\.py:_called_with_wrong_args$"),
        ),
    ),
    "worker_class": Kind(
        "gunicorn_options, or Gunicorn's own file, name a class of workers or of logs that is not"
        " installed: gevent, eventlet, or one's own.",
        "Add the package to the application's requirements and deploy again, or leave the class"
        " out.",
        "",
        (
            Sign(("gunicorn.errors.ConfigError",), text="^class uri"),
            Sign((*MISSING, "AttributeError", "ImportError"),
                 importer=r"(^|/)gunicorn/(util\.py:load_(class|entry_point)$|workers/\w+\.py:<module>$)"),
            # A module that has no such class.
            Sign(("TypeError",), text="^'str' object is not callable",
                 place=r"(^|/)gunicorn/arbiter\.py:spawn_worker$"),
            Sign(("RuntimeError",), text=r"worker requires|class uri|to use this worker",
                 place=r"(^|/)gunicorn/(workers/|util\.py:load_class$)"),
        ),
    ),
    "package_version": Kind(
        "A package, or Python, is there in a version that the code, or another package, was not"
        " written for.",
        "Pin the versions that work together in the requirements, and deploy again.",
        "",
        (
            Sign(("ImportError",),
                 text=r"^cannot import name .*\(/([^()]*/)?(site-packages|dist-packages"
                 r"|lib/python3[\d.]*)/", line=r"^(?!raise\b)"),
            Sign(MISSING, text=MOVED, line=r"^(?!raise\b)"),
        ),
    ),
    "missing_package": Kind(
        "A package that the code imports is not among the application's requirements; or a module"
        " of one's own is misspelt, or not in the release.",
        "Add the package to the requirements, or the file to the source, and deploy again.",
        SETUP,
        (Sign(MISSING, text="^No module named '", line=r"^(?!raise\b)"),),
    ),
    "syntax": Kind(
        "A file of the application, or of a package, is no Python, or is for another version of it"
        " than this host's.",
        "Correct the line, or see which Python the application needs.",
        "",
        # Data that is evaluated has no file.
        (Sign(("SyntaxError", "IndentationError", "TabError"), place=r"^[^<].*:$"),),
    ),
    "file_denied": Kind(
        "The application writes, or reads, where its user may not; under the unit's sandbox only"
        " its own directories can be written.",
        "Let it write below /var/lib, in the directory that STATE_DIRECTORY has; declare a folder"
        " beside its code in app_shared_paths, and others as ReadWritePaths in"
        " gunicorn_service_options.",
        "",
        (
            # A program that may not be executed is another matter.
            Sign(("PermissionError",), text=r"^\[Errno (1|13)\] .*: '",
                 place=r"^(?!.*(/subprocess\.py:|:_execute_child$|<frozen os>:_exec))"),
            Sign(("OSError",), text=r"^\[Errno 30\] "),
        ),
    ),
    "template": Kind(
        "A template has another name than the view says, or was not deployed.",
        "Correct the name; see that templates/ is in the source, beside the application's module.",
        "",
        (Sign(("jinja2.exceptions.TemplateNotFound", "jinja2.exceptions.TemplatesNotFound")),),
    ),
    "blueprint_missing": Kind(
        "url_for names a view of a blueprint that is not registered, or that has another name or no"
        " such view.",
        "Register it: app.register_blueprint(...), or correct the name (flask routes lists them).",
        PLAYBOOK,
        (
            Sign(("werkzeug.routing.exceptions.BuildError", "werkzeug.routing.BuildError"),
                 text=r"for endpoint '[\w.]+\.\w+'(?!.*Did you (mean '[\w.]*\.|forget))"),
        ),
    ),
    "url_for": Kind(
        "url_for names a view that is not there, or leaves out a part of its URL.",
        "Correct the name (flask routes lists them), or give the parts that it needs.",
        PLAYBOOK,
        (Sign(("werkzeug.routing.exceptions.BuildError", "werkzeug.routing.BuildError")),),
    ),
    # The schema, as the code has it.
    "not_up_to_date": Kind(
        "The code makes or checks a migration while the database is not at the newest one.",
        "Run flaskops.stack.migrate, and take the check out of what runs in the service.",
        ERRORS,
        (Sign(("alembic.util.exc.CommandError",), text="^Target database is not up to date"),),
    ),
    "relation_missing": Kind(
        "The code names a table, a view or a sequence that the database does not have: a migration"
        " is missing, or the search_path is another.",
        "Make the migration (flask db migrate), commit and deploy it.",
        SETUP,
        (Sign(states=("42P01",)),),
    ),
    "column_missing": Kind(
        "The code names a column that the table does not have: a model changed without a"
        " migration.",
        "Make the migration (flask db migrate), commit and deploy it.",
        SETUP,
        (Sign(states=("42703",)),),
    ),
    "object_missing": Kind(
        "The code calls a function, or names a schema or a type, that the database does not have:"
        " an extension is not declared, or a migration is missing.",
        "Declare the extension (database_extensions), or make the migration.",
        "",
        (Sign(states=("42883", "42704", "3F000")),),
    ),
    "permission": Kind(
        "The application's role may not do this: the object is another role's, or the statement is"
        " the owner's business (CREATE, ALTER).",
        "Run flaskops.stack.site, which grants what is declared; change the schema in migrations.",
        SETUP,
        (Sign(states=("42501",)),),
    ),
    # What the code does to the database.
    "not_unique": Kind(
        "The code writes a value that must be there once only; a health route that inserts a fixed"
        " row does so from the second time on.",
        "Let the database decide (ON CONFLICT), and roll back what a health route writes.",
        "",
        (Sign(states=("23505",)),),
    ),
    "null_value": Kind(
        "The code leaves out a column that must have a value.",
        "Give the column its value, or a default in the model and the migration.",
        "",
        (Sign(states=("23502",)),),
    ),
    "constraint": Kind(
        "The code writes what a foreign key or a check of the table forbids.",
        "Write the referenced row first, and check values before they are written.",
        "",
        (Sign(states=("23503", "23514")),),
    ),
    "wrong_value": Kind(
        "A value is too long, too large or no value of the column's type.",
        "Check values before they are written, or change the column in a migration.",
        "",
        (Sign(states=("22001", "22003", "22P02")),),
    ),
    "aborted_transaction": Kind(
        "A statement failed, and the code went on in its transaction without a rollback.",
        "Call db.session.rollback() where the exception is caught; see the first one that failed.",
        "",
        (
            Sign(states=("25P02",)),
            Sign(("sqlalchemy.exc.PendingRollbackError",)),
            Sign(INVALID_REQUEST, text="transaction has been rolled back due to a previous"),
        ),
        follows=True,
    ),
    "read_only": Kind(
        "The session may only read: the server is a standby, or default_transaction_read_only is"
        " on.",
        "Let the URL lead to the primary server, or reset the setting.",
        "",
        (Sign(states=("25006",)),),
    ),
    "statement_timeout": Kind(
        "A statement took longer than statement_timeout, or waited for a lock that another session"
        " holds longer than lock_timeout.",
        "See what it waits for (pg_stat_activity), add an index, or raise the limit for the role.",
        "",
        (Sign(states=("57014", "55P03")),),
    ),
    "deadlock": Kind(
        "Two transactions wait for each other's rows, or could not be put in an order.",
        "Take rows in one order everywhere, and try again what failed so.",
        "",
        (Sign(states=("40P01", "40001")),),
    ),
    "idle_in_transaction": Kind(
        "The code kept a transaction open without working in it, longer than"
        " idle_in_transaction_session_timeout.",
        "End the transaction (commit, rollback) before what takes long.",
        "",
        (
            Sign(states=("25P03",)),
            Sign(DRIVER, text="terminating connection due to idle-in-transaction timeout"),
        ),
    ),
    # Connections.
    "stale_connection": Kind(
        "A connection of the pool was ended meanwhile, by a restart of the server, a limit on idle"
        " sessions or something on the way, and the pool hands it out unseen.",
        "Set pool_pre_ping to True and pool_recycle to less than the shortest limit on the way, in"
        " SQLALCHEMY_ENGINE_OPTIONS.",
        CONNECTIONS,
        (
            Sign(DRIVER, text=ENDED),
            Sign(states=("57P01", "57P02", "57P05")),
        ),
    ),
    "closed_connection": Kind(
        "The code goes on with a connection, a cursor or a result that was closed: by itself, by"
        " another thread, or while it was idle in a pool that does not test it.",
        "Take a connection from the pool for each request, keep none in a global variable, and set"
        " pool_pre_ping to True.",
        PLAYBOOK,
        (
            Sign(DRIVER, text="(connection|cursor) (is )?(already )?closed"),
            Sign(("sqlalchemy.exc.ResourceClosedError",)),
        ),
    ),
    "detached": Kind(
        "A model's object is used after its session ended.",
        "Load what is needed (selectinload) while there is a session, or ask for it anew.",
        "",
        (Sign(("sqlalchemy.orm.exc.DetachedInstanceError",)),),
    ),
    "pool_exhausted": Kind(
        "More requests at once than pool_size and max_overflow, or code that never gives its"
        " connection back.",
        "End each session (with, or the extension's own teardown); raise pool_size only as far as"
        " max_connections allows for all workers.",
        CONNECTIONS,
        (Sign(("sqlalchemy.exc.TimeoutError", "psycopg_pool.PoolTimeout")),),
    ),
    "too_many_connections": Kind(
        "All workers' pools together want more connections than the server, the database or the"
        " role may have.",
        "Lower pool_size and max_overflow or the workers, or raise max_connections.",
        CONNECTIONS,
        (
            Sign(states=("53300",)),
            Sign(DRIVER, text="too many (clients already|connections for)"
                 "|remaining connection slots are reserved"),
        ),
    ),
    "shared_pool": Kind(
        "Gunicorn loads the application before it forks (preload), and the workers share the"
        " connections that were opened then.",
        "Leave preloading out, open no connection while the application is loaded, or call"
        " db.engine.dispose(close=False) in post_fork.",
        "",
        (Sign(DRIVER, text=MIXED),),
    ),
    "plain_sql": Kind(
        "The code gives SQL as a plain text, which SQLAlchemy takes no longer: nowhere since"
        " version 2.0.",
        "Wrap it: db.session.execute(sqlalchemy.text(...)).",
        "",
        (
            Sign(("sqlalchemy.exc.ObjectNotExecutableError",)),
            Sign(("sqlalchemy.exc.ArgumentError", "sqlalchemy.exc.CompileError"),
                 text="Textual (SQL|column) expression "),
        ),
    ),
    # Behind a proxy.
    "csrf": Kind(
        "The form's token does not come back: behind a proxy without ProxyFix the referrer is"
        " another host or scheme, and a cookie that is only for TLS is never sent over plain HTTP.",
        "Wrap the application: ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1), and set"
        " SESSION_COOKIE_SECURE only where visitors come by TLS.",
        PLAYBOOK,
        (Sign(("flask_wtf.csrf.CSRFError",)),),
    ),
    "https_loop": Kind(
        "The application sends every request on to https (Flask-Talisman, an own redirect) and does"
        " not see that the visitor came by it; or the site has no TLS.",
        "Trust the proxy's X-Forwarded-Proto (ProxyFix with x_proto=1), and let visitors come by"
        " TLS (nginx_tls_certificate, or nginx_trusted_proxies in front); or turn the redirect"
        " off.",
        "",
    ),
    "no_such_route": Kind(
        "The application has no view for this path: a blueprint has another prefix or is not"
        " registered, or a prefix of the proxy (SCRIPT_NAME, APPLICATION_ROOT) is not taken off.",
        "Compare the path with what flask routes lists; take a prefix off by ProxyFix with"
        " x_prefix=1.",
        PLAYBOOK,
        (
            Sign((CONFIGURATION_PROBLEM,), text="^Request path .* does not start with SCRIPT_NAME"),
        ),
    ),
    "other_host": Kind(
        "The application answers to another name only: SERVER_NAME, or host matching.",
        "Take SERVER_NAME out of the configuration, or set it to the site's name.",
        PLAYBOOK,
    ),
}  # fmt: skip


def codes() -> dict[str, Code]:
    """{name: Code}, as a layer has them."""
    return {name: kind.code for name, kind in KINDS.items()}
