"""The contenders: what each needs in a folder, and the command for each mode."""

import json
import shlex
import shutil
from pathlib import Path

from fleet import CHECKOUT, SSH

HERE = Path(__file__).parent
# What the one-line changes change. Every contender gets the same.
VALUES = {
    "OWNER_PASSWORD": "owner-of-the-benchmark",
    "PASSWORD": "password-of-the-benchmark",
    "SECRET_KEY": "0123456789abcdef",
    "GREETING": "hello",
    "EXTRA_ADDRESS": "",
    "VERSION": "15",
}
MIGRATION = '''"""One more table"""

import sqlalchemy as sa
from alembic import op

revision = "{0}"
down_revision = "{1}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("more_{0}", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("more_{0}")
'''
NAMES = {
    "hand": "shell script",
    "idiomatic": "idiomatic playbook",
    "pyinfra": "pyinfra",
    "collection": "this collection",
}
# Those that have a mode without changes, and those that are run on many hosts at once.
DRY = ("idiomatic", "pyinfra", "collection")
MANY = ("idiomatic", "pyinfra", "collection")


def prepare(folder, addresses, values, migrations):
    """Write everything that the commands below read."""
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "tests", "*.pyc")
    shutil.copytree(CHECKOUT / "examples" / "guestbook", source, ignore=ignored)
    for number in range(4, 4 + migrations):
        text = MIGRATION.format(f"{number:04}", f"{number - 1:04}")
        (source / "migrations" / "versions" / f"{number:04}_more.py").write_text(text)
    shutil.make_archive(str(folder / "source"), "tar", source)
    shutil.rmtree(folder / "files", ignore_errors=True)
    shutil.copytree(HERE / "files", folder / "files")
    shutil.copy(HERE / "by_hand" / "provision.sh", folder)
    (folder / "values.json").write_text(json.dumps(values))
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items()]
    (folder / "values.env").write_text("".join(lines))
    ssh = f"ansible_user=root ansible_ssh_private_key_file={folder}/key"
    ssh += f" ansible_ssh_common_args='{SSH}'"
    hosts = "".join(f"{address} {ssh}\n" for address in addresses)
    (folder / "hosts").write_text(f"[database]\n{hosts}[app]\n" + "\n".join(addresses) + "\n")
    (folder / "group_vars").mkdir(exist_ok=True)
    (folder / "group_vars" / "all.json").write_text(json.dumps(collection_values(source, values)))
    key = {"ssh_user": "root", "ssh_key": f"{folder}/key", "ssh_strict_host_key_checking": "no",
           "ssh_known_hosts_file": "/dev/null"}  # fmt: skip
    (folder / "inventory.py").write_text(f"hosts = [(a, {key!r}) for a in {list(addresses)!r}]\n")


def collection_values(source, values):
    extra = values["EXTRA_ADDRESS"].split()
    entry = {"type": "host", "database": ["guestbook"], "user": ["guestbook"], "address": extra}
    return {
        "app_name": "guestbook",
        "app_source": str(source),
        "app_secret_key": values["SECRET_KEY"],
        "app_environment": {"GREETING": values["GREETING"]},
        "app_pip_environment": {
            "PIP_CACHE_DIR": "/var/cache/pip",
            "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
        },
        "database_password": values["PASSWORD"],
        "database_owner_password": values["OWNER_PASSWORD"],
        "pg_hba_entries": [entry] if extra else [],
        "site_request_path": "/health/database",
    }


def command(contender, folder, addresses, pyinfra, dry=False):
    """The command of one run, as a list."""
    if contender == "hand":
        return ["bash", "-c", by_hand(folder, addresses)]
    if contender == "pyinfra":
        answer = ["--dry"] if dry else ["-y"]
        return [pyinfra, *answer, str(folder / "inventory.py"), str(HERE / "pyinfra" / "deploy.py")]
    playbook = ["ansible-playbook", "-i", str(folder / "hosts"), f"--forks={len(addresses)}"]
    if contender == "idiomatic":
        extra = ["--check"] if dry else []
        return [*playbook, str(HERE / "idiomatic" / "site.yml"), "-e", f"bench={folder}", *extra]
    if dry:
        report = f"audit_report_dir={folder}/report"
        return [*playbook, str(CHECKOUT / "playbooks" / "audit.yml"), "-e", report]
    return [*playbook, str(CHECKOUT / "playbooks" / "site.yml")]


def by_hand(folder, addresses):
    there = "rm -rf bench && mkdir bench && tar -xzC bench && bash bench/provision.sh"
    lines = [
        f"tar -C {folder} -cz source files provision.sh values.env"
        f" | ssh -i {folder}/key {SSH} root@{address} '{there}' & pids+=($!)"
        for address in addresses
    ]
    return (
        "pids=(); " + "\n".join(lines) + '\nfor pid in "${pids[@]}"; do wait "$pid" || exit; done'
    )
