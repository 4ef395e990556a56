"""Limits follow the machine's own speed, measured when one has run out."""

import sys
import time

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

SLOWNESS = [
    ("a quick machine", 0.01, 1),
    ("one as they are measured", pace.QUICK_START, 1),
    ("one that is busy, within what limits are generous for", 0.055, 1),
    ("one at a tenth of a core", 0.2, 10),
    ("one that hardly moves", 5, pace.MOST),
]


@pytest.mark.parametrize(("start", "factor"), [row[1:] for row in SLOWNESS],
                         ids=[row[0] for row in SLOWNESS])  # fmt: skip
def test_the_slowness_of_a_machine(start, factor):
    assert pace.slowness(start) == pytest.approx(factor)


class Clock:
    """A clock, and what measures a machine of a certain pace, without waiting."""

    def __init__(self, start):
        self.now = 0.0
        self.start = start
        self.measured = 0

    def __call__(self):
        return self.now

    def measure(self):
        self.measured += 1
        return self.start


def limit(clock, seconds=10):
    return pace.Limit(seconds, "it", clock, clock.measure)


def test_nothing_is_measured_while_the_limit_holds():
    clock = Clock(0.2)
    own = limit(clock)
    clock.now = 9
    assert own.left() == 1
    assert clock.measured == 0


def test_a_limit_that_has_run_out_is_stretched_by_the_pace():
    clock = Clock(0.2)
    own = limit(clock)
    clock.now = 10
    assert own.left() == 90
    clock.now = 99
    assert own.left() == 1
    clock.now = 100.5
    with pytest.raises(pace.Slow, match=r"it gave no answer within 100 s \(100.5 s have passed\)"):
        own.left()


def test_on_a_quick_machine_it_is_none():
    clock = Clock(0.01)
    own = limit(clock)
    clock.now = 10
    with pytest.raises(pace.Slow) as caught:
        own.left(lambda: 6)
    assert (caught.value.limit, caught.value.elapsed, caught.value.waits) == (10, 10, False)
    assert str(caught.value).endswith("passed; it has computed for 6.0 s of them)")


def test_what_waits_gets_no_more_time_on_a_slow_machine():
    """It has computed for a part of what such a machine would have let it."""
    clock = Clock(0.2)
    own = limit(clock)
    clock.now = 10
    assert own.left(lambda: 0.5) == 90
    with pytest.raises(pace.Slow) as caught:
        limit_that_ran_out(clock).left(lambda: 0.05)
    assert caught.value.waits


def limit_that_ran_out(clock):
    own = limit(clock)
    clock.now += 10
    return own


def test_a_machine_that_grows_slower_meanwhile_gets_more():
    clock = Clock(0.1)
    own = limit(clock)
    clock.now = 10
    assert own.left() == 40
    clock.now, clock.start = 50, 0.3
    assert own.left() == 100


def test_no_limit():
    assert limit(Clock(1), None).left() is None


def test_a_real_measure_is_a_moment():
    assert 0 < pace.measure() < 1


def test_a_command_that_only_asks():
    done = pace.run([sys.executable, "-c", "print(input())"], 30, input="what", text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "what\n", "")
    assert pace.run(["sh", "-c", "exit 3"], 30).returncode == 3
    with pytest.raises(FileNotFoundError):
        pace.run(["/no/such/program"], 30)


def test_a_command_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(pace, "slowness", lambda _start: 2)
    started = time.monotonic()
    with pytest.raises(pace.Slow, match="sleep 60 gave no answer"):
        pace.run(["sleep", "60"], 0.2)
    assert 0.4 < time.monotonic() - started < 10
