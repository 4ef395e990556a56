"""Every fault of faults.py on a real host gets its code, in time, and without a secret."""

import contextlib
import itertools
import json
import os
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import faults
import hosts
import pytest

URL = f"postgresql://guestbook:{quote(hosts.PASSWORD, safe='')}@127.0.0.1:5432/guestbook"
PLACES = {
    "url": URL,
    "head": URL.partition("@")[0] + "@",
    "rest": URL.partition("://")[2],
}
SET_PASSWORD = "ALTER ROLE guestbook PASSWORD '{}'".format(hosts.PASSWORD.replace("'", "''"))
PRELUDE = faults.PRELUDE + (
    "repassword() { runuser -u postgres -- psql -Xq -d guestbook -c "
    f"{shlex.quote(SET_PASSWORD)}; }}\n"
)
# What each answer may take, and besides it the host's own work, on a machine that does other work
# too; where the module has stretched its limits, so is this.
TIMEOUT = 2
SECONDS = 12
# An application has this much more time to be loaded.
LOADING = 30


SPINNING = ("service.restarting", "service.worker_exits", "service.worker_killed")

# What a slow machine finds, which is as right: with limits as long as theirs, a pooler comes to say
# why it hangs, and what has only begun to wait has waited for long.
OTHERWISE = {
    "bouncer: refused by the server": "auth.rejected",
    "import has only begun": "service.boot_hangs",
    "import waits before Gunicorn is ready": "service.boot_hangs",
}


def diagnose(host, fault, at=contextlib.nullcontext):
    """The answer to a fault, whose host is as before afterwards; at is a context in which it is
    injected and diagnosed."""
    options = {
        key: value.format(**PLACES) if key == "database_url" else value
        for key, value in fault.options.items()
    }
    layer = OTHERWISE.get(fault.name, fault.code).partition(".")[0]
    if layer != "ok":
        options["last_layer"] = layer
    hosts.shell(host, f"{PRELUDE}\nserves")
    try:
        with at():
            hosts.shell(host, f"{PRELUDE}\n{fault.make}")
            started = time.monotonic()
            found = hosts.diagnose(
                host, timeout=TIMEOUT, account=fault.account, view=fault.view, **options
            )
            found["seconds"] = time.monotonic() - started
    finally:
        hosts.shell(host, f"{PRELUDE}\n{fault.undo}")
    return found


ALL = faults.FAULTS + faults.ALONE + faults.WELL
EACH_ON_ALL = os.environ.get("FAULTS") == "all"


def rounds():
    """What is diagnosed at the same time, {host: fault}: two faults, each on another host, of every
    code one; and in make soak-faults each fault on all hosts. What starts again and again takes
    much of the machine that the hosts share, and is alone."""
    spinning = [fault for fault in ALL if fault.code in SPINNING]
    if EACH_ON_ALL:
        yield from (dict.fromkeys(hosts.FLEET, fault) for fault in ALL if fault not in spinning)
        yield from ({host: fault} for fault in spinning for host in hosts.FLEET)
        return
    others = list({fault.code: fault for fault in ALL if fault not in spinning}.values())
    number = len(hosts.FLEET)
    for first in range(0, len(others), number):
        yield dict(zip(hosts.FLEET, others[first : first + number]))
    yield from ({host: fault} for host, fault in zip(itertools.cycle(hosts.FLEET), spinning))


def names(made):
    """A round's name, which no row of another table has in make soak-faults."""
    if EACH_ON_ALL:
        return f"{next(iter(made.values())).name} on {' and '.join(made)}"
    return ", ".join(fault.name for fault in made.values())


@pytest.mark.rows(20)
@pytest.mark.parametrize("made", rounds(), ids=names)
def test_a_fault_has_its_code(fleet, made):
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(diagnose, made, made.values()))
    for (host, fault), found in zip(made.items(), answers):
        # Of two times, the shorter tells less of what else the machine did.
        require(diagnose(host, fault) if is_late(found, fault) else found, fault)


def is_late(found, fault):
    bound = SECONDS + (LOADING if fault.code == "schema.loading_hangs" else 0)
    return found["seconds"] >= bound * found["timeout"] / TIMEOUT


def require(found, fault):
    assert found["verdict"]["code"] == fault.code, found["verdict"]
    assert fault.said in found["verdict"]["message"]
    assert not is_late(found, fault), found["seconds"]
    require_no_secret(found)


def require_no_secret(found):
    text = json.dumps(found, ensure_ascii=False)
    for secret in (hosts.PASSWORD, quote(hosts.PASSWORD, safe="")):
        assert secret not in text
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in text


# A fault of each of three layers; all of them in make soak-faults.
SLOWLY = [
    fault
    for fault in ALL
    if EACH_ON_ALL or fault.name in ("not PostgreSQL", "wrong password", "page waits")
]


@contextlib.contextmanager
def tenth_of_a_core(host):
    """The host has little of the machine meanwhile."""

    def limit(cpus):
        subprocess.run(["docker", "update", "--cpus", cpus, host], check=True, capture_output=True)

    limit("0.1")
    try:
        yield
    finally:
        limit(str(os.cpu_count()))


@pytest.mark.parametrize("fault", SLOWLY, ids=lambda fault: fault.name)
def test_a_host_with_a_tenth_of_a_core_gets_no_wrong_verdict(fleet, fault):
    """The right one, or that it is slow, which outranks nothing that fails for certain."""
    with ThreadPoolExecutor() as pool:
        answers = pool.map(
            lambda host: diagnose(host, fault, lambda: tenth_of_a_core(host)), hosts.FLEET
        )
        for found in answers:
            code = found["verdict"]["code"]
            right = (fault.code, OTHERWISE.get(fault.name))
            assert code in right or code.endswith(".slow"), found["report"]
            require_no_secret(found)


GERMAN = list(hosts.FLEET)[1]
# What the server itself has to say.
SPOKEN = [
    fault
    for fault in faults.FAULTS
    if fault.code.partition(".")[0] in ("auth", "database", "capacity")
    or fault.code in ("tls.required", "tls.forbidden", "tcp.shutting_down")
]


@pytest.fixture(scope="module")
def german(fleet):
    """A server whose messages are no English."""
    hosts.shell(
        GERMAN,
        "DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes locales >/dev/null;"
        "localedef -i de_DE -f UTF-8 de_DE.UTF-8;"
        "echo \"lc_messages = 'de_DE.UTF-8'\" > /etc/postgresql/17/main/conf.d/zz-language.conf;"
        "systemctl restart postgresql",
    )
    yield
    hosts.shell(
        GERMAN, "rm /etc/postgresql/17/main/conf.d/zz-language.conf; systemctl restart postgresql"
    )


@pytest.mark.parametrize("fault", SPOKEN, ids=lambda fault: fault.name)
def test_a_server_that_speaks_german_has_the_same_codes(german, fault):
    require(diagnose(GERMAN, fault), fault)


def test_the_server_did_speak_german(german):
    found = diagnose(GERMAN, next(fault for fault in SPOKEN if fault.name == "no such database"))
    assert "existiert nicht" in found["verdict"]["message"]


def test_the_host_is_well_again(host):
    """Else an earlier fault was not undone, and the codes of the later ones mean nothing."""
    found = hosts.diagnose(host, **faults.UNIT)
    assert found["verdict"]["code"] == "ok", found["report"]
    assert [layer["status"] for layer in found["layers"]] == ["ok"] * 14
