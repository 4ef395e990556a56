"""Every mistake of an application that has a code, made for real: seen while the application is
loaded, and in the journal of the service that runs it."""

import json
import os
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import hosts
import mistakes
import pytest

HOST = "flaskops-mistakes"
FOLDER = "/opt/mistaken"
VENV = "/srv/guestbook/current/.venv"
OLD_VENV = "/opt/old"
OLD = (
    "'SQLAlchemy<2' 'Flask-SQLAlchemy<3' 'Flask<2.3' 'Werkzeug<2.3' 'Flask-Migrate<4'"
    " 'Flask-WTF<1.2' psycopg2-binary gunicorn"
)
# The environment of each way: the scheme of the database's URL, and the virtual environment.
WAYS = {
    "psycopg": ("postgresql+psycopg", VENV),
    "psycopg2": ("postgresql+psycopg2", VENV),
    "SQLAlchemy 1.4": ("postgresql+psycopg2", OLD_VENV),
}
PORTS = {way: 8001 + number for number, way in enumerate(WAYS)}
# What these versions do not do.
NOT_OLD = ("plain_sql", "not_registered", "late_setup")
# What has nothing to do with a driver.
OF_NO_DRIVER = (
    "url_for", "blueprint_missing", "template", "no_secret_key", "csrf", "missing_variable",
    "missing_setting", "no_application_context", "no_request_context", "missing_package",
    "package_version", "file_denied", "late_setup", "detached", "plain_sql", "not_registered",
)  # fmt: skip
# Over TLS, libpq loses the server's reason.
NOT_TOLD = {"idle_in_transaction": "stale_connection"}

PREPARE = f"""
set -e
python3 -m venv {OLD_VENV}
export PIP_CACHE_DIR=/var/cache/pip PIP_CERT=/etc/ssl/certs/ca-certificates.crt
{OLD_VENV}/bin/pip install --quiet --disable-pip-version-check {OLD}
runuser -u postgres -- psql -Xq guestbook <<'END'
SET ROLE guestbook_owner;
CREATE TABLE mistake (id int PRIMARY KEY, name varchar(3) NOT NULL, parent int REFERENCES mistake);
RESET ROLE;
CREATE SCHEMA hidden;
GRANT USAGE ON SCHEMA hidden TO guestbook;
CREATE SEQUENCE hidden.mistake_seq;
END
mkdir {FOLDER}
cp -r /srv/guestbook/current/migrations {FOLDER}/migrations
cp -r {FOLDER}/migrations {FOLDER}/later
printf 'revision = "later"\\ndown_revision = "0003"\\n' > {FOLDER}/later/versions/later.py
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistakes")
    try:
        hosts.provision(folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]})
        hosts.shell(HOST, PREPARE, timeout=300)
        for way, (scheme, _venv) in WAYS.items():
            file = env_file(way)
            change = f"sed 's#postgresql://#{scheme}://#' /etc/flask/guestbook.env"
            hosts.shell(HOST, f"{change} > {file}; chmod 600 {file}")
        yield folder
    finally:
        hosts.destroy(HOST)


def write(way, text, files=()):
    """The folder of an application with this wsgi.py."""
    folder = f"{FOLDER}/{way.replace(' ', '-')}"
    command = (
        f"mkdir -p {folder}; rm -rf {folder}/*; cp -r {FOLDER}/migrations {FOLDER}/later {folder}/"
    )
    for name, content in {"wsgi.py": text, **dict(files)}.items():
        command += f"; printf %s {shlex.quote(content)} > {folder}/{name}"
    hosts.shell(HOST, command)
    return folder


def unit_of(way):
    return f"mistaken-{PORTS[way]}.service"


def env_file(way):
    return f"{FOLDER}/{PORTS[way]}.env"


UNIT = """[Service]
Type=notify
NotifyAccess=main
User=guestbook
WorkingDirectory={folder}
EnvironmentFile={file}
Environment=XDG_RUNTIME_DIR=/tmp
ExecStart={venv}/bin/gunicorn --bind=127.0.0.1:{port} --worker-tmp-dir=/dev/shm {arguments}
"""


def serve(way, folder, arguments, application="wsgi:app"):
    """Run it as a service, until it answers or has failed."""
    unit, port = unit_of(way), PORTS[way]
    values = {"folder": folder, "file": env_file(way), "venv": WAYS[way][1], "port": port}
    text = UNIT.format(arguments=arguments, **values)
    hosts.shell(
        HOST,
        f"""systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null
        sed -i /FLASK_APP/d {env_file(way)}; echo 'FLASK_APP="{application}"' >> {env_file(way)}
        printf %s {shlex.quote(text)} > /etc/systemd/system/{unit}
        systemctl daemon-reload; sleep 0.2; systemctl start --no-block {unit}
        for _ in $(seq 150); do
          systemctl is-failed --quiet {unit} && exit
          (exec 3<> /dev/tcp/127.0.0.1/{port}; printf 'GET /health HTTP/1.0\r\n\r\n' >&3
            head -n 1 <&3 | grep -q HTTP) 2>/dev/null && exit
          sleep 0.1
        done""",
        check=False,
    )


def diagnose(way, folder, path="/health", **options):
    _scheme, venv = WAYS[way]
    return hosts.module(
        HOST, "connection_info", unit=unit_of(way), directory=folder, virtualenv=venv,
        user="guestbook", environment_file=env_file(way), fail_on_failure=False,
        url=f"http://127.0.0.1:{PORTS[way]}{path}", **options,
    )  # fmt: skip


def code_of(found, layer):
    return next(one["code"] for one in found["layers"] if one["layer"] == layer)


def taken(ways, number):
    """Of the ways of a row, one in turn; in make soak-mistakes, all."""
    return ways if os.environ.get("ROWS") == "all" else [ways[number % len(ways)]]


def in_ways(function, ways=tuple(WAYS)):
    """What the function returns for each way, all at once."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(ways, pool.map(function, ways)))


