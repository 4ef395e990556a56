"""Everything that is known to keep an application from its database, and the code of each.

view is False where the database host is not asked. make and undo are for bash on the host; {url} in
the options is the application's own URL, and {head} all of it before the host. said is a part of the
verdict's message.
"""

from collections import namedtuple

Fault = namedtuple(
    "Fault",
    "name code make undo options account view said",
    defaults=("", "", {}, "root", True, ""),
)

# Shell functions for make and undo.
PRELUDE = r"""
set -e
V=$(ls /etc/postgresql | sort -V | tail -n 1); ETC=/etc/postgresql/$V/main; DATA=/var/lib/postgresql/$V/main
sql() { runuser -u postgres -- psql -XAtqv ON_ERROR_STOP=1 -d "${2:-guestbook}" -c "$1"; }
# Wait until a command is true, as long as a slow machine may take.
soon() { for _ in $(seq 600); do eval "$1" > /dev/null 2>&1 && return; sleep 0.1; done
  echo "never so: $1"; false; }
listens() { soon "ss -Htln 'sport = :$1' | grep ."; }
# What the server is asked after the line in its log is answered by what it then has read.
reload() { local log=/var/log/postgresql/postgresql-$V-main.log
  local before=$(grep -c SIGHUP $log); systemctl reload "postgresql@$V-main"
  soon "[ \$(grep -c SIGHUP $log) -gt ${before:-0} ]"; }
# The server runs and takes nobody.
rejects() { soon 'pg_isready; [ $? = 1 ]'; }
# As many sessions of psql as given sleep in the server.
asleep() { soon "[ \$(sql \"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'\") = $1 ]"; }
# The site serves, and no worker is busy with its start, as it may be after an earlier fault.
serves() { soon 'answered && ! ps -o stat= --ppid "$(systemctl show -P MainPID guestbook)" | grep R'; }
answered() { (exec 3<> /dev/tcp/127.0.0.1/80; printf 'GET /health/database HTTP/1.0\r\n\r\n' >&3
  head -n 1 <&3 | grep ' 200 '); }
reload_nginx() { local old=$(pgrep -fx 'nginx: worker process'); systemctl reload nginx
  soon "! pgrep -fx 'nginx: worker process' | grep -Fx '$old'"; }
restart() { systemctl restart "postgresql@$V-main"; }
# A line before all others of pg_hba.conf.
hba() { cp -p $ETC/pg_hba.conf /root/hba; { echo "$1"; cat /root/hba; } > $ETC/pg_hba.conf; reload; }
unhba() { cat /root/hba > $ETC/pg_hba.conf; reload; }
# Only these lines, and the administrator's.
onlyhba() { cp -p $ETC/pg_hba.conf /root/hba
  printf 'local all postgres peer\n%s\n' "$1" > $ETC/pg_hba.conf; reload; }
dropin() { mkdir -p /etc/systemd/system/guestbook.service.d
  printf '[Service]\n%s\n' "$1" > /etc/systemd/system/guestbook.service.d/fault.conf
  systemctl daemon-reload; }
# Workers that wait would keep a stop from its end for half a minute.
end() { systemctl kill --signal=KILL guestbook.service 2>/dev/null || true
  systemctl stop guestbook.service; systemctl reset-failed guestbook.service; }
undropin() { rm -r /etc/systemd/system/guestbook.service.d; systemctl daemon-reload
  end; systemctl restart guestbook.service; }
# Restart the service, and wait until its journal has so many lines with a pattern: PATTERN TIMES.
until_told() { end; SINCE=$(date +%s.%6N)
  systemctl restart --no-block guestbook.service
  for _ in $(seq 500); do told "$1" "$2" && return; sleep 0.2; done
  echo "the journal has no $1"; false; }
told() { journalctl --sync
  local lines=$(journalctl --unit=guestbook.service --since="@$SINCE" --output=cat | grep -cE "$1")
  [ "$lines" -ge "${2:-1}" ]; }
# Code that runs first where the application is loaded, in Gunicorn or wherever.
anywhere() { cp -p /srv/guestbook/current/wsgi.py /root/wsgi
  { printf 'import os, sys, time\n%s\n' "$1"; cat /root/wsgi; } > /srv/guestbook/current/wsgi.py; }
# Code that runs in each request.
page() { anywhere pass; printf '\ndef in_request():\n    %s\n\napp.before_request(in_request)\n' "$1" \
    >> /srv/guestbook/current/wsgi.py; until_told 'Booting worker' 2; }
in_gunicorn() { anywhere "if 'gunicorn' in sys.modules: $1"; until_told "$2" "${3:-1}"; }
unload() { cp -p /root/wsgi /srv/guestbook/current/wsgi.py; end
  systemctl restart guestbook.service; }
gunicorn_option() { dropin "ExecStart=
ExecStart=$(sed -n 's/^ExecStart=//p' /etc/systemd/system/guestbook.service | sed -E "s# [a-z_.]+:[a-z_.()]+\$# $1&#")"
  until_told "${2:-Scheduled restart job}" "${3:-1}"; }
# Code that ends a worker again and again: only one, or they would take the machine from the others.
spin() { anywhere "if 'gunicorn' in sys.modules: $1"; gunicorn_option --workers=1 "$2" 2; }
unspin() { cp -p /root/wsgi /srv/guestbook/current/wsgi.py; undropin; }
hook() { echo "$1" > /etc/fault_hook.py
  gunicorn_option "--config=/etc/fault_hook.py --workers=1"; }
# An authority and a certificate of it for the server: NAME DAYS.
certificate() { rm -rf /root/tls; mkdir /root/tls; cd /root/tls
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=authority \
    -keyout ca.key -out ca.pem -days 30 2>/dev/null
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
    -keyout server.key -out server.csr 2>/dev/null
  printf "subjectAltName=DNS:$1\n${4:-}" > names
  : > index; echo 01 > serial
  printf '[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n' > ca.conf
  openssl ca -batch -notext -config ca.conf -md sha256 -cert ca.pem -keyfile ca.key -in server.csr \
    -out server.pem -startdate "$2" -enddate "$3" -extfile names 2>/dev/null
  install -o postgres -m 600 server.key $DATA/fault.key; install -o postgres server.pem $DATA/fault.pem
  install -m 644 ca.pem /etc/ssl/fault-ca.pem
  printf "ssl = on\nssl_cert_file = '%s/fault.pem'\nssl_key_file = '%s/fault.key'\n" $DATA $DATA \
    > $ETC/conf.d/zz-fault.conf; reload
  echo "127.0.0.1 db.example other.example" >> /etc/hosts; }
uncertificate() { rm -f $ETC/conf.d/zz-fault.conf; reload; sed '/db.example/d' /etc/hosts > /root/h
  cat /root/h > /etc/hosts; }
# A network in which nothing answers, and one without a way.
blackhole() { ip link add fault0 type veth peer name fault1; ip link set fault1 up
  ip link set fault0 up; ip address add 198.51.100.1/24 dev fault0
  for last in 2 9; do ip neigh add 198.51.100.$last lladdr 02:00:00:00:00:0$last dev fault0; done; }
unblackhole() { ip link del fault0; }
unlocked() { systemctl stop fault-lock; systemctl reset-failed fault-lock 2>/dev/null || true
  sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'"; }
locked() { systemd-run -q --unit=fault-lock runuser -u postgres -- psql -d guestbook -c \
  "BEGIN; LOCK TABLE $1; SELECT pg_sleep(600); COMMIT"; asleep 1; }
bouncer() { cat > /etc/pgbouncer/pgbouncer.ini <<INI
[databases]
guestbook = host=127.0.0.1 port=${2:-5432} dbname=guestbook ${3:-}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = 6432
auth_type = plain
query_wait_timeout = ${4:-120}
auth_file = /etc/pgbouncer/userlist.txt
pool_mode = ${1:-session}
INI
  systemctl reset-failed pgbouncer; systemctl restart pgbouncer; listens 6432; }
"""

