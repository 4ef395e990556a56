"""The mistakes of applications that are made when one is loaded, each as the wsgi.py that makes it.

Those of requests are pages of mistaken/wsgi.py.
"""

from collections import namedtuple

# files: those besides wsgi.py. gunicorn: its arguments, in the place of wsgi:app. said: a part of
# the message. line: of the application's own code; 0 where it has no part in it. is_new: not made
# with SQLAlchemy 1.4 and what goes with it.
Mistake = namedtuple(
    "Mistake", "kind text files gunicorn said line is_new", defaults=({}, "", "", 0, False)
)

HEAD = """\
import os
import flask, flask_migrate
from flask_sqlalchemy import SQLAlchemy
app = flask.Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
db = SQLAlchemy(app)
migrate = flask_migrate.Migrate(app, db)
"""
# The first line behind HEAD.
NEXT = 9
TAIL = """
@app.route("/health")
def health():
    return "ok"
"""
BY_HAND = "\nfrom sqlalchemy.ext.declarative import declarative_base\nBase = declarative_base()\n"

LOADING = [
    Mistake(
        "class_without_key",
        HEAD + "class BaseModel(db.Model):\n    name = db.Column(db.String)\n",
        line=NEXT, is_new=True,
    ),
    Mistake(
        "class_without_table",
        HEAD + BY_HAND + "class BaseModel(Base):\n    pass\n", line=NEXT + 3,
    ),
    Mistake(
        "class_without_key",
        HEAD + "class Station(db.Model):\n    __tablename__ = 'station'\n"
        "    name = db.Column(db.String)\n", line=NEXT,
    ),
    Mistake(
        "base_order",
        HEAD + "class BaseModel(db.Model):\n    __abstract__ = True\n"
        "class Station(db.Model, BaseModel):\n    id = db.Column(db.Integer, primary_key=True)\n",
        line=NEXT + 2,
    ),
    Mistake(
        "table_twice",
        HEAD + "for number in (1, 2):\n    class Entry(db.Model):\n"
        "        __tablename__ = 'entry'\n"
        "        id = db.Column(db.Integer, primary_key=True)\n",
        line=NEXT + 1,
    ),
    Mistake(
        "relationship",
        HEAD + "class Entry(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "    other = db.relationship('Nowhere')\n"
        "from sqlalchemy.orm import configure_mappers\nconfigure_mappers()\n", line=NEXT + 4,
    ),
    Mistake("no_application_context", HEAD + "flask.current_app.name\n", line=NEXT),
    Mistake(
        "no_application_context",
        HEAD + "class Entry(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "other = SQLAlchemy()\nother.session.execute('SELECT 1')\n", line=NEXT + 3,
    ),
    Mistake("two_instances", HEAD + "db.init_app(app)\n", line=NEXT, is_new=True),
    Mistake(
        "not_registered",
        HEAD + "other = SQLAlchemy()\nwith app.app_context():\n    other.session.connection()\n",
        line=NEXT + 2, is_new=True,
    ),
    Mistake(
        "no_database_uri",
        "import flask\nfrom flask_sqlalchemy import SQLAlchemy\napp = flask.Flask('x')\n"
        "SQLAlchemy(app)\n", line=4, is_new=True,
    ),
    Mistake(
        "unknown_dialect",
        "import os\nimport sqlalchemy\n"
        "sqlalchemy.create_engine(os.environ['DATABASE_URL'].replace('postgresql', 'postgres'))\n",
        line=3,
    ),
    Mistake(
        "circular_import", "import shop\napp = shop.app\n",
        {"shop.py": "from views import page\napp = 1\n", "views.py": "from shop import app\n"},
        line=1,
    ),
    Mistake(
        "endpoint_twice",
        HEAD + "@app.route('/a')\ndef page(): pass\n@app.route('/b')\ndef page(): pass\n",
        line=NEXT + 2,
    ),
    Mistake(
        "missing_variable", "import os\nos.environ['NOWHERE_KEY']\n", said="'NOWHERE_KEY'", line=2,
    ),
    Mistake(
        "missing_setting", HEAD + "app.config['NOWHERE']\n", said="'NOWHERE'", line=NEXT,
    ),
    Mistake(
        "no_secret_key",
        HEAD + "with app.test_request_context():\n    flask.session['a'] = 1\n", line=NEXT + 1,
    ),
    Mistake("missing_package", "import nowhere_at_all\n", said="nowhere_at_all", line=1),
    Mistake("package_version", "from werkzeug.routing import nowhere\n", line=1),
    Mistake("syntax", "def create_app(:\n    pass\n", line=1),
    Mistake("file_denied", "open('/etc/nowhere', 'w')\n", line=1),
    Mistake(
        "relation_missing",
        HEAD + "import sqlalchemy\nwith app.app_context():\n"
        "    db.session.execute(sqlalchemy.text('SELECT * FROM nowhere'))\n", line=NEXT + 2,
    ),
    Mistake(
        "not_up_to_date",
        HEAD + "from alembic import command\nwith app.app_context():\n"
        "    command.check(migrate.get_config('later'))\n", is_new=True,
    ),
    Mistake("url_for", HEAD + "with app.test_request_context():\n    flask.url_for('nowhere')\n",
            line=NEXT + 1),
    Mistake("wsgi_module", HEAD, gunicorn="wsgii:app", said="wsgii"),
    Mistake("wsgi_name", HEAD, gunicorn="wsgi:application", said="application"),
    Mistake("wsgi_name", HEAD + "site = 'no application'\n", gunicorn="wsgi:site"),
    Mistake(
        "wsgi_arguments", HEAD + "def create_app(name):\n    return app\n",
        gunicorn="wsgi:create_app()", said="create_app",
    ),
]  # fmt: skip

