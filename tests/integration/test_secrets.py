"""Secrets of whole runs are nowhere that another one could read them: canaries, searched for.

One host, a user who logs in over SSH and becomes root by sudo, and two passes over everything: with
secrets that are words, and with secrets of every character. Each place where a secret might be has
a control: another canary that was put there, and that the same search finds.
"""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import hosts
import pytest
from hosts import CHECKOUT, shell

HOST = "flaskops-secrets"
PORT = 8099
CONTROL = "plantedcontrolword"
HOSTILE = "p@:/o#w%d {} 'q\"\\x & `$H`é+"
PASSES = ("words", "hostile")
# Where a secret has to be.
KEPT = {"/etc/flask/guestbook.env", "/etc/postgresql/15/main/server.key"}

SETUP = """
import os, time
from setuptools import setup
secret = ["/etc/flask/guestbook.env", "/etc/shadow", "/etc/postgresql/15/main/server.key"]
ours = ["/srv/guestbook", "/srv/guestbook/releases", "/srv/guestbook/current/wsgi.py"]
seen = {
    "user": os.getuid(),
    "read": [path for path in secret if os.access(path, os.R_OK)],
    "write": [path for path in ours if os.access(path, os.W_OK)],
}
with open("canary_private.py", "w") as stream:
    stream.write(f"SEEN = {seen!r}\\n")
if os.fork() == 0:
    os.setsid()
    for number in range(3):
        os.dup2(os.open("/dev/null", os.O_RDWR), number)
    time.sleep(600)
    os._exit(0)
setup(name="canary-private", version="@version@", py_modules=["canary_private"])
"""
BOOM = """
import os, time
revision, down_revision = "@revision@", "@before@"
def upgrade():
    if os.path.exists("/run/boom"):
        print("environment", dict(os.environ), os.getuid())
        time.sleep(2)
        raise RuntimeError(f"{os.environ['DATABASE_URL']} {sorted(os.environ.items())}")
"""


def secret(kind, name):
    """A canary: of letters, of digits, of words, or with all that needs quoting."""
    if kind == "hostile":
        return HOSTILE.format(name)
    return {
        0: f"canary{name}word",
        1: f"{name}canary".encode().hex(),
        2: f"two {name} secret words",
    }[sum(map(ord, name)) % 3]


def canaries(kind):
    """All that is declared in one pass, by what it is."""
    names = ["runtime", "owner", "key", "pip", "source", "query"]
    names += [f"variable{number:02}" for number in range(40)]
    return {name: secret(kind, name) for name in names}


def spellings(text):
    """How the search spells a secret; not by the collection's own masking."""
    found = {text, quote(text, safe=""), quote(text), quote_plus(text), text.replace("%", "%%")}
    found |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    # As an environment file has it.
    found.add(re.sub(r'(["\\$`])', r"\\\1", text))
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode()).decode()
        core = encoded[(0, 2, 3)[before] : len(encoded) - 4]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    return sorted(found)


def key_and_certificate(folder, kind):
    key, certificate = folder / f"{kind}.key", folder / f"{kind}.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
         "/CN=guestbook", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return key.read_text(), certificate.read_text()


def sources(folder):
    """What the registry serves: a package without a wheel, a repository, and an archive."""
    for number, kind in enumerate(PASSES, 1):
        tree = folder / f"app-{kind}"
        shutil.copytree(CHECKOUT / "examples" / "guestbook", tree)
        with (tree / "requirements.txt").open("a") as stream:
            stream.write(f"canary-private=={number}.0\n")
        before = "0003"
        for each in PASSES[:number]:
            text = BOOM.replace("@revision@", f"boom{each}").replace("@before@", before)
            (tree / f"migrations/versions/boom_{each}.py").write_text(text)
            before = f"boom{each}"
        package(folder / "served" / "simple" / "canary-private", f"{number}.0")
    served = folder / "served"
    with tarfile.open(served / "app.tar.gz", "w:gz") as tar:
        tar.add(folder / "app-hostile", "app")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", folder / "app-words"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    bare = served / "app.git"
    subprocess.run(["git", "clone", "-q", "--bare", folder / "app-words", bare], check=True)
    subprocess.run(["git", "-C", bare, "update-server-info"], check=True)
    return served


def package(folder, version):
    folder.mkdir(parents=True, exist_ok=True)
    name = f"canary_private-{version}"
    texts = {
        "setup.py": SETUP.replace("@version@", version),
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
        'build-backend = "setuptools.build_meta"\n',
        "PKG-INFO": f"Metadata-Version: 2.1\nName: canary-private\nVersion: {version}\n",
    }
    with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as tar:
        for path, text in texts.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    links = [f'<a href="{path.name}">{path.name}</a>' for path in folder.glob("*.tar.gz")]
    (folder / "index.html").write_text("\n".join(links))