GOOD_SERVICE = {
    "user": "guestbook",
    "virtualenv": "/srv/guestbook/current/.venv",
    "directory": "/srv/guestbook/current",
}
UNIT = {"unit": "guestbook.service", "url": "http://127.0.0.1/health/database"}
SLOW_DRIVER = (
    "python3 -m venv --without-pip /opt/venv; echo 'import time; time.sleep(600)'"
    " > $(echo /opt/venv/lib/python3*/site-packages)/psycopg2.py"
)
BY_SLOW_DRIVER = {
    "virtualenv": "/opt/venv",
    "user": "guestbook",
    "environment_file": "/etc/flask/guestbook.env",
}
YEARS = "20200101000000Z 20400101000000Z"


def file(text, name="fault.env"):
    """An environment file in place of the installed one, without a unit."""
    return {
        **GOOD_SERVICE,
        "environment_file": f"/root/{name}",
    }, f"cat > /root/{name} <<'E'\n{text}\nE"


def by_file(name, code, text):
    options, make = file(text)
    return Fault(name, code, make, "rm -rf /root/fault.env", options)


def by_url(name, code, url, make="", undo="", **options):
    return Fault(name, code, make, undo, {**UNIT, "database_url": url, **options})


def by_unit(name, code, make, undo, said="", **options):
    return Fault(name, code, make, undo, {**UNIT, **options}, said=said)


def by_password(name, code, password):
    """The role's password, put into the URL as it is."""
    quoted = password.replace("'", "''")
    return by_url(
        name, code, f"postgresql://guestbook:{password}@127.0.0.1:5432/guestbook",
        f'sql "ALTER ROLE guestbook PASSWORD \'{quoted}\'"', "repassword",
    )  # fmt: skip


