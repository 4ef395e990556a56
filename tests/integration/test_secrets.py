"""Secrets of a whole run: not in its output at any verbosity, and in no process list."""

import json
import os
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

CHECKOUT = Path(__file__).parents[2]
HOST = "flaskops-secrets"
SECRETS = {
    "app_secret_key": "Zm9v-the-secret-key-bar",
    "database_password": "Sup3r/S3cret@password",
    "database_owner_password": "0wner's+P@ssword",
}


class ProcessList(threading.Thread):
    """Collects the arguments of every process of the host while a run lasts."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = ""
        self.done = threading.Event()

    def run(self):
        command = ["docker", "exec", HOST, "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null"]
        while not self.done.wait(0.2):
            self.seen += subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False
            ).stdout


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What two runs and an audit print and leave behind, and the process lists meanwhile."""
    folder = tmp_path_factory.mktemp("secrets")
    script = CHECKOUT / "scripts/host"
    subprocess.run([script, "destroy", HOST], capture_output=True, check=False)
    line = subprocess.run(
        [script, "start", HOST], capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / "hosts").write_text(f"[database]\n{line}\n[app]\n{line}\n")
    values = {
        "app_name": "guestbook",
        "app_source": str(CHECKOUT / "examples" / "guestbook"),
        "app_environment": {"API_TOKEN": "t0ken-of-somebody"},
        "app_pip_environment": {
            "PIP_CACHE_DIR": "/var/cache/pip",
            "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
        },
        "site_request_path": "/health/database",
        **SECRETS,
    }
    (folder / "values.json").write_text(json.dumps(values))
    command = ["ansible-playbook", "-i", folder / "hosts", "-e", f"@{folder}/values.json"]
    command += ["--diff", "-vvvv", "-e", f"audit_report_dir={folder}/report"]

    def play(name):
        return subprocess.run(
            [*command, f"playbooks/{name}.yml"],
            capture_output=True,
            text=True,
            check=False,
            cwd=CHECKOUT,
            env=os.environ,
        )

    processes = ProcessList()
    processes.start()
    outputs = []
    for change in ({}, {"app_environment": {"API_TOKEN": "another-t0ken"}}):
        (folder / "values.json").write_text(json.dumps({**values, **change}))
        done = play("site")
        assert done.returncode == 0, done.stdout[-3000:]
        outputs.append(done.stdout + done.stderr)
    # The secrets of the host are others now than those that were declared.
    inside("sed -i 's/another-t0ken/a-third-t0ken/' /etc/flask/guestbook.env")
    inside("runuser -u postgres -- psql -c \"ALTER ROLE guestbook PASSWORD 'a-third-t0ken'\"")
    done = play("audit")
    report = "".join(path.read_text() for path in (folder / "report").iterdir())
    assert "environment_file.variable" in report
    assert "postgresql_role.password" in report
    processes.done.set()
    processes.join()
    yield {
        "first run": outputs[0],
        "second run": outputs[1],
        "audit": done.stdout + done.stderr + report,
        "journal": inside("journalctl --no-pager"),
        "processes": processes.seen,
    }
    subprocess.run([script, "destroy", HOST], check=True)


def inside(command):
    return subprocess.run(
        ["docker", "exec", HOST, "sh", "-c", command], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("where", ["first run", "second run", "audit", "journal", "processes"])
@pytest.mark.parametrize(
    "secret", [*SECRETS.values(), "t0ken-of-somebody", "another-t0ken"], ids=range(5)
)
def test_a_secret_is_nowhere(runs, where, secret):
    for spelling in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}:
        assert spelling not in runs[where]


def test_a_secret_that_was_found_is_not_shown(runs):
    assert "a-third-t0ken" not in runs["audit"]


def test_the_journal_was_really_read(runs):
    assert "ansible-" in runs["journal"]


def test_the_process_lists_were_really_read(runs):
    assert "gunicorn" in runs["processes"]
    assert "AnsiballZ" in runs["processes"] or "python3" in runs["processes"]