@pytest.fixture(scope="module")
def pages(host):
    """The folders of the application with all pages, served in every way."""
    text = (hosts.CHECKOUT / "tests/integration/mistaken/wsgi.py").read_text()

    def begin(way):
        folder = write(way, text)
        serve(way, folder, "wsgi:app")
        return folder

    return in_ways(begin)


def page_names():
    text = (hosts.CHECKOUT / "tests/integration/mistaken/wsgi.py").read_text()
    table = text[text.index("PAGES = {") :].partition("\n}")[0]
    return [line.split('"')[1] for line in table.splitlines() if line.startswith('    "')]


@pytest.mark.rows(5)
@pytest.mark.parametrize(("number", "name"), list(enumerate(page_names())))
def test_a_mistake_of_a_request(pages, number, name):
    kind = name.partition("/")[0]
    ways = [way for way in WAYS if way != "SQLAlchemy 1.4" or kind not in NOT_OLD]
    if kind in OF_NO_DRIVER:
        ways.remove("psycopg2")
    answers = in_ways(
        lambda way: diagnose(way, pages[way], f"/mistakes/{name}", last_layer="request"),
        taken(ways, number),
    )
    for way, found in answers.items():
        verdict = found["verdict"]
        expected = kind if way == "psycopg" else NOT_TOLD.get(kind, kind)
        assert verdict["code"] == f"application.{expected}", (way, verdict["message"])
        assert verdict["layer"] == "request"
        assert f"{pages[way]}/wsgi.py, line " in verdict["message"], way
        assert verdict["remedy"]


def row(mistake):
    return mistake.kind


@pytest.mark.parametrize(
    ("number", "mistake"),
    list(enumerate(mistakes.LOADING)),
    ids=lambda each: getattr(each, "kind", str(each)),
)
def test_a_mistake_while_it_is_loaded(host, number, mistake):
    ways = [way for way in ("psycopg", "SQLAlchemy 1.4") if not (mistake.is_new and "1.4" in way)]

    def ask(way):
        folder = write(way, mistake.text, mistake.files)
        application = mistake.gunicorn or "wsgi:app"
        serve(way, folder, f"'{application}'", application)
        return folder, diagnose(way, folder)

    for way, (folder, found) in in_ways(ask, taken(ways, number)).items():
        code = f"application.{mistake.kind}"
        assert found["verdict"]["code"] == code, (way, found["verdict"])
        assert found["verdict"]["layer"] == "schema"
        assert code_of(found, "service") == code, (way, found["layers"])
        assert mistake.said in found["verdict"]["message"]
        if mistake.line:
            files = {"wsgi.py", *mistake.files}
            places = {f"{folder}/{file}, line {mistake.line}" for file in files}
            message = found["verdict"]["message"]
            assert any(place in message for place in places), (places, message)