FAULTS = [
    # config
    by_file("variable missing", "config.variable_missing", "SECRET_KEY=x"),
    by_file("variable empty", "config.variable_empty", "DATABASE_URL="),
    by_file("export", "config.file_malformed", "export DATABASE_URL=postgresql://u:p@h/d"),
    by_file("unclosed quote", "config.file_malformed", 'SECRET_KEY="x\nDATABASE_URL=y'),
    by_file("colon for equals", "config.file_malformed", "DATABASE_URL: postgresql://u:p@h/d"),
    by_file("byte order mark", "config.file_malformed", "\ufeffDATABASE_URL=postgresql://u:p@h/d"),
    by_file(
        "a noncharacter", "config.file_refused", "KEY=\ufffe\nDATABASE_URL=postgresql://u:p@h/d"
    ),
    Fault(
        "no environment file",
        "config.file_missing",
        "",
        "",
        {**GOOD_SERVICE, "environment_file": "/root/none.env"},
    ),
    Fault(
        "a directory for a file",
        "config.file_unreadable",
        "mkdir /root/fault.env",
        "rmdir /root/fault.env",
        {**GOOD_SERVICE, "environment_file": "/root/fault.env"},
    ),
    Fault(
        "not readable",
        "config.file_unreadable",
        "",
        "",
        {**GOOD_SERVICE, "environment_file": "/etc/flask/guestbook.env"},
        "nobody",
    ),
    Fault(
        "not text",
        "config.file_refused",
        r"printf 'DATABASE_URL=\377\n' > /root/fault.env",
        "rm /root/fault.env",
        {**GOOD_SERVICE, "environment_file": "/root/fault.env"},
    ),
    by_unit(
        "two lines",
        "config.set_twice",
        "cp -p /etc/flask/guestbook.env /root/env;"
        "sed '1iDATABASE_URL=postgresql://u:p@h/d' /root/env > /etc/flask/guestbook.env",
        "cat /root/env > /etc/flask/guestbook.env; systemctl restart guestbook",
    ),
    by_unit(
        "CRLF",
        "config.crlf",
        "cp -p /etc/flask/guestbook.env /root/env;"
        "sed 's/$/\\r/' /root/env > /etc/flask/guestbook.env",
        "cat /root/env > /etc/flask/guestbook.env; systemctl restart guestbook",
    ),
    by_unit(
        "not loaded",
        "config.not_loaded",
        "dropin EnvironmentFile=",
        "undropin",
        environment_file="/etc/flask/guestbook.env",
    ),
    by_unit("no such unit", "config.unit", "", "", unit="gestbook.service"),
    Fault(
        "no such user",
        "config.application",
        "",
        "",
        {**GOOD_SERVICE, "user": "nobodyknows", "environment_file": "/etc/flask/guestbook.env"},
    ),
    # url
    by_url("postgres://", "url.scheme", "postgres://u:p@127.0.0.1/guestbook"),
    by_url("mysql://", "url.not_postgresql", "mysql://u:p@127.0.0.1/guestbook"),
    by_url("sqlite", "url.not_postgresql", "sqlite:///app.db"),
    by_url("no URL", "url.malformed", "guestbook"),
    by_url("in quotes", "url.malformed", "'postgresql://u:p@127.0.0.1/guestbook'"),
    by_url("line break", "url.malformed", "postgresql://u:p@127.0.0.1/guestbook\n"),
    by_url("port", "url.malformed", "postgresql://u:p@127.0.0.1:five/guestbook"),
    by_url("driver unknown", "url.unknown_driver", "postgresql+pyscopg2://u:p@127.0.0.1/guestbook"),
    by_url("option unknown", "url.option", "postgresql://u:p@127.0.0.1/guestbook?ssl_mode=require"),
    by_url("sslmode unknown", "url.option", "postgresql://u:p@127.0.0.1/guestbook?sslmode=on"),
    by_url("no database", "url.no_database", "postgresql://u:p@127.0.0.1"),
    by_password("unencoded @", "url.unencoded_password", "p@ss"),
    by_password("unencoded :", "url.unencoded_password", "pa:ss"),
    by_password("unencoded /", "url.unencoded_password", "pa/ss"),
    by_password("unencoded #", "url.unencoded_password", "pa#ss"),
    by_password("unencoded ?", "url.unencoded_password", "pa?ss"),
    by_password("unencoded %", "url.unencoded_password", "100%pass"),
    # driver
    Fault(
        "driver missing",
        "driver.missing",
        "python3 -m venv --without-pip /opt/venv",
        "rm -r /opt/venv",
        {
            **UNIT,
            "virtualenv": "/opt/venv",
            "unit": "",
            "user": "guestbook",
            "environment_file": "/etc/flask/guestbook.env",
        },
    ),
    Fault(
        "driver broken",
        "driver.broken",
        "python3 -m venv --without-pip /opt/venv; echo 'import ctypes; ctypes.CDLL(\"libpq.so.9\")'"
        " > $(echo /opt/venv/lib/python3*/site-packages)/psycopg2.py",
        "rm -r /opt/venv",
        {
            **UNIT,
            "virtualenv": "/opt/venv",
            "unit": "",
            "user": "guestbook",
            "environment_file": "/etc/flask/guestbook.env",
        },
    ),
    Fault(
        "driver takes for ever to be imported",
        "driver.slow",
        SLOW_DRIVER,
        "rm -r /opt/venv",
        BY_SLOW_DRIVER,
    ),
    Fault(
        "driver takes for ever, and the port is another's",
        "tcp.not_postgresql",
        SLOW_DRIVER,
        "rm -r /opt/venv",
        {**BY_SLOW_DRIVER, "database_url": "{head}127.0.0.1:80/guestbook"},
    ),
    by_unit(
        "the Python was upgraded",
        "driver.python",
        "cd $(readlink -f /srv/guestbook/current)/.venv/lib; mv python3* python3.1",
        "cd $(readlink -f /srv/guestbook/current)/.venv/lib;"
        " mv python3.1 $(basename $(readlink -f ../bin/python))",
        said="are for python3.1, and its interpreter is python3.",
    ),
    by_unit(
        "the Python is gone",
        "driver.python",
        "cd $(readlink -f /srv/guestbook/current)/.venv/bin; readlink python3 > /root/python;"
        " ln -sfn /usr/bin/python3.1 python3",
        "ln -sfn $(cat /root/python) $(readlink -f /srv/guestbook/current)/.venv/bin/python3",
        said="leads to /usr/bin/python3.1, which is not there",
    ),
    Fault(
        "no virtual environment",
        "driver.python",
        "",
        "",
        {
            **UNIT,
            "virtualenv": "/opt/none",
            "unit": "",
            "user": "guestbook",
            "environment_file": "/etc/flask/guestbook.env",
        },
    ),
    # dns
    by_url(
        "NXDOMAIN",
        "dns.not_found",
        "{head}db.example.invalid/guestbook",
        "sed -i.fault 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf",
        "mv /etc/nsswitch.conf.fault /etc/nsswitch.conf",
    ),
    by_url(
        "name server silent",
        "dns.no_answer",
        "{head}db.example.org/guestbook",
        "blackhole; cp /etc/resolv.conf /root/resolv; echo nameserver 198.51.100.9 > /etc/resolv.conf",
        "cat /root/resolv > /etc/resolv.conf; unblackhole",
    ),
    # tcp
    by_url("refused", "tcp.refused", "{head}127.0.0.1:5999/guestbook"),
    by_url("black hole", "tcp.timeout", "{head}198.51.100.2/guestbook", "blackhole", "unblackhole"),
    by_url(
        "one address dead",
        "tcp.address_dead",
        "{head}two.example/guestbook",
        "blackhole; printf '127.0.0.1 two.example\\n198.51.100.2 two.example\\n' >> /etc/hosts",
        "sed '/two.example/d' /etc/hosts > /root/h; cat /root/h > /etc/hosts; unblackhole",
    ),
    by_url("one host dead", "tcp.address_dead", "{head}127.0.0.1:5999,127.0.0.1:5432/guestbook"),
    by_url(
        "no route",
        "tcp.unreachable",
        "{head}203.0.113.7/guestbook",
        "ip route add unreachable 203.0.113.0/24",
        "ip route del unreachable 203.0.113.0/24",
    ),
    by_url("no socket", "tcp.socket_missing", "{head}/guestbook?host=/run/nowhere"),
    by_url(
        "socket closed to the user",
        "tcp.socket_denied",
        "{head}/guestbook?host=/var/run/postgresql",
        "chmod 700 /var/run/postgresql",
        "chmod 2775 /var/run/postgresql",
    ),
    by_url("not PostgreSQL", "tcp.not_postgresql", "{head}127.0.0.1:80/guestbook"),
    by_url(
        "closes at once",
        "tcp.closed",
        "{head}127.0.0.1:5998/guestbook",
        'systemd-run -q --unit=fault python3 -c \'import socket\ns = socket.create_server(("", 5998))\n'
        "while True: s.accept()[0].close()'; listens 5998",
        "systemctl stop fault",
    ),
    by_url(
        "accepts and is silent",
        "tcp.timeout",
        "{head}127.0.0.1:5998/guestbook",
        "systemd-run -q --unit=fault python3 -c 'import socket, time\n"
        's = socket.create_server(("", 5998))\ntime.sleep(99)\'; listens 5998',
        "systemctl stop fault",
    ),
    by_unit(
        "stopped",
        "tcp.refused",
        "systemctl stop postgresql@$V-main",
        "systemctl start postgresql@$V-main",
    ),
    by_unit(
        "starting up",
        "tcp.starting_up",
        "systemctl stop postgresql@$V-main; touch $DATA/recovery.signal;"
        "echo \"restore_command = 'sleep 60'\" > $ETC/conf.d/zz-fault.conf;"
        "systemctl start --no-block postgresql@$V-main; rejects",
        "systemctl stop postgresql@$V-main; rm -f $DATA/recovery.signal $ETC/conf.d/zz-fault.conf;"
        "systemctl start postgresql@$V-main",
    ),
    by_unit(
        "shutting down",
        "tcp.shutting_down",
        "systemd-run -q --unit=fault-session runuser -u postgres -- psql -c 'select pg_sleep(99)';"
        "asleep 1; kill -TERM $(head -n 1 $DATA/postmaster.pid); rejects",
        "systemctl stop fault-session; systemctl restart postgresql@$V-main",
    ),
    by_unit(
        "in recovery",
        "tcp.in_recovery",
        "systemctl stop postgresql@$V-main; touch $DATA/standby.signal;"
        "echo 'hot_standby = off' > $ETC/conf.d/zz-fault.conf;"
        "systemctl start --no-block postgresql@$V-main;"
        "soon \"sql '' 2>&1 | grep 'not accepting'\"",
        "rm -f $DATA/standby.signal $ETC/conf.d/zz-fault.conf;"
        "systemctl stop postgresql@$V-main; systemctl start postgresql@$V-main",
    ),
    # tls
    by_url(
        "TLS required",
        "tls.required",
        "{url}?sslmode=disable",
        "onlyhba 'hostssl all all 127.0.0.1/32 scram-sha-256'",
        "unhba",
    ),
    by_url(
        "TLS forbidden",
        "tls.forbidden",
        "{url}?sslmode=require",
        "onlyhba 'hostnossl all all 127.0.0.1/32 scram-sha-256'",
        "unhba",
    ),
    by_url(
        "no TLS",
        "tls.refused",
        "{url}?sslmode=require",
        "echo 'ssl = off' > $ETC/conf.d/zz-fault.conf; reload",
        "rm $ETC/conf.d/zz-fault.conf; reload",
    ),
    by_url(
        "unknown authority",
        "tls.unknown_ca",
        "{head}db.example/guestbook?sslmode=verify-ca&sslrootcert=/etc/ssl/other-ca.pem",
        f"certificate db.example {YEARS}; openssl req -x509 -newkey ec -pkeyopt"
        " ec_paramgen_curve:prime256v1 -nodes -subj /CN=o -keyout /root/o.key"
        " -out /etc/ssl/other-ca.pem 2>/dev/null; chmod 644 /etc/ssl/other-ca.pem",
        "uncertificate",
    ),
    by_url(
        "expired certificate",
        "tls.expired",
        "{head}db.example/guestbook?sslmode=verify-full&sslrootcert=/etc/ssl/fault-ca.pem",
        "certificate db.example 20200101000000Z 20210101000000Z",
        "uncertificate",
    ),
    by_url(
        "name mismatch",
        "tls.name_mismatch",
        "{head}other.example/guestbook?sslmode=verify-full&sslrootcert=/etc/ssl/fault-ca.pem",
        f"certificate db.example {YEARS}",
        "uncertificate",
    ),
    by_url(
        "no root certificate",
        "tls.no_root_certificate",
        "{url}?sslmode=verify-full&sslrootcert=/etc/ssl/none.pem",
    ),
    by_url(
        "root certificate is none",
        "tls.certificate_file",
        "{url}?sslmode=verify-full&sslrootcert=/etc/hostname",
    ),
    by_url(
        "certificate for later",
        "tls.not_yet_valid",
        "{head}db.example/guestbook?sslmode=verify-full&sslrootcert=/etc/ssl/fault-ca.pem",
        "certificate db.example 20390101000000Z 20400101000000Z",
        "uncertificate",
    ),
    by_url(
        "a client's certificate",
        "tls.untrusted",
        "{head}db.example/guestbook?sslmode=verify-full&sslrootcert=/etc/ssl/fault-ca.pem",
        f"certificate db.example {YEARS} extendedKeyUsage=clientAuth",
        "uncertificate",
    ),
    by_url(
        "no common version",
        "tls.handshake",
        "{url}?sslmode=require&ssl_min_protocol_version=TLSv1.3",
        "echo \"ssl_max_protocol_version = 'TLSv1.2'\" > $ETC/conf.d/zz-fault.conf; reload",
        "rm $ETC/conf.d/zz-fault.conf; reload",
    ),
    # auth
    by_unit(
        "no line",
        "auth.no_pg_hba_line",
        "onlyhba 'host all all 10.9.8.7/32 scram-sha-256'",
        "unhba",
    ),
    by_unit("reject", "auth.reject_line", "hba 'host all guestbook 127.0.0.1/32 reject'", "unhba"),
    by_url(
        "method cert without authority",
        "auth.refused",
        "{url}?sslmode=require",
        "hba 'hostssl all guestbook all cert'",
        "unhba",
    ),
    by_unit("method ident", "auth.wrong_method", "hba 'host all guestbook all ident'", "unhba"),
    by_url(
        "method peer",
        "auth.wrong_method",
        "postgresql://guestbook_owner:x@/guestbook?host=/var/run/postgresql",
    ),
    by_unit(
        "stored as MD5",
        "auth.wrong_method",
        "sql \"SET password_encryption = 'md5'; ALTER ROLE guestbook PASSWORD 'x'\"",
        "repassword",
    ),
    by_unit(
        "wrong password",
        "auth.wrong_password",
        "sql \"ALTER ROLE guestbook PASSWORD 'another'\"",
        "repassword",
    ),
    by_unit(
        "expired password",
        "auth.expired_password",
        "sql \"ALTER ROLE guestbook VALID UNTIL '2020-01-01'\"",
        "sql \"ALTER ROLE guestbook VALID UNTIL 'infinity'\"",
    ),
    by_unit(
        "no password set",
        "auth.no_password_set",
        'sql "ALTER ROLE guestbook PASSWORD NULL"',
        "repassword",
    ),
    by_unit(
        "NOLOGIN",
        "auth.nologin",
        'sql "ALTER ROLE guestbook NOLOGIN"',
        'sql "ALTER ROLE guestbook LOGIN"',
    ),
    by_url("unknown role", "auth.unknown_role", "postgresql://nobody:pass@127.0.0.1/guestbook"),
    by_url(
        "unknown role, trusted",
        "auth.unknown_role",
        "postgresql://nobody:pass@127.0.0.1/guestbook",
        "hba 'host all nobody all trust'",
        "unhba",
    ),
    by_url("no password", "auth.no_password", "postgresql://guestbook@127.0.0.1/guestbook"),
    by_unit(
        "the administrator needs a password",
        "auth.administrator",
        "cp -p $ETC/pg_hba.conf /root/hba;"
        "sed -Ei 's/^local +all +postgres +peer/local all postgres md5/' $ETC/pg_hba.conf; reload",
        "unhba",
        said="asks postgres for a password",
    ),
    # database
    by_url(
        "no such database",
        "database.missing",
        "{head}127.0.0.1/gestbook",
        "hba 'host gestbook guestbook 127.0.0.1/32 scram-sha-256'",
        "unhba",
    ),
    by_unit(
        "no CONNECT",
        "database.no_connect",
        'sql "REVOKE CONNECT ON DATABASE guestbook FROM guestbook, PUBLIC"',
        'sql "GRANT CONNECT ON DATABASE guestbook TO guestbook"',
    ),
    by_unit(
        "closed",
        "database.closed",
        'sql "ALTER DATABASE guestbook ALLOW_CONNECTIONS false" postgres',
        'sql "ALTER DATABASE guestbook ALLOW_CONNECTIONS true" postgres',
    ),
    by_unit(
        "read-only",
        "database.read_only",
        'sql "ALTER DATABASE guestbook SET default_transaction_read_only = on"',
        'sql "ALTER DATABASE guestbook RESET default_transaction_read_only" postgres',
    ),
    by_url("no standby", "database.no_suitable_host", "{url}?target_session_attrs=standby"),
    by_url("startup option", "database.startup_option", "{url}?options=-c%20nonsense%3D1"),
    by_url(
        "driver refuses", "database.driver_refused", "{url}?sslmode=disable&channel_binding=require"
    ),
    by_unit(
        "library missing",
        "database.refused",
        "sql \"ALTER ROLE guestbook SET session_preload_libraries = 'nothing'\"",
        'sql "ALTER ROLE guestbook RESET session_preload_libraries"',
    ),
    # capacity
    by_unit(
        "role limit",
        "capacity.role_limit",
        'sql "ALTER ROLE guestbook CONNECTION LIMIT 0"',
        'sql "ALTER ROLE guestbook CONNECTION LIMIT -1"',
    ),
    by_unit(
        "database limit",
        "capacity.database_limit",
        'sql "ALTER DATABASE guestbook CONNECTION LIMIT 0"',
        'sql "ALTER DATABASE guestbook CONNECTION LIMIT -1"',
    ),
    by_unit(
        "max_connections",
        "capacity.max_connections",
        "systemctl stop guestbook.socket guestbook.service;"
        "printf 'max_connections = 6\\nsuperuser_reserved_connections = 2\\n'"
        " > $ETC/conf.d/zz-fault.conf; restart; for i in 1 2 3 4; do systemd-run -q"
        " --unit=fault-$i runuser -u postgres -- psql -c 'select pg_sleep(99)'; done; asleep 4",
        "systemctl stop 'fault-*'; rm $ETC/conf.d/zz-fault.conf; restart;"
        "systemctl start guestbook.socket guestbook.service",
    ),
    by_unit("pool too big", "capacity.pool_exceeds", "", "", pool_size=50, max_overflow=50),
    by_unit("too many hosts", "capacity.pool_exceeds", "", "", instances=20),
    # privileges
    by_unit("no schema", "privileges.no_schema", "", "", schema="shop"),
    by_unit(
        "no USAGE",
        "privileges.schema_usage",
        'sql "REVOKE USAGE ON SCHEMA public FROM guestbook, PUBLIC"',
        'sql "GRANT USAGE ON SCHEMA public TO guestbook"',
    ),
    by_unit(
        "search_path",
        "privileges.search_path",
        'sql "ALTER ROLE guestbook SET search_path = pg_catalog"',
        'sql "ALTER ROLE guestbook RESET search_path"',
    ),
    by_unit(
        "table grant",
        "privileges.table",
        'sql "REVOKE UPDATE ON entry FROM guestbook"',
        'sql "GRANT UPDATE ON entry TO guestbook"',
    ),
    by_unit(
        "sequence grant",
        "privileges.sequence",
        'sql "REVOKE USAGE ON SEQUENCE entry_id_seq FROM guestbook"',
        'sql "GRANT USAGE ON SEQUENCE entry_id_seq TO guestbook"',
    ),
    by_unit(
        "default privilege",
        "privileges.default",
        'sql "ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public'
        ' REVOKE INSERT ON TABLES FROM guestbook"',
        'sql "ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public'
        ' GRANT INSERT ON TABLES TO guestbook"',
    ),
    by_url("may not create", "privileges.schema_create", "{url}", migrates=True),
    by_unit(
        "revisions locked",
        "privileges.unreadable",
        "locked alembic_version",
        "unlocked",
    ),
    # schema
    by_unit(
        "pending",
        "schema.pending",
        "sql \"UPDATE alembic_version SET version_num = '0002'\"",
        "sql \"UPDATE alembic_version SET version_num = '0003'\"",
    ),
    by_unit(
        "unknown revision",
        "schema.unknown_revision",
        "sql \"UPDATE alembic_version SET version_num = '9999'\"",
        "sql \"UPDATE alembic_version SET version_num = '0003'\"",
    ),
    by_unit(
        "two heads",
        "schema.several_heads",
        'cd /srv/guestbook/current/migrations/versions; sed \'s/"0003"/"0003b"/\' 0003_*.py'
        " > 0003b_other.py; chmod 644 0003b_other.py",
        "rm /srv/guestbook/current/migrations/versions/0003b_other.py",
    ),
    by_unit(
        "no version table",
        "schema.no_version_table",
        'sql "ALTER TABLE alembic_version RENAME TO hidden"',
        'sql "ALTER TABLE hidden RENAME TO alembic_version"',
    ),
    by_unit("no migrations", "schema.no_migrations", "", "", migrations_directory="migrate"),
    by_unit(
        "application fails",
        "schema.application",
        "printf 'raise RuntimeError(1)\\n' > /srv/guestbook/current/sitecustomize.py;"
        "sed -i.fault '1s/^/raise RuntimeError(\"broken\")\\n/' /srv/guestbook/current/wsgi.py",
        "cd /srv/guestbook/current; rm sitecustomize.py; mv wsgi.py.fault wsgi.py",
    ),
    by_unit(
        "serves when loaded",
        "schema.serves_when_loaded",
        "cd /srv/guestbook/current; cp -p wsgi.py wsgi.py.fault; echo 'app.run()' >> wsgi.py",
        "cd /srv/guestbook/current; mv wsgi.py.fault wsgi.py",
        said="/wsgi.py:",
    ),
    by_unit(
        "import waits",
        "schema.loading_hangs",
        "anywhere 'time.sleep(600)'; systemctl restart --no-block guestbook.service",
        "unload",
        said="wsgi.py, line 2",
    ),
    # service
    by_unit(
        "stopped service",
        "service.inactive",
        "systemctl stop guestbook.socket guestbook.service",
        "systemctl start guestbook.socket guestbook.service",
    ),
    by_unit(
        "older environment",
        "service.environment",
        "cp -p /etc/flask/guestbook.env /root/env; echo 'ADDED=1' >> /etc/flask/guestbook.env",
        "cat /root/env > /etc/flask/guestbook.env; systemctl restart guestbook",
    ),
    by_unit(
        "another user",
        "service.user",
        "dropin User=www-data; systemctl restart guestbook",
        "undropin",
        **GOOD_SERVICE,
    ),
    by_unit(
        "another virtual environment",
        "service.virtualenv",
        "cp -a $(readlink -f /srv/guestbook/current) /srv/guestbook/other;"
        "sed -i 's#/srv/guestbook/releases/[^/]*/#/srv/guestbook/other/#'"
        " /srv/guestbook/other/.venv/bin/gunicorn;"
        "dropin \"ExecStart=\nExecStart=$(sed -n 's/^ExecStart=//p'"
        " /etc/systemd/system/guestbook.service | sed 's#/current/#/other/#g')\";"
        "systemctl restart guestbook",
        "undropin; rm -r /srv/guestbook/other",
        **GOOD_SERVICE,
    ),
    by_unit(
        "started with another database",
        "service.other_database",
        "sql 'CREATE DATABASE other OWNER guestbook'; hba 'host other guestbook all scram-sha-256';"
        """
        mkdir -p /opt/hook
        cat > /opt/hook/sitecustomize.py <<'HOOK'
import os
declared = os.environ.get("DATABASE_URL", "")
os.environ["DATABASE_URL"] = declared.replace(":5432/guestbook", ":5432/other")
HOOK
        systemctl set-environment PYTHONPATH=/opt/hook; systemctl restart guestbook
        python3 <<'REQUEST'
import http.client
connection = http.client.HTTPConnection("127.0.0.1")
connection.request("GET", "/health/database")
connection.getresponse()
REQUEST""",
        "systemctl unset-environment PYTHONPATH; systemctl restart guestbook; unhba;"
        "sql 'DROP DATABASE other WITH (FORCE)'",
        said="has its sessions in other, and none in guestbook",
    ),
    by_unit(
        "daemon-reload",
        "service.daemon_reload",
        "sleep 0.1; echo '# changed' >> /etc/systemd/system/guestbook.service",
        "sed -i '$d' /etc/systemd/system/guestbook.service; systemctl daemon-reload;"
        "systemctl restart guestbook.service",
    ),
    by_unit(
        "link moved",
        "service.working_directory",
        "readlink /srv/guestbook/current > /root/link;"
        "cp -a $(readlink -f /srv/guestbook/current) /srv/guestbook/other;"
        "ln -sfn other /srv/guestbook/current",
        "ln -sfn $(cat /root/link) /srv/guestbook/current; rm -r /srv/guestbook/other",
        **GOOD_SERVICE,
    ),
    by_unit(
        "restarts for ever",
        "service.restarting",
        "dropin ExecStartPre=/bin/false; until_told 'Scheduled restart job'",
        "undropin",
    ),
    by_unit(
        "import exits with 5",
        "service.worker_exits",
        "spin 'sys.exit(5)' 'exited with code 5'",
        "unspin",
        said="a worker exited with code 5",
    ),
    by_unit(
        "import exits with 0",
        "service.worker_exits",
        "spin 'sys.exit(0)' 'Worker exiting'",
        "unspin",
        said="exited by itself, with code 0",
    ),
    by_unit(
        "import takes all memory",
        "service.worker_killed",
        "spin 'os.kill(os.getpid(), 9)' 'SIGKILL'",
        "unspin",
        said="a worker was killed (SIGKILL)",
    ),
    by_unit(
        "import exits with 3",
        "service.restarting",
        "in_gunicorn 'sys.exit(3)' 'Scheduled restart job'",
        "unload",
        said="exited with code 3",
    ),
    by_unit(
        "the worker class has no package",
        "application.worker_class",
        "gunicorn_option --worker-class=gevent",
        "undropin",
        said="gevent",
    ),
    by_unit(
        "a hook of the server fails",
        "service.restarting",
        "hook 'def when_ready(server): raise RuntimeError(\"no hook\")'",
        "undropin",
        said="Error: no hook",
    ),
    by_unit(
        "a hook of the workers fails",
        "service.restarting",
        "hook 'def post_worker_init(worker): raise RuntimeError(\"no hook\")'",
        "undropin",
        said="RuntimeError: no hook",
    ),
    by_unit(
        "import waits in the service",
        "service.boot_hangs",
        "in_gunicorn 'time.sleep(600)' 'Booting worker'; sleep 21",
        "unload",
        said="and waits for something",
    ),
    by_unit(
        "import has only begun",
        "service.slow",
        "in_gunicorn 'time.sleep(600)' 'Booting worker'",
        "unload",
        said="has been loading the application for",
    ),
    by_unit(
        "import waits before Gunicorn is ready",
        "service.slow",
        "anywhere \"if 'gunicorn' in sys.modules: time.sleep(600)\"; gunicorn_option --preload 'Starting guestbook.service'",
        "unspin",
        said="has been loading the application for",
    ),
    by_unit("older than a file", "service.older", "touch /root/new", "", newer_than=["/root/new"]),
    # request
    by_unit("page waits", "request.timeout", "locked heartbeat", "unlocked"),
    by_unit(
        "page waits longer than Gunicorn does",
        "request.timeout",
        "locked heartbeat; gunicorn_option '--timeout 2' 'Booting worker' 2",
        "unlocked; undropin",
        said="no sign of life in time",
    ),
    by_unit(
        "the worker dies in the request",
        "request.worker_ended",
        "page 'os.kill(os.getpid(), 9)'",
        "unload",
        said="a worker was killed (SIGKILL)",
    ),
    by_unit(
        "the worker crashes in the request",
        "request.worker_ended",
        "page 'os.kill(os.getpid(), 11)'",
        "unload",
        said="a worker was ended by SIGSEGV",
    ),
    by_unit(
        "the worker ends itself in the request",
        "request.worker_ended",
        "page 'os._exit(7)'",
        "unload",
        said="a worker exited with code 7",
    ),
    by_unit("nginx stopped", "request.no_answer", "systemctl stop nginx", "systemctl start nginx"),
    by_unit(
        "nginx 502",
        "request.bad_gateway",
        "sed -i.fault 's#unix:/run/guestbook.sock#unix:/run/gestbook.sock#'"
        " /etc/nginx/sites-available/guestbook; reload_nginx",
        "mv /etc/nginx/sites-available/guestbook.fault /etc/nginx/sites-available/guestbook;"
        "systemctl reload nginx",
    ),
    by_unit(
        "application 500",
        "request.server_error",
        'sql "DELETE FROM heartbeat"',
        'sql "INSERT INTO heartbeat VALUES (1, 0, now())"',
    ),
    by_unit(
        "another page", "application.no_such_route", "", "", url="http://127.0.0.1/no/such/page"
    ),
    by_unit("another status", "request.status", "", "", status=[204]),
    by_unit(
        "an older site answers",
        "request.answered_by",
        "sed -i.fault 's/ default_server//' /etc/nginx/sites-available/guestbook;"
        "echo 'server { listen 80 default_server; return 200; }' > /etc/nginx/conf.d/older.conf;"
        "reload_nginx",
        "mv /etc/nginx/sites-available/guestbook.fault /etc/nginx/sites-available/guestbook;"
        "rm /etc/nginx/conf.d/older.conf; systemctl reload nginx",
        url_site="guestbook",
    ),
    # PgBouncer
    by_url(
        "bouncer: refused by the server",
        "tcp.login_hangs",
        "{head}127.0.0.1:6432/guestbook",
        "bouncer session 5432 'user=guestbook password=another'",
    ),
    by_url(
        "bouncer: wrong password",
        "auth.rejected",
        "postgresql://guestbook:another@127.0.0.1:6432/guestbook",
        "bouncer",
    ),
    by_url(
        "bouncer: unknown user",
        "auth.rejected",
        "postgresql://nobody:another@127.0.0.1:6432/guestbook",
        "bouncer",
    ),
    by_url("bouncer: no database", "database.missing", "{head}127.0.0.1:6432/gestbook", "bouncer"),
    by_url(
        "bouncer: option",
        "database.startup_option",
        "{head}127.0.0.1:6432/guestbook?options=-c%20geqo%3Doff",
        "bouncer",
    ),
    by_url(
        "bouncer: no server in time",
        "tcp.pooler_without_server",
        "{head}127.0.0.1:6432/guestbook",
        "bouncer session 5999 '' 1",
    ),
    by_url(
        "bouncer: no server",
        "tcp.login_hangs",
        "{head}127.0.0.1:6432/guestbook",
        "bouncer session 5999",
    ),
]

