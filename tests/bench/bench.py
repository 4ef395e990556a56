#!/usr/bin/env python
"""The same work by every contender, on hosts alike, in turns; writes bench.json, and the table and
the plot in docs/.

usage: bench.py [--rounds N] [--many 8,24] [--only CONTENDER,...] [--folder PATH]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import contenders
import fleet
import report

PYINFRA = "pyinfra==3.*"
# The modes that change one thing, by what they change: each round sets another value.
CHANGES = {
    "environment": lambda values, number: {**values, "GREETING": f"hello {number}"},
    "pg_hba": lambda values, number: {**values, "EXTRA_ADDRESS": f"10.0.0.{number}/32"},
}
# Up to so many hosts, all contenders' run at once; systemd did not start in a 27th container.
IN_TURNS = 8


class Bench:
    """One run of the benchmark."""

    def __init__(self, folder, rounds, names):
        self.folder, self.rounds, self.names = folder, rounds, names
        self.results = []
        self.pyinfra = str(install_pyinfra(folder))

    def measure(self, contender, mode, hosts, number):
        """Run one command, and note its time, processor time, memory and module executions."""
        place, addresses = self.folder / contender, list(hosts.values())
        command = contenders.command(contender, place, addresses, self.pyinfra, mode == "dry")
        before = fleet.executions(next(iter(hosts)))
        log = place / f"{mode}.log"
        seconds, usage, code = timed(command, log, {"BENCH": str(place)})
        found = {
            "contender": contender, "mode": mode, "hosts": len(hosts), "round": number,
            "seconds": round(seconds, 2), "cpu": round(usage.ru_utime + usage.ru_stime, 2),
            "memory": round(usage.ru_maxrss / 1024), "code": code,
            "executions": fleet.executions(next(iter(hosts))) - before,
        }  # fmt: skip
        self.results.append(found)
        print(json.dumps(found), flush=True)
        if code and not (mode == "dry" and contender == "idiomatic"):
            raise SystemExit(f"{contender}, {mode}, ended with {code}; see {log}")

    def prepare(self, contender, hosts, values=None, migrations=0):
        values = values or contenders.VALUES
        place = self.folder / contender
        place.mkdir(parents=True, exist_ok=True)
        if not (place / "key").exists():
            (place / "key").symlink_to(fleet.key(self.folder))
        contenders.prepare(place, list(hosts.values()), values, migrations)

    def one_host(self, number):
        """Everything from the bare host on, the contenders in turns."""
        hosts = {}
        for name in self.names:
            host = f"flaskops-bench-{name}"
            hosts[name] = {host: fleet.start(host, self.folder)}
            self.prepare(name, hosts[name])
        for mode in ("fresh", "again", "dry"):
            for name in self.names:
                if mode != "dry" or name in contenders.DRY:
                    self.measure(name, mode, hosts[name], number)
        values = contenders.VALUES
        for mode, change in CHANGES.items():
            values = change(values, number)
            for name in self.names:
                self.prepare(name, hosts[name], values)
                self.measure(name, mode, hosts[name], number)
        for name in self.names:
            self.prepare(name, hosts[name], values, migrations=1)
            self.measure(name, "release", hosts[name], number)
            self.measure(name, "again", hosts[name], number)
        return hosts

    def many_hosts(self, count, names):
        """No-change re-runs and dry runs on many hosts, which start from a converged one's disk.

        In turns, unless the hosts of all would be more than run at once.
        """
        for group in [names] if count <= IN_TURNS else [[name] for name in names]:
            fleets = {name: self.start_fleet(count, name) for name in group}
            for number in range(1, self.rounds + 1):
                for name in group:
                    self.measure(name, "again", fleets[name], number)
                for name in group:
                    # Check mode takes the idiomatic playbook as long as a run.
                    if name != "idiomatic":
                        self.measure(name, "dry", fleets[name], number)
            for hosts in fleets.values():
                for host in hosts:
                    fleet.destroy(host)

    def start_fleet(self, count, name):
        """Hosts for one contender; what the clones' new addresses change is put right."""
        hosts = {
            host: fleet.start(host, self.folder, f"flaskops-bench:{name}")
            for host in (f"flaskops-bench-{name}-{i}" for i in range(count))
        }
        self.prepare(name, hosts)
        place, addresses = self.folder / name, list(hosts.values())
        command = contenders.command(name, place, addresses, self.pyinfra)
        if timed(command, place / "settle.log", {"BENCH": str(place)})[2]:
            raise SystemExit(f"{name} does not settle; see {place}/settle.log")
        return hosts

    def save(self):
        """Make an image of each contender's converged host."""
        for name in self.names:
            host = f"flaskops-bench-{name}"
            address = fleet.start(host, self.folder)
            self.prepare(name, {host: address})
            command = contenders.command(name, self.folder / name, [address], self.pyinfra)
            place = self.folder / name
            if timed(command, place / "save.log", {"BENCH": str(place)})[2]:
                raise SystemExit(f"{name} does not converge; see {place}/save.log")
            fleet.save(host, f"flaskops-bench:{name}")
            fleet.destroy(host)


def timed(command, log, environment):
    """(seconds, resource usage, exit status) of a command whose output goes to a file."""
    with log.open("w") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            cwd=fleet.CHECKOUT, env={**os.environ, **environment},
        )  # fmt: skip
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage, process.returncode


def install_pyinfra(folder):
    """Its own virtual environment: it shares no dependency with Ansible's."""
    program = folder / "pyinfra-venv" / "bin" / "pyinfra"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", program.parents[1]], check=True)
        subprocess.run([program.with_name("pip"), "install", "--quiet", PYINFRA], check=True)
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", default="8,24")
    parser.add_argument("--only", default=",".join(contenders.NAMES))
    parser.add_argument("--folder", type=Path, default=fleet.CHECKOUT / ".cache" / "bench")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder, options.rounds, options.only.split(","))
    for number in range(1, options.rounds + 1):
        for hosts in bench.one_host(number).values():
            for host in hosts:
                fleet.destroy(host)
        report.write(fleet.CHECKOUT, bench.results)
    counts = [int(count) for count in options.many.split(",") if count]
    if counts:
        bench.save()
    for count in counts:
        # The idiomatic playbook would need an hour for two dozen hosts on two cores.
        names = [
            n for n in bench.names if n in contenders.MANY and (count <= 8 or n != "idiomatic")
        ]
        bench.many_hosts(count, names)
        report.write(fleet.CHECKOUT, bench.results)


if __name__ == "__main__":
    main()
