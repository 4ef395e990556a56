"""Provisioned test hosts, commands on them, and modules of this collection run there directly."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import ansible

CHECKOUT = Path(__file__).parents[2]
SSH = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
PLACE = "/opt/flaskops-test"
# PostgreSQL 15 and 17, each with an application of its own; see conftest.py. Groups of tests that
# run at the same time have hosts of their own.
GROUP = os.environ.get("GROUP", "tests")
FLEET = {f"flaskops-{GROUP}-15": "bookworm", f"flaskops-{GROUP}-17": "trixie"}
PASSWORD = "p@ss:w/o#r%d? é'\"\\x & `$HOME`"
OWNER_PASSWORD = "0wner's+P@ss/word"


def start(name, release, stage="host"):
    """A host from the image of a stage, bare by default; returns its line for an inventory."""
    script = CHECKOUT / "scripts/host"
    subprocess.run([script, "destroy", name], capture_output=True, check=False)
    done = subprocess.run(
        [script, "start", name, release], stdout=subprocess.PIPE, text=True, check=True,
        # A port that Docker chooses, so that hosts may be started at the same time.
        env={**os.environ, "HTTP_PORT": "0", "IMAGE": f"flaskops-{stage}:{release}"},
    )  # fmt: skip
    return done.stdout.strip()


def converged(stage):
    """See that the image of a stage is there, and of this collection."""
    subprocess.run([CHECKOUT / "scripts/converged-image", stage], check=True)


def destroy(name):
    subprocess.run([CHECKOUT / "scripts/host", "destroy", name], check=True)


def shell(host, command, user="root", check=True, timeout=120):
    """Run a command with bash; returns what it printed."""
    done = subprocess.run(
        ["docker", "exec", "--user", user, host, "bash", "-c", command],
        capture_output=True, text=True, check=False, timeout=timeout,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"...{command[-500:]}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def play(folder, name, *arguments, check=True):
    """Run one of the collection's playbooks with the inventory in a folder."""
    return run_playbook(folder, f"playbooks/{name}.yml", *arguments, check=check)


def run_playbook(folder, path, *arguments, check=True):
    """Run any playbook with the inventory in a folder."""
    done = subprocess.run(
        ["ansible-playbook", "-i", folder / "hosts", *arguments, path],
        capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=1200,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip
    assert not check or done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done


def provision(folder, releases, groups, **variables):
    """Start hosts {name: release}, and serve the guestbook with groups {group: names}.

    They start as converged hosts, and are converged once more for what is declared otherwise.
    """
    converged("site")
    inventory(folder, releases, groups, stage="site", **variables)
    play(folder, "site")
    for name in releases:
        install(folder, name)


def inventory(folder, releases, groups, stage, **variables):
    """Start hosts {name: release} from a stage's image, and write the guestbook's inventory."""
    lines = {name: start(name, release, stage) for name, release in releases.items()}
    text = "".join(
        f"[{group}]\n" + "".join(f"{lines[name]}\n" for name in names)
        for group, names in groups.items()
    )
    (folder / "hosts").write_text(text)
    (folder / "group_vars").mkdir()
    values = {
        "app_name": "guestbook",
        "app_source": str(CHECKOUT / "examples" / "guestbook"),
        "app_secret_key": "0123456789abcdef",
        "app_pip_environment": {
            "PIP_CACHE_DIR": "/var/cache/pip",
            "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
        },
        "database_password": PASSWORD,
        "database_owner_password": OWNER_PASSWORD,
        "site_request_path": "/health/database",
        **variables,
    }
    (folder / "group_vars" / "all.json").write_text(json.dumps(values))


def over_ssh(folder, host, user):
    """Let a user of a host log in at port 2222; the inventory that says how."""
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    subprocess.run(
        ["docker", "exec", "-i", host, "bash", "-c",
         f"install -d -o {user} -m 0700 /home/{user}/.ssh && "
         f"install -o {user} -m 0600 /dev/stdin /home/{user}/.ssh/authorized_keys"],
        input=key.with_suffix(".pub").read_bytes(), check=True,
    )  # fmt: skip
    found = subprocess.run(["docker", "inspect", host], capture_output=True, check=True).stdout
    networks = json.loads(found)[0]["NetworkSettings"]["Networks"]
    line = (
        f"{host} ansible_host={next(iter(networks.values()))['IPAddress']} ansible_port=2222"
        f" ansible_user={user} ansible_ssh_private_key_file={key} ansible_ssh_common_args='{SSH}'"
    )
    return f"[database]\n{line}\n[app]\n{host}\n"


def install(folder, host):
    """Put the collection and Ansible's module_utils where module() finds them."""
    archive = folder / "modules.tar"
    if not archive.exists():
        with tarfile.open(archive, "w") as tar:
            here = Path(ansible.__file__).parent
            for part in ("__init__.py", "release.py", "_vendor", "module_utils", "_internal"):
                tar.add(here / part, f"ansible/{part}")
            for part in ("modules", "module_utils", "doc_fragments"):
                tar.add(
                    CHECKOUT / "plugins" / part,
                    f"ansible_collections/flaskops/stack/plugins/{part}",
                )
    shell(host, f"mkdir -p {PLACE}")
    with archive.open("rb") as stream:
        subprocess.run(["docker", "cp", "-", f"{host}:{PLACE}"], stdin=stream, check=True)


def module(host, name, **options):
    """Run a module without a controller, which takes a tenth of the time; returns its result."""
    return _result(start_module(host, name, **options))


def _result(process, timeout=300):
    text = process.communicate(timeout=timeout)[0]
    try:
        return json.loads(text)
    except ValueError:
        raise AssertionError(f"not a module's answer: {text}") from None


def start_module(host, name, account="root", **options):
    """The same, as a process that still runs."""
    program = f"ansible_collections.flaskops.stack.plugins.modules.{name}"
    code = f"cd {PLACE} && exec python3 -m {program}"
    process = subprocess.Popen(
        ["docker", "exec", "--interactive", "--user", account, host, "bash", "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
    process.stdin.close()
    process.stdin = None
    return process


def diagnose(host, account="root", view=True, **options):
    """The verdict as playbooks/diagnose.yml finds it: with the database host's own view."""
    process = start_module(
        host, "connection_info", account, **{"fail_on_failure": False, **options}
    )
    found = _result(process)
    assert "verdict" in found, found
    if found["attempt"] and view:
        known = module(host, "postgresql_login_info", attempt=found["attempt"])
        assert "verdict" in known, known
        if known["verdict"]["code"] != found["verdict"]["code"]:
            found["verdict"] = known["verdict"]
    return found