# What goes wrong in Gunicorn alone.
SERVING = [
    Mistake("worker_class", HEAD + TAIL, gunicorn="--worker-class=gevent wsgi:app"),
    Mistake("worker_class", HEAD + TAIL, gunicorn="--worker-class=nowhere.Worker wsgi:app"),
]

# What is told before it happens.
MODEL = "class Entry(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
WARNINGS = [
    Mistake("models_not_imported", HEAD + TAIL, said="no models"),
    Mistake(
        "two_instances",
        HEAD + MODEL + "other = SQLAlchemy()\nclass Second(other.Model):\n"
        "    id = other.Column(other.Integer, primary_key=True)\n" + TAIL, said="second",
    ),
    Mistake(
        "stale_connection",
        HEAD.replace('{"pool_pre_ping": True}', "{}") + MODEL + TAIL, said="pool_pre_ping",
    ),
    Mistake(
        "shared_pool",
        HEAD + MODEL + "with app.app_context():\n    db.engine.connect().close()\n" + TAIL,
        gunicorn="--preload wsgi:app", said="1 connections",
    ),
    Mistake(
        "csrf",
        HEAD + MODEL + "import flask_wtf.csrf\napp.config['SESSION_COOKIE_SECURE'] = True\n"
        "flask_wtf.csrf.CSRFProtect(app)\n" + TAIL, said="SESSION_COOKIE_SECURE",
    ),
]  # fmt: skip

# What an application answers that is asked for another page than it has.
ASKED = [
    Mistake("no_such_route", HEAD + MODEL, said="no view"),
    Mistake(
        "https_loop",
        HEAD + MODEL + "@app.before_request\ndef force():\n"
        "    if not flask.request.is_secure:\n"
        "        return flask.redirect(flask.request.url.replace('http:', 'https:', 1), 301)\n"
        + TAIL,
        said="which leads there again",
    ),
    Mistake(
        "other_host",
        HEAD.replace("__name__", "__name__, host_matching=True, static_host='shop.example'") + MODEL
        + TAIL.replace('"/health"', '"/health", host="shop.example"'),
        said="shop.example",
    ),
    Mistake(
        "no_such_route",
        HEAD + MODEL + TAIL
        + "class Prefix:\n    def __init__(self, wsgi): self.wsgi = wsgi\n"
        "    def __call__(self, environ, start):\n"
        "        if 'gunicorn' in environ.get('SERVER_SOFTWARE', ''):\n"
        "            environ['PATH_INFO'] = '/shop' + environ['PATH_INFO']\n"
        "        return self.wsgi(environ, start)\napp.wsgi_app = Prefix(app.wsgi_app)\n",
        said="without a prefix",
    ),
    Mistake(
        "no_such_route", HEAD + MODEL + TAIL, gunicorn="--env=SCRIPT_NAME=/shop wsgi:app",
        said="SCRIPT_NAME",
    ),
]  # fmt: skip
