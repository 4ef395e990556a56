#!/usr/bin/env bash
# The commands of a guide to Flask, PostgreSQL, Gunicorn and nginx, as one script that may run
# again. Runs on the host as root, in a folder with source/ and files/ in it; values.env has what
# is secret or changes from run to run.
set -euo pipefail
cd "$(dirname "$0")"
. ./values.env
export DEBIAN_FRONTEND=noninteractive PIP_CACHE_DIR=/var/cache/pip
export PIP_CERT=/etc/ssl/certs/ca-certificates.crt

apt-get install -y -qq postgresql postgresql-client python3-psycopg2 python3-venv acl nginx >/dev/null

runuser -u postgres -- psql -Xq -v ON_ERROR_STOP=1 <<SQL
SET client_min_messages = warning;
SELECT 'CREATE ROLE guestbook_owner LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guestbook_owner')\gexec
SELECT 'CREATE ROLE guestbook LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guestbook')\gexec
ALTER ROLE guestbook_owner PASSWORD '$OWNER_PASSWORD';
ALTER ROLE guestbook PASSWORD '$PASSWORD';
SELECT 'CREATE DATABASE guestbook OWNER guestbook_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'guestbook')\gexec
REVOKE ALL ON DATABASE guestbook FROM PUBLIC;
GRANT CONNECT ON DATABASE guestbook TO guestbook;
\c guestbook
ALTER SCHEMA public OWNER TO guestbook_owner;
GRANT USAGE ON SCHEMA public TO guestbook;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guestbook;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guestbook;
ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO guestbook;
ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public
  GRANT USAGE ON SEQUENCES TO guestbook;
SQL

hba=$(echo /etc/postgresql/*/main/pg_hba.conf)
for address in 127.0.0.1/32 $EXTRA_ADDRESS; do
  line="host guestbook guestbook,guestbook_owner $address scram-sha-256"
  if ! grep -qxF "$line" "$hba"; then
    sed -i "0,/^host/s|^host|$line\nhost|" "$hba"
    systemctl reload postgresql
  fi
done

id guestbook >/dev/null 2>&1 \
  || useradd --system --home-dir /srv/guestbook --shell /usr/sbin/nologin guestbook
mkdir -p /srv/guestbook /etc/flask
rm -rf /srv/guestbook/app
cp -r source /srv/guestbook/app
[ -d /srv/guestbook/venv ] || python3 -m venv /srv/guestbook/venv
/srv/guestbook/venv/bin/pip install -q --disable-pip-version-check gunicorn \
  -r /srv/guestbook/app/requirements.txt

url() { echo "postgresql+psycopg2://$1:$2@127.0.0.1:5432/guestbook"; }
printf 'DATABASE_URL="%s"\nSECRET_KEY="%s"\nFLASK_APP="wsgi:app"\nGREETING="%s"\n' \
  "$(url guestbook "$PASSWORD")" "$SECRET_KEY" "$GREETING" >environment
install -o root -g guestbook -m 640 environment /etc/flask/guestbook.env

(
  set -a
  . ./environment
  export DATABASE_URL
  DATABASE_URL=$(url guestbook_owner "$OWNER_PASSWORD")
  cd /srv/guestbook/app
  /srv/guestbook/venv/bin/flask db upgrade 2>/dev/null
)

install -m 644 files/guestbook.service /etc/systemd/system/guestbook.service
systemctl daemon-reload
systemctl enable --quiet guestbook.service
systemctl restart guestbook.service
usermod -a -G guestbook www-data

install -m 644 files/nginx.conf /etc/nginx/sites-available/guestbook
ln -sf /etc/nginx/sites-available/guestbook /etc/nginx/sites-enabled/guestbook
rm -f /etc/nginx/sites-enabled/default
nginx -t -q
# Its workers are of the group that was just joined.
systemctl restart nginx
python3 files/request.py
