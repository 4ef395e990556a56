"""What nobody declared is found and nothing else is, by an audit that changes nothing; and mended.

Each drift alone with DRIFTS=all; else several at once, of which none says anything of another.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import cases
import outcomes
from drifts import DRIFTS, SELECTION

CASES = cases.alone(DRIFTS) if os.environ.get("DRIFTS") == "all" else cases.together(SELECTION)
NAMES = [", ".join(drift.name for drift in case) for case in CASES]
# A long run goes on with a row; see tests/soak.py.
FIRST = NAMES.index(os.environ.get("FROM") or NAMES[0])
INVENTORY = os.environ["MOLECULE_INVENTORY_FILE"]
HOSTS = ["fleet1", "fleet2", "fleet3", "fleet4"]


class Outcomes:
    """The outcomes in the order of their cases, which are made when somebody asks for one."""

    def __init__(self):
        self._known = []
        self._coming = outcomes.run(INVENTORY, HOSTS, CASES[FIRST:])

    def of(self, case):
        number = CASES.index(case) - FIRST
        while number >= len(self._known):
            self._known.append(next(self._coming))
        return self._known[number]


@pytest.fixture(scope="session")
def results():
    return Outcomes()


# Of the session, so that all tests of one case come before those of the next.
@pytest.fixture(scope="session", params=CASES[FIRST:], ids=NAMES[FIRST:])
def case(request):
    return request.param


@pytest.fixture
def outcome(case, results):
    return results.of(case)


def test_it_is_found_and_nothing_else_is(case, outcome):
    assert outcome.made == ""
    made = sorted((drift.check, drift.direction) for drift in case)
    assert sorted((each.id, each.direction) for each in outcome.found) == made


def test_the_audit_changes_nothing(outcome):
    assert outcome.changed == []


def test_its_remedy_repairs_it(outcome):
    assert outcome.site == ""
    assert outcome.left == []
    assert outcome.answer.split()[1:2] == ["200"]


def test_nothing_foreign_comes_into_effect_meanwhile(outcome):
    assert outcome.foreign == []
