"""An application with a page for each mistake of requests, for old and new versions of packages."""

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import flask
import flask_migrate
import flask_wtf.csrf
import sqlalchemy
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

app = flask.Flask(__name__)
app.config.update(
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
    SQLALCHEMY_ENGINE_OPTIONS={
        "pool_pre_ping": True, "pool_size": 2, "max_overflow": 0, "pool_timeout": 0.5,
    },
    TRAP_HTTP_EXCEPTIONS=True,
    WTF_CSRF_SECRET_KEY="another one",
)  # fmt: skip
db = SQLAlchemy(app)
flask_migrate.Migrate(app, db)
csrf = flask_wtf.csrf.CSRFProtect(app)


class Mistake(db.Model):
    __tablename__ = "mistake"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(3), nullable=False)
    parent = db.Column(db.Integer, db.ForeignKey("mistake.id"))


def run(statement, **values):
    return db.session.execute(text(statement), values)


def insert(**values):
    names = ", ".join(values)
    run(f"INSERT INTO mistake ({names}) VALUES (:{', :'.join(values)})", **values)


def twice():
    insert(id=1, name="a")
    insert(id=1, name="a")


def after_a_failure():
    with contextlib.suppress(Exception):
        run("SELECT * FROM nowhere")
    run("SELECT 1")


def after_a_flush():
    for _time in range(2):
        db.session.add(Mistake(id=7, name=None))
        with contextlib.suppress(Exception):
            db.session.flush()
    run("SELECT 1")


def read_only():
    run("SET TRANSACTION READ ONLY")
    insert(id=1, name="a")


def too_long():
    run("SET LOCAL statement_timeout = '50ms'")
    run("SELECT pg_sleep(5)")


def deadlock():
    # Rows that no other application has.
    first = 10 * os.getpid()
    second = first + 1
    insert(id=first, name="a")
    insert(id=second, name="b")
    db.session.commit()
    try:
        with db.engine.connect() as one, db.engine.connect() as two, ThreadPoolExecutor(2) as pool:
            change = "UPDATE mistake SET name = 'c' WHERE id = {}"
            for connection, number in ((one, first), (two, second)):
                connection.begin()
                connection.execute(text(change.format(number)))
            both = [
                pool.submit(connection.execute, text(change.format(number)))
                for connection, number in ((one, second), (two, first))
            ]
            for each in both:
                each.result()
    finally:
        run("DELETE FROM mistake WHERE id IN (:first, :second)", first=first, second=second)
        db.session.commit()


def idle():
    run("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
    time.sleep(0.5)
    run("SELECT 1")


def stale():
    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
    with engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    run("SELECT pg_terminate_backend(:number)", number=number)
    time.sleep(0.2)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def closed():
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    getattr(connection, "driver_connection", connection).close()
    cursor.execute("SELECT 1")


def detached():
    one = Mistake(id=1, name="a")
    db.session.add(one)
    db.session.flush()
    db.session.expire(one)
    db.session.expunge(one)
    return one.name


def exhausted():
    held = []
    try:
        for _time in range(3):
            held.append(db.engine.connect())
    finally:
        for connection in held:
            connection.close()


def too_many():
    """More connections than the server's max_connections."""
    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"], pool_size=200)
    held = []
    try:
        for _time in range(200):
            held.append(engine.connect())
    finally:
        for connection in held:
            connection.close()
        engine.dispose()


def in_a_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def forms():
    with app.test_request_context(method="POST"):
        csrf.protect()


def session():
    flask.session["a"] = 1


def a_package():
    import nowhere_at_all  # noqa: F401


def a_version():
    from werkzeug.routing import nowhere  # noqa: F401


def other_instance():
    SQLAlchemy().session.execute(text("SELECT 1"))


PAGES = {
    "relation_missing": lambda: run("SELECT * FROM nowhere"),
    "relation_missing/sequence": lambda: run("SELECT nextval('nowhere_seq')"),
    "column_missing": lambda: run("SELECT nowhere FROM mistake"),
    "column_missing/model": lambda: run("INSERT INTO mistake (nowhere) VALUES (1)"),
    "object_missing": lambda: run("SELECT nowhere()"),
    "object_missing/schema": lambda: run("SET search_path TO nowhere; CREATE TABLE x (a int)"),
    "permission": lambda: run("CREATE TABLE public.x (a int)"),
    "permission/sequence": lambda: run("SELECT nextval('hidden.mistake_seq')"),
    "not_unique": twice,
    "null_value": lambda: insert(id=1),
    "constraint": lambda: insert(id=1, name="a", parent=99),
    "wrong_value": lambda: insert(id=1, name="abcdef"),
    "wrong_value/number": lambda: run("SELECT CAST('x' AS int)"),
    "aborted_transaction": after_a_failure,
    "aborted_transaction/flush": after_a_flush,
    "read_only": read_only,
    "statement_timeout": too_long,
    "deadlock": deadlock,
    "idle_in_transaction": idle,
    "stale_connection": stale,
    "closed_connection": closed,
    "detached": detached,
    "pool_exhausted": exhausted,
    "too_many_connections": too_many,
    "plain_sql": lambda: db.session.execute("SELECT 1"),
    "not_registered": other_instance,
    "url_for": lambda: flask.url_for("nowhere"),
    "blueprint_missing": lambda: flask.url_for("shop.index"),
    "template": lambda: flask.render_template("nowhere.html"),
    "no_secret_key": session,
    "csrf": forms,
    "missing_variable": lambda: os.environ["NOWHERE_KEY"],
    "missing_setting": lambda: app.config["NOWHERE"],
    "no_application_context": lambda: in_a_thread(lambda: flask.current_app.name),
    "no_request_context": lambda: in_a_thread(lambda: flask.request.path),
    "missing_package": a_package,
    "package_version": a_version,
    "file_denied": lambda: open("/etc/nowhere", "w"),
    "late_setup": lambda: app.add_url_rule("/late", "late", lambda: ""),
}


@app.route("/mistakes/<path:name>")
def mistake(name):
    PAGES[name]()
    return "no mistake\n"


@app.route("/health")
def health():
    run("SELECT 1")
    return "ok\n"
