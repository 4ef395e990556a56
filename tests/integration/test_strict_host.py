"""A host as strict administrators hand it over: everything at once, from bare to served.

Login over SSH; sudo with a password and a terminal; nobody but the owner may read new files, root's
included; a language that nobody has generated; /tmp small, and nothing in it may be run. And an
installation of packages that was killed: dpkg wants to be run by hand, and dependencies are unmet.
"""

import json
import subprocess

import hosts
import pytest
from hosts import shell

HOST = "flaskops-strict"
PASSWORD = "sudo needs: it"
MAKE_STRICT = f"""
set -e
useradd -m -s /bin/bash deploy; echo 'deploy:{PASSWORD}' | chpasswd
echo 'Defaults requiretty, umask=0077, umask_override' > /etc/sudoers.d/deploy
echo 'deploy ALL=(ALL) ALL' >> /etc/sudoers.d/deploy
sed -i 's/^UMASK.*/UMASK 077/; s/^USERGROUPS_ENAB.*/USERGROUPS_ENAB no/' /etc/login.defs
echo 'session optional pam_umask.so umask=0077' >> /etc/pam.d/common-session
echo 'session optional pam_umask.so umask=0077' >> /etc/pam.d/common-session-noninteractive
for home in /root /home/deploy; do
  echo 'umask 077' | tee -a $home/.bashrc $home/.profile > /dev/null
done
printf 'LANG=de_DE.UTF-8\\n' > /etc/default/locale
echo 'LC_ALL=de_DE.UTF-8' >> /etc/environment
mount -o remount,noexec,size=1m /tmp
dpkg --unpack /var/cache/apt/archives/nginx_*.deb > /dev/null 2>&1
: > /var/lib/dpkg/updates/0000
mkdir -p /run/sshd; ssh-keygen -A > /dev/null
exec setsid /usr/sbin/sshd -p 2222 < /dev/null > /dev/null 2>&1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strict")
    try:
        hosts.inventory(
            folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]}, stage="host",
            ansible_become_password=PASSWORD, ansible_pipelining=False,
        )  # fmt: skip
        shell(HOST, MAKE_STRICT)
        (folder / "hosts").write_text(hosts.over_ssh(folder, HOST, "deploy"))
        yield folder
    finally:
        hosts.destroy(HOST)


def play(folder, name, *arguments):
    done = hosts.play(folder, name, f"-eaudit_report_dir={folder}/report", *arguments, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_the_host_is_as_strict_as_it_says(folder):
    command = ["ansible", "-i", folder / "hosts", HOST, "-b", "-m", "ansible.builtin.raw", "-a"]
    for asked, expected in (
        ("umask", "0077"),
        ("locale 2>&1 | head -n 1", "Cannot set LC_"),
        ("apt-get --yes install nginx", "dpkg --configure -a"),
        ("cp /bin/true /tmp/x; /tmp/x || rm /tmp/x", "Permission denied"),
    ):
        done = subprocess.run(
            [*command, asked], capture_output=True, text=True, check=False, cwd=hosts.CHECKOUT
        )
        assert expected in done.stdout + done.stderr, done.stdout + done.stderr


def test_it_is_provisioned_stays_as_it_is_and_the_audit_finds_nothing(folder):
    play(folder, "site")
    assert "changed=0" in play(folder, "site")
    play(folder, "audit")
    report = json.loads((folder / "report" / "audit.json").read_text())
    assert report["hosts"][HOST]["findings"] == []


def test_every_mode_is_the_declared_one_whatever_the_umask(folder):
    found = shell(
        HOST,
        "find /srv/guestbook /etc/flask -not -type l -printf '%u:%g %m %p\\n'; stat -c '%U:%G %a"
        " %n' /etc/systemd/system/guestbook.* /etc/nginx/sites-available/guestbook"
        " /var/lib/guestbook /etc/postgresql/15/main/conf.d/* /run/guestbook.sock",
    )
    modes = {line.split(" ", 2)[2]: line.split(" ", 2)[:2] for line in found.splitlines()}
    files = {path: mode for path, mode in modes.items() if path.startswith("/srv/")}
    assert len(files) > 500
    assert {tuple(mode) for mode in files.values()} == {("root:root", "755"), ("root:root", "644")}
    assert modes["/etc/flask"] == ["root:root", "755"]
    assert modes["/etc/flask/guestbook.env"] == ["root:guestbook", "640"]
    assert modes["/etc/systemd/system/guestbook.service"] == ["root:root", "644"]
    assert modes["/etc/nginx/sites-available/guestbook"] == ["root:root", "644"]
    assert modes["/etc/postgresql/15/main/conf.d/flaskops.conf"][1] == "644"
    assert modes["/var/lib/guestbook"] == ["guestbook:guestbook", "750"]
    assert modes["/run/guestbook.sock"] == ["root:www-data", "660"]
