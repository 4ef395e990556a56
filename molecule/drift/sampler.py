"""Run as root on a test host: what is in effect, each tenth of a second, while a repair lasts.

Writes {"before": [...], "during": [...]} as JSON to /run/sampled.json: texts such as
"guestbook.service runs as root: /usr/bin/python3.11". "before" is what was in effect when it began,
which ends with /run/sample-ready; it ends when /run/sample-no-more is there.
"""

import contextlib
import json
import os
import pathlib
import pwd
import re
import time

import psycopg2

READY, END, RESULT = (f"/run/{n}" for n in ("sample-ready", "sample-no-more", "sampled.json"))
INTERVAL = 0.1
UNITS = re.compile(r"/(guestbook\.service|nginx\.service|postgresql@[^/]+\.service)")
# What systemd runs on the way to the service's own program, and Debian's nginx.service to stop it.
ON_THE_WAY = re.compile(r"/systemd(-executor)?( \(deleted\))?$|^/usr/sbin/start-stop-daemon$")
# What changes when a server reads its files, and when it starts.
TIMES = "SELECT pg_conf_load_time(), pg_postmaster_start_time()"
SETTINGS = "SELECT name, setting FROM pg_settings WHERE source <> 'session'"


def processes():
    """Which user runs which program in the units."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            unit = UNITS.search(pathlib.Path(f"/proc/{pid}/cgroup").read_text())
            if not unit:
                continue
            program = os.readlink(f"/proc/{pid}/exe")
            if not ON_THE_WAY.search(program):
                yield f"{unit[1]} runs as {name(os.stat(f'/proc/{pid}').st_uid)}: {program}"


def name(uid):
    """A user's name; the number where somebody took the name away."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def lines(folder, *patterns):
    """The lines of the files that say something."""
    for path in sorted(path for each in patterns for path in pathlib.Path(folder).glob(each)):
        with contextlib.suppress(OSError, UnicodeError):
            for line in path.read_text().splitlines():
                if line.strip() and not line.strip().startswith("#"):
                    yield f"{path}: {' '.join(line.split())}"


def newest(folder):
    """When something in a folder changed last; in seconds since the epoch."""
    return max(
        path.lstat().st_mtime for path in [*pathlib.Path(folder).rglob("*"), pathlib.Path(folder)]
    )


class Server:
    """The settings in effect, and the lines of pg_hba.conf at each time that it was loaded."""

    def __init__(self):
        self._connection = None
        self._times = None
        self._found = []

    def look(self):
        with contextlib.suppress(psycopg2.Error):
            if self._connection is None:
                # As root, who is let in by the administrator's own line after this.
                os.seteuid(pwd.getpwnam("postgres").pw_uid)
                try:
                    self._connection = psycopg2.connect("user=postgres dbname=postgres")
                finally:
                    os.seteuid(0)
                self._connection.autocommit = True
            cursor = self._connection.cursor()
            cursor.execute(TIMES)
            times = cursor.fetchone()
            if times != self._times:
                cursor.execute(SETTINGS)
                self._found = [f"{name} = {setting}" for name, setting in cursor.fetchall()]
                self._found += self._hba(times[0].timestamp())
                self._times = times
            return self._found
        self._connection = None
        return []

    def _hba(self, loaded):
        # Whether what is there now was loaded, the first look cannot know.
        if self._times is None and newest("/etc/postgresql") > loaded:
            return []
        return list(lines("/etc/postgresql", "*/*/pg_hba.conf"))


class Nginx:
    """The lines of nginx's files at each time that its workers started."""

    def __init__(self):
        self._started = None

    def look(self):
        started = None
        with contextlib.suppress(OSError, ValueError):
            master = pathlib.Path("/run/nginx.pid").read_text().strip()
            children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
            started = max(pathlib.Path(f"/proc/{child}").stat().st_ctime for child in children)
        if started is None or started == self._started:
            return []
        is_first, self._started = self._started is None, started
        if is_first and newest("/etc/nginx") > started:
            return []
        return list(lines("/etc/nginx", "nginx.conf", "*-enabled/*", "conf.d/*.conf"))


def main():
    server, nginx = Server(), Nginx()

    def look():
        return {*processes(), *server.look(), *nginx.look()}

    before, during = look(), set()
    pathlib.Path(READY).touch()
    while not os.path.exists(END):
        during |= look()
        time.sleep(INTERVAL)
    during |= look()
    pathlib.Path(RESULT).write_text(
        json.dumps({"before": sorted(before), "during": sorted(during)})
    )


if __name__ == "__main__":
    main()
