"""What happens to hosts: each drift is made alone, by one command of root's shell.

$V is the major version of the host's PostgreSQL, $R the release in use. A drift's name says who
did what; check is the id under which the audit has to report it, and nothing else with it.
"""

from collections import namedtuple

Drift = namedtuple("Drift", "name check direction command")


def sql(statement, database="postgres"):
    """A command that runs a statement as the administrator."""
    quoted = statement.replace('"', '\\"').replace("$", "\\$")
    return f'runuser -u postgres -- psql -qX -v ON_ERROR_STOP=1 -d {database} -c "{quoted}"'


def inside(statement):
    """The same in the application's database."""
    return sql(statement, "guestbook")


POSTGRESQL_RELOAD = sql("SELECT pg_reload_conf()") + " && sleep 0.5"
POSTGRESQL_RESTART = "systemctl restart postgresql@$V-main && sleep 1"
UNIT = "/etc/systemd/system/guestbook.service"
ENVIRONMENT = "/etc/flask/guestbook.env"
CONFIGURATION = "/etc/postgresql/$V/main"
SITE_PACKAGES = "$R/.venv/lib/python3*/site-packages"
OVERRIDE = "printf '[Service]\\nNice=5\\n' > {0}.d/override.conf"

CONF_D = "/etc/nginx/conf.d/zz.conf"
SOCKET = "/etc/systemd/system/guestbook.socket"
REREAD = "systemctl daemon-reload"
SERVICE_RESTART = "systemctl restart guestbook.socket guestbook.service"
# What waits for a reload, and would be taken.
TESTED = "sleep 0.1; nginx -t"
NGINX_RELOAD = "nginx -t && systemctl reload nginx && sleep 0.3"