class Host:
    """The host, over SSH as a user of sudo, with every program that starts recorded."""

    def __init__(self, folder):
        self.folder = folder
        hosts.converged("site")
        hosts.start(HOST, "bookworm", "site")
        shell(
            HOST,
            "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes git "
            "rsyslog strace >/dev/null; useradd -m -s /bin/bash deploy && "
            "echo 'deploy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy; mkdir -p /run/sshd",
            timeout=300,
        )
        self._allow_login()
        # All that SSH starts, with arguments and environment; polling would miss most of it.
        # Not with --seccomp-bpf, which takes new privileges, and so sudo, from all that it traces.
        trace = "strace -f -e trace=execve,setreuid,setresuid,setuid -v -s 65536 -o /root/trace"
        subprocess.run(
            ["docker", "exec", "-d", HOST, "sh", "-c", f"exec {trace} /usr/sbin/sshd -D -p 2222"],
            check=True,
        )

    def _allow_login(self):
        text = hosts.over_ssh(self.folder, HOST, "deploy")
        (self.folder / "hosts").write_text(text)
        (self.folder / "group_vars").mkdir()
        ip = re.search(r"ansible_host=(\S+)", text).group(1)
        login = ["-i", str(self.folder / "id"), "-p", "2222", *hosts.SSH.split(), f"deploy@{ip}"]
        self.ssh = ["ssh", *login]

    def declare(self, kind, known):
        key, certificate = key_and_certificate(self.folder, kind)
        place = f"127.0.0.1:{PORT}"
        pip, source, query = (quote(known[name], safe="") for name in ("pip", "source", "query"))
        values = {
            "app_name": "guestbook",
            "app_source": f"http://reader:{source}@{place}/app.git",
            "app_version": "v1",
            "app_secret_key": known["key"],
            "app_environment": {n.upper(): v for n, v in known.items() if n.startswith("variable")},
            "app_pip_environment": {
                "PIP_CACHE_DIR": "/var/cache/pip",
                "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
                "PIP_EXTRA_INDEX_URL": f"http://installer:{pip}@{place}/simple",
            },
            "database_password": known["runtime"],
            "database_owner_password": known["owner"],
            "postgresql_settings": {"log_statement": "ddl"},
            "postgresql_tls_private_key": key,
            "postgresql_tls_certificate": certificate,
            "site_request_path": "/health/database",
        }
        if kind == "hostile":
            archive = f"http://reader:{source}@{place}/app.tar.gz?token={query}"
            values.update(app_source=archive, app_version="", app_source_subdirectory="app")
        (self.folder / "group_vars/all.json").write_text(json.dumps(values))
        (self.folder / "group_vars/all.json").chmod(0o600)
        # Which line of a key it is says nothing.
        return {**known, "tls": key.splitlines()[5]}

    def play(self, name, *arguments, fails=False):
        """What a playbook prints, with all that Ansible can be made to say."""
        done = subprocess.run(
            ["ansible-playbook", "-i", self.folder / "hosts", "-vvvv", "--diff", *arguments, "-e",
             f"audit_report_dir={self.folder}/report", f"playbooks/{name}.yml"],
            capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=600,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": f"{self.folder}/local",
                 "ANSIBLE_PIPELINING": "true"},
        )  # fmt: skip
        text = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, f"{name}: {text[-3000:]}"
        return text


