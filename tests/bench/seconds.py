#!/usr/bin/env python
"""Where each second of site.yml goes, on a bare host and on a converged one, and what no
playbook can do without; writes docs/performance.md.

usage: seconds.py [--rounds N] [--folder PATH]
"""

import argparse
import json
import os
import statistics
import time
from datetime import date
from pathlib import Path

import contenders
import fleet
from bench import timed

NAME = "flaskops-bench-seconds"
FLOOR = {
    "an empty play": [],
    "a play with one module (ping)": [{"ansible.builtin.ping": {}}],
    "a play with a comparison of nothing": [{"flaskops.stack.drift_info": {"resources": {}}}],
}
# The packages' own time: on the host, without Ansible.
PACKAGES = {
    "apt-get install, all packages at once": (
        "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
        " postgresql-15 postgresql-client-15 postgresql-contrib python3-psycopg2 acl nginx"
        " python3-venv"
    ),
    "python3 -m venv": "python3 -m venv /root/venv",
    "pip install": (
        "PIP_CACHE_DIR=/var/cache/pip PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
        " /root/venv/bin/pip install -q gunicorn psycopg2-binary 'psycopg[binary]'"
        " -r /root/requirements.txt"
    ),
}
SHOWN = 0.15
HEAD = """\
# Where each second goes

One Debian 12 host in a container, over SSH with pipelining, on {cores} cores, {day}; medians of
{rounds} runs; the bare host was run once. `make performance` repeats it and writes
this page. How that compares with others is in the [benchmark](benchmark.md).

What decides the time, in this order:

- **Executions on the host.** Each costs a quarter of a second. A run that finds nothing to change
  needs one, which compares everything; the reading itself is a part of it.
- **Templates.** Ansible compiles a variable's template anew wherever it is used: 334 times to work
  out what is wanted of a host. The lookup `evaluated_once` settles each variable once, and leaves
  67 of them to compile (0.30 s of processor time become 0.13 s). The files that the roles write
  are variables too, because looking up a template copies all variables, which took 0.07 s each.
- **What Ansible does anew for every task of every host.** It reads the files of `vars_files` each
  time, for example: 0.02 s, a hundred times on a bare host. The wiring is a role for that reason,
  which is read once.
- **What waits for others runs beside them.** The packages of PostgreSQL are installed in the
  background, while the virtual environment is built and a new host's nginx and units are installed;
  database hosts and application hosts are in one play; the comparison connects to the database
  while it reads everything else.
- **What is there already.** A release whose packages are those of the release in use gets a copy of
  its virtual environment, after its files were compared with the digests that pip has noted.

"""


def seconds(command, place, environment=None):
    found, _usage, code = timed(command, place / "seconds.log", environment or {})
    if code:
        raise SystemExit(f"{command} ended with {code}; see {place}/seconds.log")
    return found


def playbook(place, tasks):
    path = place / "floor.yml"
    path.write_text(json.dumps([{"hosts": "app", "gather_facts": False, "tasks": tasks}]))
    return ["ansible-playbook", "-i", str(place / "hosts"), str(path)]


def by_task(place, address):
    """(seconds of a whole run, [[task, seconds], ...])."""
    command = contenders.command("collection", place, [address], "")
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_seconds",
        "TASK_SECONDS": str(place / "tasks.json"),
    }
    whole = seconds(command, place, environment)
    return whole, json.loads((place / "tasks.json").read_text())


def table(title, rows):
    return f"| {title} | s |\n| --- | --- |\n" + "".join(
        f"| {name} | {value:.2f} |\n" for name, value in rows
    )


def tasks_table(whole, tasks):
    """The tasks that take long, in their order; the others, and Ansible's start, as one each."""
    long = [(name, value) for name, value in tasks if value >= SHOWN]
    rest = [value for _name, value in tasks if value < SHOWN]
    start = whole - sum(value for _name, value in tasks)
    rows = [("Ansible's start, and reading the playbook and the roles", start), *long]
    rows += [(f"{len(rest)} shorter tasks", sum(rest)), ("**in all**", whole)]
    return table("task", rows)


def packages(folder):
    """What a bare host takes for the packages alone."""
    fleet.start(NAME, folder)
    requirements = fleet.CHECKOUT / "examples" / "guestbook" / "requirements.txt"
    fleet.run("docker", "cp", requirements, f"{NAME}:/root/requirements.txt")
    for name, command in PACKAGES.items():
        started = time.monotonic()
        fleet.inside(NAME, command)
        yield name, time.monotonic() - started
    fleet.destroy(NAME)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=fleet.CHECKOUT / ".cache" / "bench")
    options = parser.parse_args()
    folder = options.folder.resolve()
    place = folder / "seconds"
    place.mkdir(parents=True, exist_ok=True)
    installation = list(packages(folder))
    address = fleet.start(NAME, folder)
    if not (place / "key").exists():
        (place / "key").symlink_to(fleet.key(folder))
    contenders.prepare(place, [address], contenders.VALUES, 0)
    fresh = by_task(place, address)
    again = sorted(by_task(place, address) for _round in range(options.rounds))[options.rounds // 2]
    floor = [
        (name, statistics.median(seconds(command, place) for _round in range(options.rounds)))
        for name, command in ((name, playbook(place, tasks)) for name, tasks in FLOOR.items())
    ]
    fleet.destroy(NAME)
    text = HEAD.format(cores=os.cpu_count(), day=date.today(), rounds=options.rounds)
    text += "## The floor\n\n" + table("on the converged host", floor) + "\n"
    text += table("on a bare host, without Ansible", installation)
    text += "\n## Nothing to change\n\n" + tasks_table(*again)
    text += "\n## A bare host\n\n" + tasks_table(*fresh)
    (fleet.CHECKOUT / "docs" / "performance.md").write_text(text)


if __name__ == "__main__":
    main()
