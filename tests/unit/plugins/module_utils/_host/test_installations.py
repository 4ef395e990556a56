import fcntl
import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import installations


def waited(busy, missing, timeout=100.0):
    """(what is missing, seconds) of a wait; both are what is so from second to second."""
    clock = [0.0]

    def at(states):
        return states[min(int(clock[0]), len(states) - 1)]

    def sleep(seconds):
        clock[0] += seconds

    found = installations.wait(
        lambda: at(missing), timeout, lambda: at(busy), lambda: clock[0], sleep
    )
    return found, clock[0]


@pytest.mark.parametrize(
    ("busy", "missing", "found", "seconds"),
    [
        ([False], [[]], [], 0),
        ([True] * 3 + [False], [["x"]] * 2 + [[]], [], 3),
        # Configured, with triggers still to come.
        ([True] * 4 + [False], [["x"], []], [], 4),
        # Between two steps of one installation.
        ([False] * 3 + [True] * 4 + [False], [["x"]] * 6 + [[]], [], 7),
        ([False], [["x", "y"]], ["x", "y"], 5),
        ([True] * 2 + [False], [["x", "y"], ["y"]], ["y"], 7),
        ([True], [["x"]], ["x"], 100),
    ],
)
def test_it_waits_until_nothing_goes_on(busy, missing, found, seconds):
    what, when = waited(busy, missing)
    assert what == found
    assert when == pytest.approx(seconds, abs=0.3)


def test_whose_a_lock_is(tmp_path):
    path = tmp_path / "lock"
    assert not installations.is_held(str(path))
    path.touch()
    assert not installations.is_held(str(path))
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with path.open("wb") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX)
            os.write(ready[1], b"x")
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    try:
        assert installations.is_held(str(path))
    finally:
        os.write(done[1], b"x")
        os.waitpid(child, 0)
    assert not installations.is_held(str(path))
