"""What nobody declared is found and nothing else is, by an audit that changes nothing; and mended.

Each drift alone and thirty pairs with DRIFTS=all; else several at once, of which none says anything
of another: the cases that hold most of them, and a pair.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import cases
import outcomes
from drifts import DRIFTS, SELECTION

ALL = os.environ.get("DRIFTS") == "all"
# Two on each of the hosts.
MOST = sorted(cases.together(SELECTION), key=len, reverse=True)[:7]
CASES = cases.alone(DRIFTS) if ALL else MOST
CASES = CASES + cases.pairs(DRIFTS, None if ALL else 1)
NAMES = [", ".join(drift.name for drift in case) for case in CASES]
# A long run goes on with a row; see tests/soak.py.
FIRST = NAMES.index(os.environ.get("FROM") or NAMES[0])
INVENTORY = os.environ["MOLECULE_INVENTORY_FILE"]
HOSTS = ["fleet1", "fleet2", "fleet3", "fleet4"]


class Outcomes:
    """The outcomes in the order of their cases, which are made when somebody asks for one."""

    def __init__(self):
        self._known = []
        self._coming = outcomes.run(INVENTORY, HOSTS, CASES[FIRST:], too_early=ALL)

    def of(self, number):
        while number - FIRST >= len(self._known):
            self._known.append(next(self._coming))
        return self._known[number - FIRST]


@pytest.fixture(scope="session")
def results():
    return Outcomes()


# Of the session, so that all tests of one case come before those of the next.
@pytest.fixture(scope="session", params=range(FIRST, len(CASES)), ids=NAMES[FIRST:])
def number(request):
    return request.param


@pytest.fixture
def outcome(number, results):
    return results.of(number)


def test_it_is_found_and_nothing_else_is(number, outcome):
    assert outcome.made == ""
    made = sorted((drift.check, drift.direction) for drift in CASES[number])
    assert sorted((each.id, each.direction) for each in outcome.found) == made


def test_the_audit_changes_nothing(outcome):
    assert outcome.changed == []


def test_its_remedy_repairs_it(outcome):
    assert outcome.site == ""
    assert outcome.left == []
    assert outcome.answer.split()[1:2] == ["200"]


def test_nothing_foreign_comes_into_effect_meanwhile(outcome):
    assert outcome.foreign == []
