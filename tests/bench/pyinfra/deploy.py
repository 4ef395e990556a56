"""The same work with pyinfra's own operations."""

import json
import os
from io import StringIO
from pathlib import Path

from pyinfra.operations import apt, files, pip, postgres, server, systemd

BENCH = Path(os.environ["BENCH"])
FILES = Path(__file__).parents[1] / "files"
VALUES = json.loads((BENCH / "values.json").read_text())
AS_POSTGRES = {"_su_user": "postgres"}
URL = "postgresql+psycopg2://{}:{}@127.0.0.1:5432/guestbook"

packages = apt.packages(
    name="Install the packages",
    packages=[
        "postgresql",
        "postgresql-client",
        "python3-psycopg2",
        "python3-venv",
        "acl",
        "nginx",
    ],
)
systemd.service(name="Start PostgreSQL", service="postgresql", running=True, enabled=True)
for role, password in (("guestbook_owner", "OWNER_PASSWORD"), ("guestbook", "PASSWORD")):
    postgres.role(
        name=f"Create {role}", role=role, password=VALUES[password], login=True, **AS_POSTGRES
    )
postgres.database(name="Create the database", database="guestbook", owner="guestbook_owner",
                  **AS_POSTGRES)  # fmt: skip
# It has no operations for privileges: these are sent each time.
postgres.sql(
    name="Grant",
    psql_database="guestbook",
    sql="ALTER SCHEMA public OWNER TO guestbook_owner;"
    " REVOKE ALL ON DATABASE guestbook FROM PUBLIC;"
    " GRANT CONNECT ON DATABASE guestbook TO guestbook;"
    " GRANT USAGE ON SCHEMA public TO guestbook;"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guestbook;"
    " GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guestbook;"
    " ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO guestbook;"
    " ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public"
    " GRANT USAGE ON SEQUENCES TO guestbook",
    **AS_POSTGRES,
)
version = VALUES["VERSION"]
lines = "\n".join(
    f"host guestbook guestbook,guestbook_owner {address} scram-sha-256"
    for address in ["127.0.0.1/32", *VALUES["EXTRA_ADDRESS"].split()]
)
hba = files.block(
    name="Let the application in",
    path=f"/etc/postgresql/{version}/main/pg_hba.conf",
    content=lines,
    line="^local .*postgres",
    after=True,
)
systemd.service(name="Reload PostgreSQL", service="postgresql", reloaded=True, _if=hba.did_change)
server.group(name="Create the group", group="guestbook", system=True)
server.user(name="Create the user", user="guestbook", group="guestbook", system=True,
            home="/srv/guestbook", create_home=False, shell="/usr/sbin/nologin")  # fmt: skip
joined = server.user(name="Let nginx reach the socket", user="www-data", groups=["guestbook"],
                     append=True)  # fmt: skip
for directory in ("/srv/guestbook", "/etc/flask"):
    files.directory(name=f"Create {directory}", path=directory, mode="755")
code = files.sync(name="Copy the code", src=str(BENCH / "source"), dest="/srv/guestbook/app")
pip.venv(name="Make the virtual environment", path="/srv/guestbook/venv", python="python3")
environment = {"PIP_CACHE_DIR": "/var/cache/pip", "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt"}
pip.packages(
    name="Install the requirements",
    packages=["gunicorn"],
    requirements="/srv/guestbook/app/requirements.txt",
    virtualenv="/srv/guestbook/venv",
    _env=environment,
)
settings = files.put(
    name="Write the environment file",
    src=StringIO(
        f'DATABASE_URL="{URL.format("guestbook", VALUES["PASSWORD"])}"\n'
        f'SECRET_KEY="{VALUES["SECRET_KEY"]}"\nFLASK_APP="wsgi:app"\n'
        f'GREETING="{VALUES["GREETING"]}"\n'
    ),
    dest="/etc/flask/guestbook.env",
    user="root",
    group="guestbook",
    mode="640",
)
server.shell(
    name="Migrate",
    commands=["cd /srv/guestbook/app && /srv/guestbook/venv/bin/flask db upgrade"],
    _env={
        "DATABASE_URL": URL.format("guestbook_owner", VALUES["OWNER_PASSWORD"]),
        "SECRET_KEY": VALUES["SECRET_KEY"],
        "FLASK_APP": "wsgi:app",
    },
)
unit = files.put(name="Install the unit", src=str(FILES / "guestbook.service"),
                 dest="/etc/systemd/system/guestbook.service", mode="644")  # fmt: skip
systemd.service(name="Start the guestbook", service="guestbook", running=True, enabled=True)
systemd.service(
    name="Restart the guestbook",
    service="guestbook",
    restarted=True,
    daemon_reload=True,
    _if=lambda: any(o.did_change() for o in (code, settings, unit)),
)
site = files.put(name="Install the site", src=str(FILES / "nginx.conf"),
                 dest="/etc/nginx/sites-available/guestbook", mode="644")  # fmt: skip
link = files.link(name="Enable the site", path="/etc/nginx/sites-enabled/guestbook",
                  target="/etc/nginx/sites-available/guestbook")  # fmt: skip
welcome = files.link(name="Disable the welcome page", path="/etc/nginx/sites-enabled/default",
                     present=False)  # fmt: skip
systemd.service(name="Start nginx", service="nginx", running=True, enabled=True)
systemd.service(
    name="Restart nginx",
    service="nginx",
    restarted=True,
    _if=lambda: any(o.did_change() for o in (site, link, welcome, joined)),
)
files.put(name="Bring the request", src=str(FILES / "request.py"), dest="/root/request.py")
server.shell(name="Request the page", commands=["python3 /root/request.py"])
