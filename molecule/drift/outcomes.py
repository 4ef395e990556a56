"""Makes drifts on converged hosts, and notes what the collection does about them.

A case is a list of drifts that are made on one host at once.
"""

import json
import os
import re
import subprocess
import tempfile
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# What an audit says of a finding; waits: whether a reload or restart would bring it into effect.
Found = namedtuple("Found", "id direction remedy waits")

# made: what the drifts' commands printed, if one failed. found and left: the findings before and
# after the repair. changed: what the audit has changed on the host.
# site: the end of site.yml's output, where it failed. answer: of a request at the end. foreign:
# what came into effect during the repair and is in effect neither before nor on a converged host.
Outcome = namedtuple("Outcome", "made found changed site left answer foreign")

SAMPLER = Path(__file__).parent / "sampler.py"

# Everything that an audit could change: files with their times, the catalogue, units and
# processes. Logs, statistics and the clock go on by themselves; /var/lib/flaskops is where an audit
# keeps what it has proven, so that the next one need not load the application.
SNAPSHOT = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev \
  -o -path /var/log -o -path /var/cache/pip -o -path '/var/lib/postgresql/*' \
  -o -path /var/lib/systemd -o -path /var/lib/flaskops -o -path /root/.psql_history \) -prune \
  -o -printf '%p %y %m %U %G %s %T@ %C@\n' | sort
find /run/guestbook* /run/systemd/system /run/nginx.pid -printf '%p %y %m %U %G\n' 2>&1 | sort
systemctl show --property=Id,ActiveState,UnitFileState,NeedDaemonReload,DropInPaths,MainPID \
  'guestbook.*' 'postgresql*' nginx.service
runuser -u postgres -- pg_dumpall --schema-only 2>&1 | grep -v '^.\(un\)\?restrict '
runuser -u postgres -- psql -XAtc "SELECT name, setting, pending_restart FROM pg_settings
  UNION ALL SELECT 'loaded', pg_conf_load_time()::text, false ORDER BY 1" 2>&1