def test_no_secret_of_a_traceback_is_told(host):
    text = "import os\nraise RuntimeError(os.environ['DATABASE_URL'], os.environ['SECRET_KEY'])\n"
    folder = write("psycopg", text)
    serve("psycopg", folder, "wsgi:app")
    found = diagnose("psycopg", folder)
    assert found["verdict"]["code"] == "schema.application", found["verdict"]
    assert "RuntimeError" in found["verdict"]["message"]
    told = json.dumps(found, ensure_ascii=False)
    for secret in (hosts.PASSWORD, quote(hosts.PASSWORD, safe=""), "0123456789abcdef"):
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in told


@pytest.mark.parametrize("mistake", mistakes.SERVING, ids=row)
def test_a_mistake_of_gunicorn(host, mistake):
    folder = write("psycopg", mistake.text, mistake.files)
    serve("psycopg", folder, mistake.gunicorn)
    found = diagnose("psycopg", folder)
    assert found["verdict"]["code"] == f"application.{mistake.kind}", found["verdict"]


@pytest.mark.parametrize("mistake", mistakes.WARNINGS, ids=row)
def test_a_mistake_that_is_told_before(host, mistake):
    folder = write("psycopg", mistake.text, mistake.files)
    serve("psycopg", folder, mistake.gunicorn or "wsgi:app")
    found = diagnose("psycopg", folder)
    assert found["verdict"]["code"] == f"application.{mistake.kind}", found["layers"]
    assert found["verdict"]["status"] == "warning"
    assert mistake.said in found["verdict"]["message"]


@pytest.mark.parametrize("mistake", mistakes.ASKED, ids=row)
def test_a_page_that_it_does_not_have(host, mistake):
    folder = write("psycopg", mistake.text, mistake.files)
    serve("psycopg", folder, mistake.gunicorn or "wsgi:app")
    found = diagnose("psycopg", folder)
    assert found["verdict"]["code"] == f"application.{mistake.kind}", found["layers"]
    assert mistake.said in found["verdict"]["message"]


# Of the guestbook itself: the file that is changed, what is put in the place of what; the code with
# which site.yml fails, and what it says besides.
DEPLOYED = [
    (
        "wsgi.py", "from guestbook", "import os\n\nos.environ['MAIL_SERVER']\nfrom guestbook",
        "missing_variable", "wsgi.py, line 5",
    ),
    (
        "guestbook/health.py", "def database", "def database():\n    undefined()\n\n\ndef unused",
        "", "NameError: name 'undefined' is not defined at ",
    ),
    (
        "guestbook/health.py", "def database",
        "def database():\n    from sqlalchemy import text\n"
        "    db.session.execute(text('SELECT * FROM nowhere'))\n\n\ndef unused",
        "relation_missing", "guestbook/health.py, line ",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", DEPLOYED, ids=lambda row: row[3] or "not known")
def test_site_ends_with_it_and_diagnose_tells_it(host, row, tmp_path):
    file, old, new, kind, said = row
    source = tmp_path / "guestbook"
    shutil.copytree(hosts.CHECKOUT / "examples" / "guestbook", source)
    text = (source / file).read_text()
    assert old in text
    (source / file).write_text(text.replace(old, new, 1))
    done = hosts.play(host, "site", "-e", f"app_source={source}", check=False)
    assert done.returncode != 0
    told = [" ".join(done.stdout.split())]
    if file != "wsgi.py":
        # What cannot be loaded was not put into use.
        for playbook in ("diagnose", "audit"):
            done = hosts.play(host, playbook, "-e", f"app_source={source}", check=False)
            told.append(" ".join(done.stdout.split()))
    for output in told:
        assert said in output, output[-3000:]
        assert not kind or f"application.{kind}: " in output


def test_site_tells_of_a_class_of_workers_without_a_package(host):
    done = hosts.play(
        host, "site", "-e", '{"gunicorn_options": ["--worker-class=gevent"]}', check=False
    )
    assert done.returncode != 0
    assert "application.worker_class" in done.stdout, done.stdout[-3000:]
    assert hosts.play(host, "site").returncode == 0
    found = hosts.play(host, "diagnose")
    assert "application" in found.stdout
