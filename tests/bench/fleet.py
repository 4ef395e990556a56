"""The benchmark's hosts: containers with systemd, reached over SSH as servers are."""

import os
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SCRIPT = CHECKOUT / "scripts" / "host"
SSH = (
    "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(map(str, command))}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout.strip()


def inside(name, command):
    return run("docker", "exec", name, "bash", "-c", command)


def key(folder):
    """The path of a key pair for this benchmark."""
    path = folder / "key"
    if not path.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    return path


def start(name, folder, image=None):
    """A host that takes the benchmark's key; returns its address."""
    environment = {**os.environ, "HTTP_PORT": "0", **({"IMAGE": image} if image else {})}
    subprocess.run([SCRIPT, "destroy", name], capture_output=True, check=False)
    run(SCRIPT, "start", name, "bookworm", env=environment)
    public = key(folder).with_suffix(".pub").read_text().strip()
    inside(
        name,
        f"install -d -m 700 /root/.ssh && echo '{public}' > /root/.ssh/authorized_keys"
        " && mkdir -p /run/sshd && systemctl start ssh",
    )
    return run(
        "docker", "inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name
    )


def save(name, image):
    """Keep a stopped host's disk as an image, from which others like it start."""
    run("docker", "stop", "--time", "30", name)
    run("docker", "commit", name, image)


def destroy(name):
    run(SCRIPT, "destroy", name)


def executions(name):
    """How many modules of Ansible this host has run so far."""
    return int(inside(name, "journalctl --output=cat --no-pager | grep -c 'Invoked with' || true"))