"""

# In a remedy that is a sentence, what is to be run on the controller.
PLAYBOOK = re.compile(r"run flaskops\.stack\.(\w+) with (--extra-vars=\S+?)[;. ]")

REQUEST = r"""
exec 3<>/dev/tcp/127.0.0.1/80
printf 'GET /health/database HTTP/1.0\r\n\r\n' >&3
head -n 1 <&3
"""


def shell(host, command):
    """Run a command as root on a host; returns the finished process."""
    prefix = (
        # What a cluster of another version has left is older.
        "V=$(ls /etc/postgresql | sort -V | tail -n 1);"
        " R=$(readlink -f /srv/guestbook/current 2>/dev/null ||"
        " ls -d /srv/guestbook/releases/* | head -n 1);\n"
    )
    return subprocess.run(
        ["docker", "exec", host, "bash", "-c", prefix + command],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def play(inventory, name, *arguments):
    """Run one of the collection's playbooks on the fleet."""
    return subprocess.run(
        ["ansible-playbook", f"--inventory={inventory}", *arguments, f"flaskops.stack.{name}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "ANSIBLE_PIPELINING": "true"},
    )


def audit(inventory, hosts):
    """{host: [Found, ...]}."""
    with tempfile.TemporaryDirectory() as folder:
        done = play(
            inventory, "audit", f"--extra-vars=audit_report_dir={folder} audit_fail_on=never"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads((Path(folder) / "audit.json").read_text())
    return {
        host: [Found(*(f[n] for n in Found._fields)) for f in report["hosts"][host]["findings"]]
        for host in hosts
    }


def everywhere(function, *lists):
    with ThreadPoolExecutor(max_workers=8) as executor:
        return list(executor.map(function, *lists))


def run(inventory, hosts, cases, too_early=False):
    """Yield an Outcome for each case, one on each host at a time.

    too_early: whether somebody runs the site before what waits is taken away.
    """
    everywhere(_begin_to_sample, hosts)
    everywhere(shell, hosts, ["systemctl restart postgresql@$V-main nginx guestbook"] * len(hosts))
    converged = dict(zip(hosts, everywhere(_sampled, hosts)))
    for start in range(0, len(cases), len(hosts)):
        batch = cases[start : start + len(hosts)]
        yield from _batch(inventory, hosts[: len(batch)], batch, converged, too_early)


def _begin_to_sample(host):
    """Note from now on what is in effect on a host."""
    subprocess.run(["docker", "cp", "-q", SAMPLER, f"{host}:/root/sampler.py"], check=True)
    begin = (
        "rm -f /run/sample-* /run/sampled.json;"
        " setsid python3 /root/sampler.py >/run/sampler.log 2>&1 &"
        " for _ in $(seq 600); do [ -e /run/sample-ready ] && exit 0; sleep 0.1; done;"
        " cat /run/sampler.log >&2; exit 1"
    )
    done = shell(host, begin)
    assert done.returncode == 0, done.stderr


def _sampled(host):
    """(what was in effect at the beginning, what was in effect since then), two sets of texts."""
    end = (
        "touch /run/sample-no-more; for _ in $(seq 600); do [ -s /run/sampled.json ] && break;"
        " sleep 0.1; done; cat /run/sampled.json"
    )
    found = json.loads(shell(host, end).stdout)
    return set(found["before"]), set(found["during"])


def _batch(inventory, hosts, batch, converged, too_early):
    made = everywhere(shell, hosts, [_together(case) for case in batch])
    before = everywhere(shell, hosts, [SNAPSHOT] * len(hosts))
    found = audit(inventory, hosts)
    after = everywhere(shell, hosts, [SNAPSHOT] * len(hosts))
    everywhere(_begin_to_sample, hosts)
    early = [host for host in hosts if too_early and any(each.waits for each in found[host])]
    if early:
        # It has to refuse what waits, or not to load it.
        play(inventory, "site", f"--limit={','.join(early)}")
    site = _repair(inventory, hosts, found)
    sampled = dict(zip(hosts, everywhere(_sampled, hosts)))
    left = audit(inventory, hosts)
    # What a remedy has brought to light, such as a function that is the owner's now.
    again = {h: [each for each in left[h] if each not in found[h]] for h in hosts}
    if not site and any(again.values()):
        site = _repair(inventory, hosts, again)
        left = audit(inventory, hosts)
    answers = everywhere(shell, hosts, [REQUEST] * len(hosts))
    return [
        Outcome(
            made=(m.stdout + m.stderr) if m.returncode else "",
            found=found[host],
            changed=sorted(set(b.stdout.splitlines()) ^ set(a.stdout.splitlines())),
            site=site,
            left=left[host],
            answer=answer.stdout.strip(),
            foreign=_foreign(*sampled[host], converged, host, found[host]),
        )
        for host, m, b, a, answer in zip(hosts, made, before, after, answers)
    ]


def _foreign(before, during, converged, host, found):
    """What came into effect, without what is left of a file of nginx that a remedy has edited: that
    stays on the host."""
    strange = during - before - set.union(*converged[host])
    remedies = " ".join(each.remedy for each in found)
    edited = {
        t for t in strange if t.startswith("/etc/nginx/") and t.partition(": ")[0] in remedies
    }
    converged[host] = (*converged[host], edited)
    return sorted(strange - edited)


def _together(case):
    """One command that makes all drifts of a case."""
    return "\n".join(f"({drift.command}) || exit 1" for drift in case)


def _repair(inventory, hosts, found):
    """Do what the findings say: the site, or the printed command. Returns what failed."""
    need_site, playbooks, failed = [], [], ""
    for host in hosts:
        for each in found[host]:
            playbook = PLAYBOOK.search(each.remedy)
            if each.remedy == "Run flaskops.stack.site.":
                need_site.append(host)
            elif playbook:
                playbooks.append((host, playbook))
            else:
                shell(host, each.remedy)
    if need_site:
        done = play(inventory, "site", f"--limit={','.join(need_site)}")
        failed = "" if done.returncode == 0 else (done.stdout + done.stderr)[-3000:]
    for host, playbook in playbooks:
        play(inventory, playbook[1], f"--limit={host}", playbook[2])
    return failed