# fmt: off
DRIFTS = [Drift(*row) for row in (
    # packages
    ("a package was removed", "package.installed", "missing", "dpkg --remove --force-depends acl"),
    ("an old cluster was left", "postgresql_cluster.beside", "unexpected",
     "cd /etc/postgresql && install -d -o postgres 9.6 9.6/main /var/lib/postgresql/9.6 /var/lib/postgresql/9.6/main && printf \"port = 5499\\n"
     "data_directory = '/var/lib/postgresql/9.6/main'\\n\" > 9.6/main/postgresql.conf && chown postgres 9.6/main/*"),
    ("another cluster starts at boot", "postgresql_cluster.other", "unexpected",
     "pg_createcluster --port=5499 $V second > /dev/null"),
    ("another cluster runs", "postgresql_cluster.other", "unexpected",
     "pg_createcluster --port=5497 --start --start-conf=manual $V third > /dev/null"),
    ("another server runs", "postgresql_cluster.process", "unexpected",
     "cd / && P=/usr/lib/postgresql/$V/bin D=/var/lib/postgresql/other && runuser -u postgres -- $P/initdb -D $D > /dev/null"
     " && runuser -u postgres -- $P/pg_ctl -D $D -o '-p 5498 -k /tmp' -l /tmp/other.log -w start > /dev/null"),
    ("the cluster would not start", "postgresql_cluster.start", "different", f"echo disabled > {CONFIGURATION}/start.conf"),
    # the application's user and group
    ("a service's user got a shell", "user.shell", "different", "usermod --shell /bin/bash guestbook"),
    ("a service's user got a password", "user.password", "unexpected", "echo guestbook:guess-me | chpasswd"),
    ("a service's user joined a group", "user.group", "unexpected", "usermod --append --groups adm guestbook"),
    ("somebody joined the service's group", "group.member", "unexpected", "gpasswd --add games guestbook"),
    ("the service's user has another group", "user.primary_group", "different", "usermod --gid games guestbook"),
    ("the service's user has another home", "user.home", "different",
     "sed -i 's,^\\(guestbook:.*:\\)/srv/guestbook:,\\1/home/guestbook:,' /etc/passwd"),
    ("the service's user became root", "user.uid", "different", "sed -i 's/^guestbook:x:[0-9]*:/guestbook:x:0:/' /etc/passwd"),
    ("another name has the number of the service's user", "user.uid", "unexpected",
     "useradd --non-unique --no-create-home --uid $(id -u guestbook) --gid guestbook alias"),
    ("the service's user may run commands as root", "user.sudo", "unexpected",
     "echo 'guestbook ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/extra && chmod 0440 /etc/sudoers.d/extra"),
    ("the service's group may run commands as root", "user.sudo", "unexpected",
     "printf 'User_Alias WEB = deploy, %%guestbook\\nWEB ALL = \\\\\\n  NOPASSWD: /bin/sh\\n' > /etc/sudoers.d/extra && chmod 0440 /etc/sudoers.d/extra"),
    ("somebody logs in as the service's user", "user.key", "unexpected",
     "mkdir -p /srv/guestbook/.ssh && echo 'ssh-ed25519 AAAA x' > /srv/guestbook/.ssh/authorized_keys"),
    ("somebody logs in as the server's user", "user.key", "unexpected",
     "install -d -o postgres -m 0700 /var/lib/postgresql/.ssh && echo 'ssh-ed25519 AAAA x' > /var/lib/postgresql/.ssh/authorized_keys2"),
    ("the server's user got a password", "user.password", "unexpected", "echo postgres:guess-me | chpasswd"),
    ("the web server's user may run commands as root", "user.sudo", "unexpected",
     "echo 'www-data ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers"),
    ("the service's user has a crontab", "user.job", "unexpected",
     "mkdir -p /var/spool/cron/crontabs && echo '@daily true' > /var/spool/cron/crontabs/guestbook"),
    ("the service's user has units of its own", "user.linger", "unexpected",
     "mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/guestbook"),
    ("somebody has the service's group as the first one", "group.member", "unexpected", "usermod --gid guestbook games"),
    ("another group has the number of the service's group", "group.gid", "unexpected",
     "groupadd --non-unique --gid $(getent group guestbook | cut -d: -f3) alias"),
    ("the service's group got a password", "group.password", "unexpected", "echo guestbook:guess-me | chgpasswd"),
    ("somebody adds members to the service's group", "group.administrator", "unexpected", "gpasswd --administrators games guestbook"),
    # the folders above
    ("everybody may exchange the application", "ancestors.writable", "different", "chmod 0777 /srv"),
    ("the applications' folder belongs to somebody", "ancestors.writable", "different", "chown games /srv"),
    ("the service cannot come to its code", "ancestors.closed", "different", "chmod 0700 /srv"),
    # directories and links
    ("everybody may write to the application's folder", "directory.mode", "different", "chmod 0777 /srv/guestbook"),
    ("the releases belong to the service", "directory.owner", "different", "chown guestbook /srv/guestbook/releases"),
    ("the folder of secrets was closed", "directory.mode", "different", "chmod 0700 /etc/flask"),
    ("somebody may enter the folder of secrets by a list", "directory.acl", "unexpected", "setfacl -m u:games:rwx /etc/flask"),
    ("new files of the folder of secrets are others' too", "directory.acl", "unexpected", "setfacl -d -m u:games:r /etc/flask"),
    ("the folder of secrets became a named pipe's", "directory.exists", "different",
     "rm -r /etc/flask && mkfifo /etc/flask"),
    ("the link was moved by hand", "link.target", "different",
     "cp -a $R /srv/guestbook/releases/other && ln -sfn releases/other /srv/guestbook/current"),
    ("the link was removed", "link.exists", "missing", "rm /srv/guestbook/current"),
    # the environment file
    ("everybody may read the secrets", "environment_file.mode", "different", f"chmod 0644 {ENVIRONMENT}"),
    ("the service may not read its secrets", "environment_file.group", "different", f"chgrp root {ENVIRONMENT}"),
    ("somebody reads the secrets by a list", "environment_file.acl", "unexpected", f"setfacl -m u:games:r {ENVIRONMENT}"),
    ("somebody writes the secrets by a list", "environment_file.acl", "unexpected", f"setfacl -m u:guestbook:rw,g::- {ENVIRONMENT}"),
    ("the secrets have another name", "environment_file.hard_link", "unexpected", f"ln {ENVIRONMENT} /etc/copied"),
    ("the environment file became a link", "environment_file.exists", "different",
     f"mv {ENVIRONMENT} /root/moved && ln -s /root/moved {ENVIRONMENT}"),
    ("the environment file became a directory", "environment_file.exists", "different", f"rm {ENVIRONMENT} && mkdir -p {ENVIRONMENT}/x"),
    ("the environment file became a named pipe", "environment_file.exists", "different", f"rm {ENVIRONMENT} && mkfifo {ENVIRONMENT}"),
    ("somebody reads the owner's password by a list", "file.acl", "unexpected", "setfacl -m u:games:r /etc/flask/guestbook.owner-password"),
    ("the owner's password has another name", "file.hard_link", "unexpected", "ln /etc/flask/guestbook.owner-password /var/tmp/copied"),
    ("a secret was changed", "environment_file.variable", "different", f"sed -i 's/^SECRET_KEY=.*/SECRET_KEY=other/' {ENVIRONMENT}"),
    ("a variable was added", "environment_file.variable", "unexpected", f"echo DEBUG=1 >> {ENVIRONMENT}"),
    ("a variable was removed", "environment_file.variable", "missing", f"sed -i '/^FLASK_APP=/d' {ENVIRONMENT}"),
    ("the environment file became a binary", "environment_file.content", "different", f"head -c 3000 /dev/urandom > {ENVIRONMENT}"),
    ("the environment file was removed", "environment_file.exists", "missing", f"rm {ENVIRONMENT}"),
    # the code and its packages
    ("the code was edited", "release.file", "different", "echo '# hotfix' >> $R/wsgi.py"),
    ("code was added", "release.file", "unexpected", "echo 'x = 1' > $R/guestbook/backdoor.py"),
    ("code was removed", "release.file", "missing", "rm $R/requirements.txt"),
    ("the service may write its code", "release.writable", "different", "chown guestbook $R/wsgi.py"),
    ("somebody may write code by a list", "release.acl", "unexpected", "setfacl -m u:guestbook:rw $R/wsgi.py"),
    ("new code would be the service's to write", "release.acl", "unexpected", "setfacl -R -d -m u:guestbook:rwx $R/guestbook"),
    ("code is setuid", "release.mode", "different", "chmod u+s $R/wsgi.py"),
    ("the service may not read its code", "release.mode", "different", "chmod 0600 $R/wsgi.py"),
    ("the service may not enter its code", "release.mode", "different", "chmod 0700 $R/guestbook"),
    ("a file of code became a link", "release.file", "different", "cp $R/wsgi.py /root/wsgi.py && ln -sf /root/wsgi.py $R/wsgi.py"),
    ("a folder of code became a link", "release.file", "different",
     "rm -rf /root/guestbook && mv $R/guestbook /root/guestbook && ln -s /root/guestbook $R/guestbook"),
    ("a folder of code became a file", "release.file", "different", "rm -r $R/guestbook && touch $R/guestbook"),
    ("a named pipe is in the code", "release.file", "unexpected", "mkfifo $R/pipe"),
    ("a link was added to the code", "release.file", "unexpected", "ln -s /nowhere $R/guestbook/link"),
    ("a folder was added to the code", "release.file", "unexpected", "mkdir $R/extra && touch $R/extra/a.py $R/extra/b.py"),
    ("the release became a link", "release.complete", "different", "rm -rf /srv/moved && mv $R /srv/moved && ln -s /srv/moved $R"),
    ("byte code that Python loads", "release.byte_code", "unexpected",
     "cd $R && cp wsgi.py /root/w.py && echo 'print(1)' >> wsgi.py && touch -r /root/w.py wsgi.py"
     " && python3 -c 'import py_compile as p; p.compile(\"wsgi.py\", invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH)'"
     " && cp -p /root/w.py wsgi.py"),
    ("byte code without a source", "release.byte_code", "unexpected",
     "cd $R && echo 'x = 1' > /root/evil.py && python3 -c 'import py_compile as p; p.compile(\"/root/evil.py\", cfile=\"evil.pyc\")'"),
    ("root ran the application", "release.byte_code", "unexpected", "cd $R && .venv/bin/python -m compileall -q guestbook/__init__.py"),
    ("a deployment was interrupted", "release.complete", "missing", "rm $R/.complete"),
    ("a requirement was removed", "virtualenv.requirement", "missing", "$R/.venv/bin/pip uninstall --yes --quiet flask-wtf"),
    ("a requirement has another version", "virtualenv.requirement", "different",
     "PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_CACHE_DIR=/var/cache/pip"
     " $R/.venv/bin/pip install --quiet --no-deps 'flask<3'"),
    ("a package was added", "virtualenv.package", "unexpected",
     f"cd {SITE_PACKAGES} && mkdir extra-1.0.dist-info && cd extra-1.0.dist-info"
     " && printf 'Metadata-Version: 2.1\\nName: extra\\nVersion: 1.0\\n' > METADATA"
     " && printf 'extra-1.0.dist-info/METADATA,,\\nextra-1.0.dist-info/RECORD,,\\n' > RECORD"),
    ("the system's Python moved away", "virtualenv.python", "missing", "ln -sfn /usr/bin/python3.0 $R/.venv/bin/python3"),
    ("pip brought another version that is allowed", "virtualenv.version", "different",
     "PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_CACHE_DIR=/var/cache/pip"
     " $R/.venv/bin/pip install --quiet --no-deps 'click==8.1.7'"),
    ("an installed package was edited", "virtualenv.file", "different", f"echo '# hotfix' >> $(echo {SITE_PACKAGES})/flask/app.py"),
    ("an installed package was edited in the past", "virtualenv.file", "different",
     f"F=$(echo {SITE_PACKAGES})/flask/app.py; touch -r $F /root/t; echo '# hotfix' >> $F; touch -r /root/t $F"),
    ("code that Python runs at each start", "virtualenv.file", "unexpected", f"echo 'x = 1' > $(echo {SITE_PACKAGES})/sitecustomize.py"),
    ("a path was added", "virtualenv.file", "unexpected", f"echo /tmp > $(echo {SITE_PACKAGES})/extra.pth"),
    ("a program was added", "virtualenv.file", "unexpected", "cp /bin/true $R/.venv/bin/tool"),
    ("a program was edited", "virtualenv.file", "different", "echo '# note' >> $R/.venv/bin/gunicorn"),
    ("the system's packages came in", "virtualenv.file", "different", "sed -i '/^include-system/s/false/true/' $R/.venv/pyvenv.cfg"),
    ("the environment has another interpreter", "virtualenv.file", "different",
     "mkdir -p /opt/p && cp $(readlink -f /usr/bin/python3) /opt/p/ && ln -sfn /opt/p/$(basename $(readlink -f /usr/bin/python3)) $R/.venv/bin/python3"),
    ("the environment became a link", "virtualenv.python", "missing", "rm -rf /opt/moved && mv $R/.venv /opt/moved && ln -s /opt/moved $R/.venv"),
    ("the digests were removed", "virtualenv.manifest", "missing", "rm $R/.venv/.manifest"),
    ("a package's byte code was exchanged", "virtualenv.byte_code", "different",
     f"cd $(echo {SITE_PACKAGES})/flask/__pycache__ && head -c 16 app.*.pyc > /root/x && tail -c +17 views.*.pyc >> /root/x && cp /root/x app.*.pyc"),
    ("byte code was added to a package", "virtualenv.byte_code", "unexpected",
     f"cp $(echo {SITE_PACKAGES})/flask/__pycache__/app.*.pyc $(echo {SITE_PACKAGES})/flask/extra.pyc"),
    ("the service may not read a package", "virtualenv.mode", "different", f"chmod 0600 $(echo {SITE_PACKAGES})/flask/app.py"),
    ("a program is setuid", "virtualenv.mode", "different", "chmod u+s $R/.venv/bin/gunicorn"),
    ("a program has capabilities", "virtualenv.capability", "unexpected", "setcap cap_net_raw+ep $R/.venv/bin/gunicorn"),
    ("somebody may write packages by a list", "virtualenv.acl", "unexpected", f"setfacl -R -m u:guestbook:rwX $(echo {SITE_PACKAGES})/flask"),
    ("an installed package lost a file", "virtualenv.file", "missing", f"rm $(echo {SITE_PACKAGES})/flask/json/tag.py"),
    ("the service may write its packages", "virtualenv.writable", "different", "chown guestbook $R/.venv/bin"),
    # units
    ("somebody may write a unit by a list", "file.acl", "unexpected", f"setfacl -m u:guestbook:rw {UNIT}"),
    ("a unit became a directory", "file.exists", "different", f"rm -rf {UNIT} && mkdir -p {UNIT}/x"),
    ("a unit was edited", "file.content", "different", f"sed -i 's/^RestartSec=.*/RestartSec=9/' {UNIT}"),
    ("a unit was truncated", "file.content", "different", f"truncate --size=300 {UNIT}"),
    ("a unit's file was removed", "file.exists", "missing", "rm /etc/systemd/system/guestbook.socket"),
    ("a unit's file was gone when systemd read its files", "file.exists", "missing",
     "rm /etc/systemd/system/guestbook.socket && systemctl daemon-reload"),
    ("everybody may change a unit", "file.mode", "different", f"chmod 0666 {UNIT}"),
    ("a drop-in that systemd has not read", "unit.drop_in", "unexpected", f"mkdir -p {UNIT}.d && {OVERRIDE.format(UNIT)}"),
    ("a drop-in that is in effect", "unit.drop_in", "unexpected",
     f"mkdir -p {UNIT}.d && {OVERRIDE.format(UNIT)} && systemctl daemon-reload && systemctl restart guestbook"),
    ("a limit was set", "unit.drop_in", "unexpected", "systemctl set-property guestbook.service MemoryMax=1G"),
    ("a package's unit was replaced", "unit.file", "different",
     "sleep 0.1; cp /lib/systemd/system/nginx.service /etc/systemd/system/ && systemctl daemon-reload"),
    ("PostgreSQL's unit was masked", "unit.enabled", "different", "systemctl mask --quiet postgresql@$V-main"),
    ("the service would not start at boot", "unit.enabled", "different", "systemctl disable guestbook.service"),
    ("the socket would not open at boot", "unit.enabled", "different", "systemctl disable guestbook.socket"),
    ("the service was stopped", "unit.active", "different", "systemctl stop guestbook.service"),
    ("the socket was stopped", "unit.active", "different", "systemctl stop guestbook.socket"),
    ("nginx was stopped", "unit.active", "different", "systemctl stop nginx"),
    ("PostgreSQL was stopped", "unit.active", "different", "systemctl stop postgresql@$V-main"),
    ("a drop-in has the service be root", "unit.drop_in", "unexpected",
     f"mkdir -p {UNIT}.d && printf '[Service]\\nUser=root\\nEnvironment=LD_PRELOAD=/tmp/x\\n' > {UNIT}.d/override.conf"),
    ("a drop-in for all services", "unit.drop_in", "unexpected",
     f"D=/etc/systemd/system/service.d && mkdir -p $D && printf '[Service]\\nNice=3\\n' > $D/x.conf && {REREAD}"
     " && systemctl restart guestbook nginx postgresql@$V-main"),
    ("a drop-in for all services that systemd has not read", "unit.drop_in", "unexpected",
     "D=/run/systemd/system/service.d && mkdir -p $D && printf '[Service]\\nNice=3\\n' > $D/x.conf"),
    ("a drop-in in /usr/local", "unit.drop_in", "unexpected",
     "D=/usr/local/lib/systemd/system/guestbook.service.d && mkdir -p $D && printf '[Service]\\nNoNewPrivileges=no\\n' > $D/x.conf"
     f" && {REREAD} && systemctl restart guestbook"),
    ("a drop-in among those of packages", "unit.drop_in", "unexpected",
     "D=/usr/lib/systemd/system/nginx.service.d && mkdir -p $D && printf '[Service]\\nNice=3\\n' > $D/x.conf"),
    ("a drop-in of a template", "unit.drop_in", "unexpected",
     "D=/etc/systemd/system/postgresql@.service.d && mkdir -p $D && printf '[Service]\\nUMask=0000\\n' > $D/x.conf"),
    ("the socket listens on a port too", "unit.drop_in", "unexpected",
     f"D={SOCKET}.d && mkdir -p $D && printf '[Socket]\\nListenStream=8000\\n' > $D/x.conf && {REREAD} && {SERVICE_RESTART}"),
    ("a package's unit was edited", "unit.file", "different",
     f"sleep 0.1; sed -i 's/^\\[Service\\]/&\\nNice=4/' /lib/systemd/system/nginx.service && {REREAD}"),
    ("systemd gives every service a variable", "unit.manager", "unexpected",
     "D=/etc/systemd/system.conf.d && mkdir -p $D && printf '[Manager]\\nDefaultEnvironment=PYTHONPATH=/tmp\\n' > $D/x.conf"),
    ("systemd gave every service a variable", "unit.manager", "unexpected",
     "D=/etc/systemd/system.conf.d && mkdir -p $D && printf '[Manager]\\nDefaultEnvironment=PYTHONPATH=/tmp\\n' > $D/x.conf"
     f" && {REREAD} && systemctl restart guestbook"),
    ("systemd runs a program of somebody else's", "unit.manager", "unexpected",
     "D=/etc/systemd/system-generators && mkdir -p $D && cp /bin/true $D/other"),
    ("another unit starts with the service", "unit.dependency", "unexpected",
     f"mkdir -p {UNIT}.wants && ln -s /lib/systemd/system/systemd-tmpfiles-clean.service {UNIT}.wants/ && {REREAD}"),
    ("a timer starts the service", "unit.trigger", "unexpected",
     "printf '[Timer]\\nOnCalendar=03:00\\nUnit=guestbook.service\\n' > /etc/systemd/system/other.timer && systemctl start other.timer"),
    ("another unit stops the service", "unit.conflict", "unexpected",
     "printf '[Unit]\\nConflicts=guestbook.service\\n[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n'"
     " > /etc/systemd/system/other.service && systemctl enable --quiet other"),
    # running processes that are not what the files say; the files are right in each case
    ("the service has another environment", "process.environment", "different",
     f"cp -p {ENVIRONMENT} /root/env && sed -i 's/^SECRET_KEY=.*/SECRET_KEY=another-key-that-is-long-enough/' {ENVIRONMENT}"
     f" && systemctl restart guestbook && cp -p /root/env {ENVIRONMENT} && rm /root/env"),
    ("the service runs as another user", "process.user", "different",
     f"mkdir -p {UNIT}.d && printf '[Service]\\nUser=nobody\\n' > {UNIT}.d/u.conf && systemctl daemon-reload"
     f" && systemctl restart guestbook && rm -r {UNIT}.d && systemctl daemon-reload"),
    ("the service runs another release", "process.working_directory", "different",
     "cp -a $R /srv/guestbook/releases/other && ln -sfn releases/other /srv/guestbook/current"
     " && systemctl restart guestbook && ln -sfn releases/$(basename $R) /srv/guestbook/current"),
    ("the service runs from another virtual environment", "process.program", "different",
     f"cp -p {UNIT} /root/unit && sed -i \"s,^ExecStart=[^ ]*,ExecStart=$R/.venv/bin/gunicorn,\" {UNIT}"
     f" && systemctl daemon-reload && systemctl restart guestbook && cp -p /root/unit {UNIT} && rm /root/unit"
     " && systemctl daemon-reload"),
    ("a file of nginx changed without a reload", "process.configuration", "different", "sleep 0.1; echo '# note' >> /etc/nginx/nginx.conf"),
    ("the service has a variable of a drop-in that is gone", "process.environment", "unexpected",
     f"mkdir -p {UNIT}.d && printf '[Service]\\nEnvironment=PYTHONPATH=/tmp\\n' > {UNIT}.d/x.conf && {REREAD} && {SERVICE_RESTART}"
     f" && rm -r {UNIT}.d && {REREAD}"),
    ("the service has rights of a drop-in that is gone", "process.rights", "different",
     f"mkdir -p {UNIT}.d && printf '[Service]\\nCapabilityBoundingSet=~\\n' > {UNIT}.d/x.conf && {REREAD} && {SERVICE_RESTART}"
     f" && rm -r {UNIT}.d && {REREAD}"),
    ("the service listens where a drop-in said that is gone", "service_processes.listening", "unexpected",
     f"D={SOCKET}.d && mkdir -p $D && printf '[Socket]\\nListenStream=8000\\n' > $D/x.conf && {REREAD} && {SERVICE_RESTART}"
     f" && rm -r $D && {REREAD}"),
    ("nginx runs with another configuration", "process.program", "different",
     "D=/etc/systemd/system/nginx.service.d && mkdir -p $D && cp /etc/nginx/nginx.conf /etc/nginx/other.conf && printf \"[Service]\\nExecStart=\\n"
     f"ExecStart=/usr/sbin/nginx -c /etc/nginx/other.conf -g 'daemon on; master_process on;'\\n\" > $D/x.conf && {REREAD}"
     f" && systemctl restart nginx && rm -r $D && {REREAD}"),
    ("somebody works as the service's user", "service_processes.beside", "unexpected",
     "setsid runuser -u guestbook -- sleep 1000 >/dev/null 2>&1 & sleep 0.3"),
    ("a unit of somebody else runs as the service's user", "service_processes.beside", "unexpected",
     "systemd-run --quiet --unit=stranger --uid=guestbook sleep 1000"),
    ("a process was left in the service's control group", "service_processes.beside", "unexpected",
     "systemd-run --quiet --unit=left sleep 1000 && for d in $(find /sys/fs/cgroup -type d -name guestbook.service);"
     " do systemctl show --property=MainPID --value left > $d/cgroup.procs; done"),
    ("the service runs a library that is gone", "service_processes.deleted", "different",
     "P=$(systemctl show --property=MainPID --value guestbook); L=$(grep -o '/usr/lib/.*libexpat.so[^ ]*' /proc/$P/maps | head -n 1);"
     " cp -a $L /root/x && rm $L && cp -a /root/x $L"),
    ("PostgreSQL runs a library that is gone", "service_processes.deleted", "different",
     "P=$(systemctl show --property=MainPID --value postgresql@$V-main); L=$(grep -o '/usr/lib/.*libssl.so[^ ]*' /proc/$P/maps | head -n 1);"
     " cp -a $L /root/x && rm $L && cp -a /root/x $L && systemctl restart nginx guestbook"),
    ("another program listens on a port too", "port.beside", "unexpected",
     "A=$(hostname -I | cut -d' ' -f1) && systemd-run --quiet --unit=listener --uid=games python3 -m http.server --bind $A 5432 && sleep 1"),
    ("a file of nginx is gone and still in effect", "process.configuration", "different",
     f"F=/etc/nginx/modules-enabled/other.conf && echo 'worker_shutdown_timeout 10s;' > $F && {NGINX_RELOAD} && rm $F"),
    # the socket
    ("everybody may connect to the socket", "unix_socket.mode", "different", "chmod 0777 /run/guestbook.sock"),
    ("somebody may connect to the socket by a list", "unix_socket.acl", "unexpected", "setfacl -m u:games:rw /run/guestbook.sock"),
    ("the socket became a file", "unix_socket.exists", "different", "rm /run/guestbook.sock && touch /run/guestbook.sock"),
    ("the socket's file was removed", "unix_socket.exists", "missing", "rm /run/guestbook.sock"),
    # nginx
    ("the site was edited", "file.content", "different", "sed -i 's/server_tokens off;//' /etc/nginx/sites-available/guestbook"),
    ("the site was disabled", "link.exists", "missing", "rm /etc/nginx/sites-enabled/guestbook"),
    ("the welcome page came back", "link.exists", "unexpected", "ln -s ../sites-available/default /etc/nginx/sites-enabled/default"),
    ("another site answers to every name", "nginx_site.rival", "unexpected",
     "echo 'server { listen 80 default_server; server_name old; return 204; }' > /etc/nginx/sites-enabled/another"),
    ("a file of nginx answers to every name", "nginx_site.rival", "unexpected",
     f"echo 'server {{ listen 80; server_name ~^.*$; return 204; }}' > {CONF_D} && {NGINX_RELOAD}"),
    ("another site has other names too", "nginx_site.rival", "unexpected",
     f"echo 'server {{ server_name other.example \"~.\"; return 204; }}' > {CONF_D} && {TESTED}"),
    ("another site has this host's address", "nginx_site.rival", "unexpected",
     f"echo \"server {{ server_name $(hostname -I | cut -d' ' -f1); return 204; }}\" > {CONF_D} && {TESTED}"),
    ("a site without a name", "nginx_site.rival", "unexpected", f"echo 'server {{ return 204; }}' > {CONF_D} && {TESTED}"),
    ("a site was written into nginx.conf", "nginx_site.rival", "unexpected",
     f"sed -i 's,^http {{,&\\n\\tserver {{ server_name ~.; return 204; }},' /etc/nginx/nginx.conf && {TESTED}"),
    ("a site of another place was included", "nginx_site.rival", "unexpected",
     f"echo 'server {{ server_name *.com; return 204; }}' > /opt/site && echo 'include /opt/site;' > {CONF_D} && {NGINX_RELOAD}"),
    ("a site has visitors speak something else", "nginx_site.rival", "unexpected",
     f"echo 'server {{ listen 80 proxy_protocol; server_name a; }}' > {CONF_D} && {TESTED}"),
    ("nobody is let in, to any site", "nginx_site.common", "unexpected", f"echo 'deny all;' > {CONF_D} && {TESTED}"),
    ("every site asks for a password", "nginx_site.common", "unexpected",
     f"sed -i 's,^\\tgzip on;,&\\n\\tauth_basic \"x y\";,' /etc/nginx/nginx.conf && {TESTED}"),
    ("nginx's workers are root", "nginx_site.common", "unexpected", f"sed -i 's/^user .*/user root;/' /etc/nginx/nginx.conf && {TESTED}"),
    ("every site has a header and a limit", "nginx_site.common", "unexpected",
     f"printf 'client_max_body_size 1k;\\nadd_header X-A b;\\n' > {CONF_D} && {TESTED}"),
    ("another site passes requests to the application", "nginx_site.bypass", "unexpected",
     f"printf 'server {{\\nserver_name a;\\nlocation / {{\\nproxy_pass http://guestbook;\\n}}\\n}}\\n' > {CONF_D} && {TESTED}"),
    ("nginx does not read the sites", "nginx_site.included", "missing",
     f"sed -i '/sites-enabled/d' /etc/nginx/nginx.conf && {TESTED}"),
    # the server's configuration
    ("the settings were edited", "file.content", "different", f"echo \"work_mem = '5MB'\" >> {CONFIGURATION}/conf.d/flaskops.conf"),
    ("a setting was overridden", "postgresql_settings.setting", "different",
     sql("ALTER SYSTEM SET password_encryption = 'md5'") + " && " + sql("SELECT pg_reload_conf()")),
    ("a setting was overridden and waits for a restart", "postgresql_settings.setting", "different",
     sql("ALTER SYSTEM SET listen_addresses = '*'") + " && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("a file was changed without a reload", "postgresql_configuration.loaded", "different",
     f"sleep 0.1; echo '# note' >> {CONFIGURATION}/postgresql.conf"),
    ("a setting waits for a restart", "postgresql_configuration.waiting", "unexpected",
     f"echo 'max_connections = 90' > {CONFIGURATION}/conf.d/other.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("a line that the server cannot read", "postgresql_configuration.accepted", "different",
     f"echo 'nonsense = 1' > {CONFIGURATION}/conf.d/other.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("data may be lost", "postgresql_settings.undeclared", "unexpected",
     f"echo 'fsync off' | tee {CONFIGURATION}/conf.d/aa.conf > {CONFIGURATION}/conf.d/zz.conf && " + POSTGRESQL_RELOAD),
    ("connections are not encrypted", "postgresql_settings.undeclared", "unexpected",
     f"sed -i 's/^ssl = .*/ssl = off/' {CONFIGURATION}/postgresql.conf && " + POSTGRESQL_RELOAD),
    ("the line for encryption was removed", "postgresql_settings.undeclared", "unexpected",
     f"sed -i '/^ssl = /d' {CONFIGURATION}/postgresql.conf && " + POSTGRESQL_RELOAD),
    ("the server was tuned", "postgresql_settings.undeclared", "unexpected",
     f"sed -i 's/^shared_buffers = .*/shared_buffers = 64MB/' {CONFIGURATION}/postgresql.conf && " + POSTGRESQL_RESTART),
    ("a library is loaded", "postgresql_settings.undeclared", "unexpected",
     sql("ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'") + " && " + POSTGRESQL_RESTART),
    ("another pg_hba.conf is used", "postgresql_settings.undeclared", "unexpected",
     f"cp -p {CONFIGURATION}/pg_hba.conf /var/lib/postgresql/hba.conf && "
     + sql("ALTER SYSTEM SET hba_file = '/var/lib/postgresql/hba.conf'") + " && " + POSTGRESQL_RESTART),
    ("a setting that the audit's session hides", "postgresql_settings.undeclared", "unexpected",
     f"echo \"statement_timeout = '5s'\" > {CONFIGURATION}/conf.d/zz.conf && " + POSTGRESQL_RELOAD),
    ("every role loads a library that is not there", "postgresql_settings.undeclared", "unexpected",
     sql("ALTER ROLE ALL SET session_preload_libraries = 'nowhere'")),
    ("the administrator has a setting", "postgresql_settings.undeclared", "unexpected",
     sql("ALTER ROLE postgres IN DATABASE guestbook SET search_path = 'evil'")),
    ("the declared settings are not read", "postgresql_settings.included", "missing",
     f"sed -i '/^include_dir/d' {CONFIGURATION}/postgresql.conf && " + POSTGRESQL_RELOAD),
    ("the server was started with an option", "postgresql_configuration.options", "unexpected",
     f"echo \"pg_ctl_options = '-o --full_page_writes=off'\" > {CONFIGURATION}/pg_ctl.conf && " + POSTGRESQL_RESTART),
    ("the server would start with an option", "postgresql_configuration.options", "unexpected",
     f"echo \"pg_ctl_options = '-o --fsync=off'\" > {CONFIGURATION}/pg_ctl.conf"),
    ("the server was started with a variable", "postgresql_configuration.options", "unexpected",
     f"echo \"PGTZ = 'Asia/Tokyo'\" >> {CONFIGURATION}/environment && " + POSTGRESQL_RESTART),
    ("another administrator", "privileged_roles.role", "unexpected", sql("CREATE ROLE \"In truder\" SUPERUSER LOGIN")),
    ("another role reads everything", "privileged_roles.role", "unexpected",
     sql("CREATE ROLE reader LOGIN") + " && " + sql("GRANT pg_read_all_data TO reader")),
    # roles
    ("the application may create databases", "postgresql_role.attribute", "different", sql("ALTER ROLE guestbook CREATEDB")),
    ("the application may not log in", "postgresql_role.attribute", "different", sql("ALTER ROLE guestbook NOLOGIN")),
    ("the application's password was changed", "postgresql_role.password", "different", sql("ALTER ROLE guestbook PASSWORD 'x'")),
    ("the owner's password was changed", "postgresql_role.password", "different", sql("ALTER ROLE guestbook_owner PASSWORD 'x'")),
    ("the application may read everything", "postgresql_role.membership", "unexpected", sql("GRANT pg_read_all_data TO guestbook")),
    ("somebody has the owner's rights", "postgresql_role.member", "unexpected",
     sql("CREATE ROLE helper") + " && " + sql("GRANT guestbook_owner TO helper")),
    ("another database lets everybody in", "postgresql_role.connect", "unexpected", sql("CREATE DATABASE theirs")),
    ("a role's setting was added", "postgresql_role.setting", "unexpected", sql("ALTER ROLE guestbook SET work_mem = '1MB'")),
    ("a role's setting was changed", "postgresql_role.setting", "different", sql("ALTER ROLE guestbook SET timezone = 'Asia/Tokyo'")),
    ("sessions have the wrong tables", "postgresql_role.setting", "unexpected",
     sql("ALTER ROLE guestbook SET search_path = pg_catalog") + " && systemctl restart guestbook"),
    ("a role's setting was removed", "postgresql_role.setting", "missing", sql("ALTER ROLE guestbook RESET timezone")),
    ("a role's setting in one database", "postgresql_role.setting", "unexpected",
     sql("ALTER ROLE guestbook IN DATABASE guestbook SET work_mem = '1MB'")),
    ("the application's connections are limited", "postgresql_role.connection_limit", "different",
     sql("ALTER ROLE guestbook CONNECTION LIMIT 20")),
    ("the application's password expired", "postgresql_role.valid_until", "unexpected", sql("ALTER ROLE guestbook VALID UNTIL '2020-01-01'")),
    ("the application owns another database", "postgresql_role.owns", "unexpected",
     sql("CREATE DATABASE theirs OWNER guestbook") + " && " + sql("REVOKE CONNECT ON DATABASE theirs FROM PUBLIC")),
    ("a role may change a setting of the server", "privileged_roles.parameter", "unexpected",
     sql("GRANT SET ON PARAMETER log_statement TO guestbook")),
    # the database
    ("the database has another owner", "database.owner", "different", sql("ALTER DATABASE guestbook OWNER TO postgres")),
    ("the database is closed", "database.allow_connections", "different", sql("ALTER DATABASE guestbook ALLOW_CONNECTIONS false")),
    ("the database's connections are limited", "database.connection_limit", "unexpected", sql("ALTER DATABASE guestbook CONNECTION LIMIT 30")),
    ("a database's setting was added", "database.setting", "unexpected", sql("ALTER DATABASE guestbook SET work_mem = '1MB'")),
    ("a place for data that nobody declared", "postgresql_configuration.tablespace", "unexpected",
     "install -d -o postgres /var/lib/postgresql/slow && " + sql("CREATE TABLESPACE slow LOCATION '/var/lib/postgresql/slow'")),
    ("the schema has another owner", "schema.owner", "different", inside("ALTER SCHEMA public OWNER TO postgres")),
    ("another schema was created", "schema.other", "unexpected", inside("CREATE SCHEMA other")),
    ("an extension was created", "extensions.extension", "unexpected", inside("CREATE EXTENSION pg_trgm")),
    ("everybody may read a table", "privileges.grant", "unexpected", inside("GRANT SELECT ON entry TO PUBLIC")),
    ("everybody's reader lets others read", "privileges.grant", "unexpected",
     sql("CREATE ROLE lender") + " && "
     + inside("GRANT SELECT ON entry TO lender WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO lender;"
              " SET ROLE lender; GRANT SELECT ON entry TO guestbook; RESET ROLE;"
              " REVOKE USAGE ON SCHEMA public FROM lender")),
    ("the application may let others read", "privileges.grant", "unexpected",
     inside("GRANT SELECT ON entry TO guestbook WITH GRANT OPTION")),
    ("the application may write the table of revisions", "privileges.grant", "unexpected",
     inside("GRANT UPDATE ON alembic_version TO guestbook")),
    ("the application may not write a table", "privileges.grant", "missing", inside("REVOKE INSERT ON entry FROM guestbook")),
    ("everybody may read a column", "privileges.grant", "unexpected", inside("GRANT SELECT (author) ON entry TO PUBLIC")),
    ("later tables of the administrator are everybody's", "privileges.grant", "unexpected",
     inside("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC")),
    ("later sequences of the administrator are everybody's", "privileges.grant", "unexpected",
     inside("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO PUBLIC")),
    ("the application may create tables", "privileges.grant", "unexpected", inside("GRANT CREATE ON SCHEMA public TO guestbook")),
    ("everybody may read later tables", "privileges.grant", "unexpected",
     inside("ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC")),
    ("later tables are unusable", "privileges.grant", "missing",
     inside("ALTER DEFAULT PRIVILEGES FOR ROLE guestbook_owner IN SCHEMA public REVOKE SELECT ON TABLES FROM guestbook")),
    ("everybody may connect", "privileges.grant", "unexpected", inside("GRANT CONNECT ON DATABASE guestbook TO PUBLIC")),
    ("the application may not use a sequence", "privileges.grant", "missing", inside("REVOKE USAGE ON SEQUENCE entry_id_seq FROM guestbook")),
    # the database's structure; the owner's own hands do what nobody else's would be seen to do
    ("everything is published", "structure.foreign", "unexpected", inside("CREATE PUBLICATION everything FOR ALL TABLES")),
    ("an operator of the administrator", "structure.foreign", "unexpected",
     inside("CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq)")),
    ("an index was dropped", "structure.object", "missing", inside("DROP INDEX ix_entry_created")),
    ("a constraint was dropped", "structure.object", "missing", inside("ALTER TABLE entry DROP CONSTRAINT entry_pkey")),
    ("a rule swallows what is deleted", "structure.object", "unexpected",
     inside("CREATE RULE r AS ON DELETE TO entry DO INSTEAD NOTHING")),
    ("a policy for rows", "structure.object", "unexpected", inside("CREATE POLICY p ON entry USING (id < 10)")),
    ("a trigger swallows what is updated", "structure.object", "unexpected",
     inside("CREATE TRIGGER t BEFORE UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()")),
    ("the owner has another schema", "structure.object", "unexpected", inside("CREATE SCHEMA hidden AUTHORIZATION guestbook_owner")),
    ("rows are hidden", "structure.object", "different", inside("ALTER TABLE entry ENABLE ROW LEVEL SECURITY")),
    ("a table does not survive a crash", "structure.object", "different", inside("ALTER TABLE entry SET UNLOGGED")),
    ("a column has another default", "structure.object", "different", inside("ALTER TABLE entry ALTER author SET DEFAULT 'x'")),
    ("a column may be empty", "structure.object", "different", inside("ALTER TABLE entry ALTER author DROP NOT NULL")),
    ("a table has an option", "structure.object", "different", inside("ALTER TABLE entry SET (autovacuum_enabled = off)")),
    # what waits for a reload or a restart
    ("a variable in systemd's manager", "process.variable", "unexpected", "systemctl set-environment PYTHONPATH=/tmp"),
    ("another file of nginx was not loaded", "process.configuration", "different",
     "sleep 0.1; echo '# nothing' > /etc/nginx/conf.d/other.conf"),
    ("a setting was not loaded", "postgresql_configuration.waiting", "unexpected", sql("ALTER SYSTEM SET work_mem = '5MB'")),
    ("a table has another owner", "privileges.foreign", "unexpected", inside("ALTER TABLE entry OWNER TO postgres")),
    ("a table belongs to the service", "privileges.owner", "different", inside("ALTER TABLE entry OWNER TO guestbook")),
    ("a function of the administrator", "privileges.foreign", "unexpected",
     inside("CREATE FUNCTION become(int) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT'")),
    ("a migration was taken back", "migrations.revision", "different",
     "set -a; . /etc/flask/guestbook.env; P=$(cat /etc/flask/guestbook.owner-password); cd $R;"
     " DATABASE_URL=postgresql://guestbook_owner:$P@127.0.0.1/guestbook PYTHONDONTWRITEBYTECODE=1"
     " .venv/bin/flask db downgrade"),
    ("the table of revisions was emptied", "migrations.lost", "missing", inside("DELETE FROM alembic_version")),
    ("the table of revisions names another", "migrations.unknown", "different", inside("UPDATE alembic_version SET version_num = 'nowhere'")),
    # pg_hba.conf
    ("somebody may write pg_hba.conf by a list", "file.acl", "unexpected", f"setfacl -m u:guestbook:rw {CONFIGURATION}/pg_hba.conf"),
    ("everybody may write postgresql.conf", "file.mode", "different", f"chmod 0666 {CONFIGURATION}/postgresql.conf"),
    ("a line above the block", "pg_hba.line", "unexpected",
     f"sed -i '1i host all all 0.0.0.0/0 trust' {CONFIGURATION}/pg_hba.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("a line at the end, not in effect yet", "pg_hba.line", "unexpected",
     f"sleep 0.1; echo 'host all all 10.0.0.0/8 md5' >> {CONFIGURATION}/pg_hba.conf"),
    ("a line that the server cannot read in pg_hba.conf", "pg_hba.line", "unexpected",
     f"echo 'host all' >> {CONFIGURATION}/pg_hba.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("the block was edited", "pg_hba.block", "different",
     f"sed -i 's/^\\(host guestbook.*\\)scram-sha-256/\\1trust/' {CONFIGURATION}/pg_hba.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("the block was removed", "pg_hba.block", "different",
     f"sed -i '/^# BEGIN flaskops/,/^# END flaskops/d' {CONFIGURATION}/pg_hba.conf && " + sql("SELECT pg_reload_conf()") + " && sleep 0.5"),
    ("pg_hba.conf was changed without a reload", "pg_hba.loaded", "different",
     f"sleep 0.1; echo '# note' >> {CONFIGURATION}/pg_hba.conf"),
)]

# One drift for each check and direction, for the runs that have to end soon.
SELECTION = list({(drift.check, drift.direction): drift for drift in reversed(DRIFTS)}.values())
