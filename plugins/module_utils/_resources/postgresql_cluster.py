# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of PostgreSQL as Debian names it: is its data in one of another version, does it start
at boot, and is it the only one?

A new version's cluster of the same name would be empty, and nobody's data would be in it. Another
server on the host may be anybody's; none is ever dropped.
"""

from __future__ import annotations

import glob
import os
import pwd
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import settings_file
from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "version": {"type": "str", "required": True},
    "cluster": {"type": "str", "required": True},
}

CHECKS = {
    "version": Check("error", "The data is in another version than the declared one."),
    "beside": Check("warning", "The cluster was upgraded, and the former one was not dropped."),
    "start": Check("error", "Somebody took the cluster out of what starts at boot."),
    "other": Check("warning", "Somebody made another cluster, which runs or starts at boot."),
    "process": Check("warning", "Somebody started a server that is no cluster of Debian's."),
}

CONFIGURATION = "/etc/postgresql"


class Cluster(NamedTuple):
    """A cluster; start is what its start.conf says, pid 0 where it does not run."""

    version: str
    name: str
    port: str
    data: str
    start: str
    owner: str
    pid: int = 0

    @property
    def folder(self) -> str:
        return os.path.join(CONFIGURATION, self.version, self.name)


def identity(resource: Options) -> str:
    return f"{resource['version']}/{resource['cluster']}"


def read(_resource: Options, host: Host) -> Any:
    """(all Clusters, {data directory: (process, user)} of the servers that are of none)."""
    running: dict[str, tuple[int, str]] = host.once(("postmasters",), _running)
    paths = sorted(glob.glob(f"{CONFIGURATION}/*/*/postgresql.conf"))
    clusters = [_cluster(os.path.dirname(path), running) for path in paths]
    of_clusters = {cluster.data for cluster in clusters}
    return clusters, {data: who for data, who in running.items() if data not in of_clusters}


def _cluster(folder: str, running: Mapping[str, tuple[int, str]]) -> Cluster:
    version, name = folder.split(os.sep)[-2:]
    said = settings_file.assigned(f"{folder}/postgresql.conf")
    data = said.get("data_directory") or f"/var/lib/postgresql/{version}/{name}"
    # Servers are known by where they are, wherever links lead.
    data = os.path.realpath(data)
    return Cluster(
        version, name, said.get("port", "5432"), data, _start(f"{folder}/start.conf"),
        _user(os.stat(folder).st_uid), running.get(data, (0, ""))[0],
    )  # fmt: skip


def _start(path: str) -> str:
    """As PgCommon.pm reads it: the first word that is no comment, and auto without one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return "auto"
    with open(descriptor, encoding="utf-8", errors="replace") as stream:
        words = [line.partition("#")[0].strip() for line in stream.read(10_000).splitlines()]
    return next(filter(None, words), "auto")


def _running() -> dict[str, tuple[int, str]]:
    """{data directory: (process, user)} of all servers that this host itself runs: those of
    containers have process numbers of their own."""
    found = {}
    own = _link("self/ns/pid")
    for name in filter(str.isdigit, os.listdir("/proc")):
        # Of the processes of one server, all but the first are named by what they do.
        if os.path.basename(_link(f"{name}/exe")) == "postgres" and _link(f"{name}/ns/pid") == own:
            try:
                with open(f"/proc/{name}/cmdline", "rb") as stream:
                    is_first = not stream.read(10).startswith(b"postgres: ")
                user = _user(os.stat(f"/proc/{name}").st_uid)
            except OSError:
                continue
            if is_first:
                found[_link(f"{name}/cwd")] = (int(name), user)
    return found


def _link(name: str) -> str:
    try:
        return os.readlink(f"/proc/{name}")
    except OSError:
        return ""


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    """Attributes: "version" (only other versions have it), "beside" (others have it too)."""
    clusters, strangers = actual
    version, name = resource["version"], resource["cluster"]
    own = [each for each in clusters if (each.version, each.name) == (version, name)]
    found = [
        _beside(each, clusters) if own else _other_version(resource, each)
        for each in clusters if each.name == name and each.version != version
    ]  # fmt: skip
    found += [_not_at_boot(each) for each in own if each.start != "auto"]
    others = [each for each in clusters if each.name != name]
    found += [_other(each) for each in others if each.pid or each.start == "auto"]
    return [*found, *_processes(strangers)]


def _beside(each: Cluster, clusters: Sequence[Cluster]) -> Difference:
    # It keeps its data under another name, and does not start with it.
    renamed = each._replace(name=f"{each.name}_{each.version}")
    taken = {cluster.name for cluster in clusters if cluster.version == each.version}
    while renamed.name in taken:
        renamed = renamed._replace(name=f"{renamed.name}_")
    rename = shlex.join(["pg_renamecluster", each.version, each.name, renamed.name])
    return difference(
        "beside", "no other version", each.version, "unexpected",
        f"{rename} && {_set(renamed, 'manual')}", subject=each.version,
    )  # fmt: skip


def _other_version(resource: Options, each: Cluster) -> Difference:
    words = ["pg_upgradecluster", "-v", resource["version"], each.version, each.name]
    return difference("version", resource["version"], each.version, remedy=shlex.join(words))


def _not_at_boot(each: Cluster) -> Difference:
    # The unit starts a cluster that is "manual" all the same, as long as it is enabled.
    severity = "error" if each.start == "disabled" else "warning"
    return difference("start", "auto", each.start, remedy=_set(each, "auto"), severity=severity)


def _other(each: Cluster) -> Difference:
    state = "runs" if each.pid else "starts at boot"
    stop = shlex.join(["pg_ctlcluster", each.version, each.name, "stop"])
    return difference(
        "other", "no other cluster",
        f"{state} on port {each.port}, with its data in {each.data}", "unexpected",
        _set(each, "manual") + (f" && {stop}" if each.pid else ""),
        subject=f"{each.version}/{each.name}",
    )  # fmt: skip


def _set(each: Cluster, word: str) -> str:
    """What has a cluster start at boot, or not; its owner may have put a link there."""
    write = f"echo {word} > {shlex.quote(f'{each.folder}/start.conf')}"
    return shlex.join(["runuser", "-u", each.owner, "--", "sh", "-c", write])


def _processes(strangers: Mapping[str, tuple[int, str]]) -> Iterator[Difference]:
    for data, (pid, user) in sorted(strangers.items()):
        yield difference(
            "process", "no other server", f"process {pid} of {user}", "unexpected",
            # A fast shutdown; it keeps its data.
            f"kill -INT {pid}", subject=data,
        )  # fmt: skip
