import os
import subprocess
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import strangers

GROUPS = [
    ("/system.slice/shop.service", "shop.service"),
    ("/system.slice/system-x.slice/postgresql@17-main.service", "postgresql@17-main.service"),
    ("/user.slice/user-0.slice/session-3.scope", "session-3.scope"),
    ("/user.slice/user-0.slice/user@0.service/app.slice/x.service", "user@0.service"),
    ("/system.slice/shop.service/inner", "shop.service"),
    ("/init.scope", "init.scope"),
    ("/", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "unit"), GROUPS)
def test_the_unit_of_a_control_group(path, unit):
    assert strangers.unit_in(path) == unit


COMMANDS = [
    (["sleep", "1000"], "sleep ..."),
    (["/bin/sh", "-c", "echo secret"], "/bin/sh ..."),
    (["python3", "/etc/passwd", "--password=hunter2"], "python3 /etc/passwd ..."),
    (["curl", "-u", "a:b", "/etc/passwd"], "curl ... /etc/passwd"),
    (["nginx: worker process"], "nginx:"),
    ([""], "a kernel thread"),
]


@pytest.mark.parametrize(("words", "text"), COMMANDS)
def test_no_argument_is_shown_that_may_be_a_secret(words, text):
    assert strangers.shown(words) == text


@pytest.fixture
def stranger():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as started:
        yield started
        started.kill()


def test_a_process_is_described(stranger):
    text = strangers.described(stranger.pid)
    assert f"(process {stranger.pid} of " in text
    assert "sleep" not in text


def test_the_remedy_ends_a_process(stranger):
    subprocess.run(["bash", "-c", strangers.remedy([stranger.pid])], check=True)
    assert stranger.wait(1) == -15


def test_the_remedy_ends_no_other_process_of_the_number(stranger):
    ticks = strangers.units.start_ticks(stranger.pid)
    command = strangers.remedy([stranger.pid]).replace(f":{ticks}", f":{ticks + 1}")
    subprocess.run(["bash", "-c", command], check=True)
    assert stranger.poll() is None


def test_the_family_of_a_process(stranger):
    table = strangers.table()
    assert stranger.pid in strangers.family([os.getpid()], table)
    assert strangers.family([stranger.pid], table) == {stranger.pid}