# Without the database host's view, what a client can know.
ALONE = [
    fault._replace(name=f"{fault.name}, alone", code=code, view=False)
    for fault in FAULTS
    for name, code in (
        ("no line", "auth.pg_hba"),
        ("reject", "auth.pg_hba"),
        ("wrong password", "auth.rejected"),
        ("unknown role", "auth.rejected"),
        ("expired password", "auth.rejected"),
        ("unknown role, trusted", "auth.role_refused"),
        ("shutting down", "tcp.not_accepting"),
    )
    if fault.name == name
]

# What works, however it is written: the verdict is "ok".
WELL = [
    by_unit("as installed", "ok", "", ""),
    by_url("psycopg2", "ok", "postgresql+psycopg2://{rest}"),
    by_url("psycopg 3", "ok", "postgresql+psycopg://{rest}"),
    by_url("unix socket", "ok", "{head}/guestbook?host=/var/run/postgresql",
           "hba 'local guestbook guestbook scram-sha-256'", "unhba"),
    by_url("IPv6", "ok", "{head}[::1]:5432/guestbook",
           "hba 'host guestbook guestbook ::1/128 scram-sha-256'", "unhba"),
    by_url("hosts and read-write", "ok",
           "{head}127.0.0.1,localhost/guestbook?target_session_attrs=read-write"),
    by_url("SQLAlchemy's hosts", "ok",
           "{head}/guestbook?host=127.0.0.1:5432&host=localhost:5432&target_session_attrs=primary"),
    by_url("verify-full", "ok",
           "{head}db.example/guestbook?sslmode=verify-full&sslrootcert=/etc/ssl/fault-ca.pem",
           f"certificate db.example {YEARS}", "uncertificate"),
    by_url("PgBouncer, session", "ok", "{head}127.0.0.1:6432/guestbook", "bouncer"),
    by_url("PgBouncer, transaction", "ok", "{head}127.0.0.1:6432/guestbook", "bouncer transaction"),
]  # fmt: skip