def run(script, options, user="root", wait=True):
    """One of the programs beside this file, on the host; its answer, or the process."""
    source = (Path(__file__).parent / f"{script}.py").read_text()
    process = subprocess.Popen(
        ["docker", "exec", "-i", "--user", user, HOST, "python3", "-c", source],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdin.write(json.dumps(options))
    process.stdin.close()
    process.stdin = None
    if not wait:
        return process
    return json.loads(process.communicate(timeout=300)[0])


def psql(statement):
    shell(HOST, f'runuser -u postgres -- psql -qc "{statement}"')


def one_pass(host, kind, known):
    """Everything that a user does, with what goes wrong; what it all printed."""
    shell(HOST, "touch /run/boom")
    said = {"failing migration": host.play("site", fails=True)}
    assert "upgrade.failed" in said["failing migration"], said["failing migration"][-3000:]
    shell(HOST, "rm /run/boom")
    said["site"] = host.play("site")
    said["migrate"] = host.play("migrate")
    shell(HOST, "sed -i 's/^VARIABLE07=.*/VARIABLE07=other/' /etc/flask/guestbook.env")
    said["check"] = host.play("site", "--check")
    assert "variable VARIABLE07" in said["check"]
    psql("ALTER ROLE guestbook PASSWORD 'of-nobody'")
    said["audit"] = host.play("audit", fails=True)
    said["failing login"] = host.play("diagnose", fails=True)
    assert "auth.wrong_password" in said["failing login"]
    said["repair"] = host.play("site")
    said["nothing to change"] = host.play("site")
    said["report"] = "".join(p.read_text() for p in (host.folder / "report").iterdir())
    return said


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Both passes, and what is to be searched."""
    folder = tmp_path_factory.mktemp("secrets")
    host = Host(folder)
    served = sources(folder)
    subprocess.run(["docker", "cp", served, f"{HOST}:/opt/served"], check=True)
    known, said, watched = {}, {}, {}
    for kind in PASSES:
        declared = canaries(kind)
        registry = {"installer": declared["pip"], "reader": declared["source"]}
        options = {"users": registry, "folder": "/opt/served", "port": PORT}
        server = run("registry", options, wait=False)
        known[kind] = host.declare(kind, declared)
        needles = {**needles_of({kind: known[kind]}), "control": [CONTROL]}
        shell(HOST, "rm -f /run/watch-no-more")
        watchers = {
            user: run("watcher", {"seconds": 900, "needles": needles}, user, wait=False)
            for user in ("guestbook", "nobody")
        }
        if kind == PASSES[0]:
            plant(host)
        said[kind] = one_pass(host, kind, known[kind])
        shell(HOST, "touch /run/watch-no-more")
        watched[kind] = {u: json.loads(p.communicate(timeout=60)[0]) for u, p in watchers.items()}
        server.kill()
        shell(HOST, f"fuser -k {PORT}/tcp || kill $(ss -ltnpH 'sport = :{PORT}' | "
              "grep -o 'pid=[0-9]*' | cut -d= -f2)")  # fmt: skip
    needles = needles_of(known)
    yield {
        "said": said,
        "watched": watched,
        "needles": needles,
        "journal": shell(HOST, "journalctl --no-pager --all --output=verbose", timeout=300),
        "trace": decode(shell(HOST, "cat /root/trace", timeout=300)),
        "files": run("finder", {
            "roots": ["/"], "leave": ["/opt/served", "/root/trace"],
            "needles": {**needles, "control": [CONTROL]},
        }),
        "controller": folder,
    }  # fmt: skip
    hosts.destroy(HOST)


def needles_of(known):
    return {
        f"{kind}: {name}": spellings(text)
        for kind, canary in known.items()
        for name, text in canary.items()
    }


def plant(host):
    """A canary of which each place is known, to see that the search would find it."""
    shell(HOST, f"logger {CONTROL}; echo {CONTROL} > /tmp/planted; chmod 644 /tmp/planted")
    subprocess.run([*host.ssh, f"sudo env PLANTED={CONTROL} true"], check=True)
    psql("ALTER SYSTEM SET log_statement = 'ddl'")
    psql("SELECT pg_reload_conf()")
    time.sleep(0.5)
    psql(f"CREATE ROLE planted PASSWORD '{CONTROL}'")
    psql("DROP ROLE planted")
    psql("ALTER SYSTEM RESET log_statement")
    subprocess.run(
        ["docker", "exec", "--user", "guestbook", "-e", f"PLANTED={CONTROL}", HOST, "sleep", "2"],
        check=True,
    )
    text = f"- hosts: localhost\n  gather_facts: false\n  tasks: [{{debug: {{msg: {CONTROL}}}}}]\n"
    (host.folder / "planted.yml").write_text(text)


def decode(text):
    """strace's own spelling of what is not plain, undone."""

    def plain(match):
        escaped = match.group(0)
        if escaped[1] in "01234567":
            return chr(int(escaped[1:], 8))
        return {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}.get(escaped[1], escaped[1])

    decoded = re.sub(r"\\([0-7]{1,3}|.)", plain, text)
    return decoded.encode("latin-1", "replace").decode("utf-8", "replace")


def hits(text, needles):
    return sorted(name for name, texts in needles.items() if any(t in text for t in texts))


@pytest.mark.parametrize("kind", PASSES)
def test_no_output_has_a_secret(world, kind):
    found = {name: hits(text, world["needles"]) for name, text in world["said"][kind].items()}
    assert {name: names for name, names in found.items() if names} == {}


def test_no_log_of_the_host_has_a_secret(world):
    """The journal with all its fields, what sudo and PostgreSQL write, and syslog."""
    assert hits(world["journal"], world["needles"]) == []
    assert [p for paths in world["files"].values() for p in paths if p.startswith("/var/log/")] == [
        p for p in world["files"]["control"] if p.startswith("/var/log/")
    ]


def test_no_file_that_stays_has_a_secret(world):
    found = {n: set(paths) - KEPT for n, paths in world["files"].items() if n != "control"}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_no_file_on_the_controller_has_a_secret(world):
    needles = world["needles"]
    for path in world["controller"].rglob("*"):
        mine = path.parts[len(world["controller"].parts)]
        if path.is_file() and mine not in ("group_vars", "words.key", "hostile.key"):
            assert hits(path.read_bytes().decode("utf-8", "replace"), needles) == [], path


def test_no_process_is_started_with_a_secret(world):
    """In no argument; and in the environment only of the users whose it is."""
    users, wrong = {}, []
    numbers = {
        shell(HOST, f"id -u {name}"): name
        for name in ("guestbook", "guestbook-migrate", "guestbook-build")
    }
    for line in world["trace"].splitlines():
        became = re.match(r"(\d+)\s+set(?:re|res)?uid\((\d+)", line)
        if became:
            users[became.group(1)] = numbers.get(became.group(2), became.group(2))
        if " execve(" not in line:
            continue
        number = line.split()[0]
        arguments = line.partition("], [")[0]
        for name in hits(line, world["needles"]):
            what = name.partition(": ")[2]
            allowed = {"runtime", "key"} if users.get(number) == "guestbook" else set()
            if users.get(number) == "guestbook-migrate":
                allowed = {"runtime", "key", "owner"}
            is_own = what in allowed or (what.startswith("variable") and allowed)
            if hits(arguments, {name: world["needles"][name]}) or not is_own:
                wrong.append((name, users.get(number), line[:200]))
    assert wrong == []


@pytest.mark.parametrize("kind", PASSES)
@pytest.mark.parametrize("user", ["guestbook", "nobody"])
def test_nothing_that_another_user_can_read_has_a_secret(world, kind, user):
    """The service's user has what the service has, and no more."""
    found = world["watched"][kind][user]
    own = ("key", "runtime", "variable") if user == "guestbook" else ()
    wrong = {
        name: places for name, places in found["found"].items()
        if name != "control" and not name.partition(": ")[2].startswith(own or "nothing")
    }  # fmt: skip
    assert wrong == {}
    assert found["rounds"] > 5


def test_a_build_could_neither_read_nor_write_and_has_ended(world):
    user = shell(HOST, "id -u guestbook-build")
    seen = shell(
        HOST, "cat /srv/guestbook/current/.venv/lib/python3*/site-packages/canary_private.py"
    )
    assert seen == f"SEEN = {{'user': {user}, 'read': [], 'write': []}}"
    assert shell(HOST, "pgrep -u guestbook-build | wc -l") == "0"
    assert shell(HOST, "find /srv/guestbook -not -user root | head; ls -A /srv/guestbook") == (
        "current\nreleases"
    )


def test_the_migration_ran_as_a_user_of_its_own(world):
    number = shell(HOST, "id -u guestbook-migrate")
    assert f"setreuid({number}" in world["trace"] or f"setresuid({number}" in world["trace"]


def test_the_search_finds_what_was_planted(world):
    """The control of every place."""
    planted = {"control": [CONTROL]}
    lines = [line for line in world["journal"].splitlines() if CONTROL in line]
    assert any("COMMAND=" in line for line in lines), "sudo's log"
    logs = [path for path in world["files"]["control"] if path.startswith("/var/log/")]
    assert any(path.startswith("/var/log/postgresql/") for path in logs)
    assert "/var/log/syslog" in logs
    assert "/tmp/planted" in world["files"]["control"]
    for line in world["trace"].splitlines():
        if hits(line, planted):
            assert " execve(" in line
            break
    else:
        pytest.fail("the trace has no planted argument")
    watched = world["watched"][PASSES[0]]
    assert "/tmp/planted" in watched["nobody"]["found"]["control"]
    assert any("/environ" in place for place in watched["guestbook"]["found"]["control"])
    assert "environ" not in str(watched["nobody"]["found"]["control"])
    assert hits((world["controller"] / "planted.yml").read_text(), planted) == ["control"]


@pytest.mark.parametrize("kind", PASSES)
def test_the_secrets_are_really_used(world, kind):
    """What is declared last is in the file, and each name was searched for."""
    assert len([name for name in world["needles"] if name.startswith(kind)]) == 47
    if kind == PASSES[-1]:
        for name in ("key", "variable00", "variable39"):
            assert world["files"][f"{kind}: {name}"] == ["/etc/flask/guestbook.env"], name
        assert "/etc/flask/guestbook.env" in world["files"][f"{kind}: runtime"]
        assert world["files"][f"{kind}: tls"] == ["/etc/postgresql/15/main/server.key"]
