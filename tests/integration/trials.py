"""A database of a fleet's host to migrate, and what its tests look at."""

import json
import os
import shlex
from urllib.parse import quote

import hosts

# make soak-migrations repeats what depends on chance.
ROUNDS = int(os.environ.get("ROUNDS", "1"))
OWNER = f"guestbook_owner:{quote(hosts.OWNER_PASSWORD, safe='')}"
SITE = {
    "user": "guestbook",
    "directory": "/srv/guestbook/current",
    "virtualenv": "/srv/guestbook/current/.venv",
    "environment_file": "/etc/flask/guestbook.env",
}


def sql(host, statement, database="postgres"):
    command = ["psql", "-XAtqv", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
    return hosts.shell(host, "runuser -u postgres -- " + shlex.join(command))


def url(host="127.0.0.1", name="trial", port=5432, driver=""):
    return f"postgresql{driver}://{OWNER}@{host}:{port}/{name}"


def write(host, path, text):
    folder = shlex.quote(os.path.dirname(path))
    hosts.shell(host, f"mkdir -p {folder}; printf %s {shlex.quote(text)} > {shlex.quote(path)}")


def migrations(host, *revisions):
    """A copy of the guestbook's migrations with more revisions; returns its directory."""
    place = "/opt/trial/migrations"
    hosts.shell(
        host,
        "rm -rf /opt/trial; mkdir /opt/trial;"
        f"cp -r /srv/guestbook/current/migrations {place}; rm -rf {place}/versions/__pycache__",
    )
    for name, text in revisions:
        write(host, f"{place}/versions/{name}.py", text)
    hosts.shell(host, "chmod -R a+rX /opt/trial")
    return place


def empty(host, names=("trial",)):
    for name in names:
        sql(host, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        sql(host, f"CREATE DATABASE {name} OWNER guestbook_owner")
    allow(host)


def allow(host):
    """Let the two roles of every application host into the database of the trials."""
    line = "host all guestbook_owner,guestbook all scram-sha-256"
    hosts.shell(
        host,
        f"F=$(ls /etc/postgresql/*/main/pg_hba.conf); grep -q '^{line}' $F ||"
        f" {{ echo '{line}' >> $F; systemctl reload postgresql; sleep 0.5; }}",
    )


def secrets_in(found):
    """The passwords that are in an answer, however they are spelt there."""
    text = json.dumps(found, ensure_ascii=False)
    passwords = (hosts.OWNER_PASSWORD, hosts.PASSWORD)
    spellings = {quote(secret, safe="") for secret in passwords}
    spellings |= {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in passwords}
    return [secret for secret in spellings if secret in text]


def revision(host, name="trial"):
    return sql(host, "SELECT version_num FROM alembic_version", name)


def locks(host):
    return sql(host, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
