import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import outcomes
from drifts import DRIFTS, SELECTION

CHOSEN = DRIFTS if os.environ.get("DRIFTS") == "all" else SELECTION
# A long run goes on with a row; see tests/soak.py.
CHOSEN = CHOSEN[[drift.name for drift in CHOSEN].index(os.environ.get("FROM") or CHOSEN[0].name) :]
INVENTORY = os.environ["MOLECULE_INVENTORY_FILE"]
HOSTS = ["fleet1", "fleet2", "fleet3", "fleet4"]


class Outcomes:
    """The outcomes by the names of their drifts, which are made when somebody asks for one."""

    def __init__(self):
        self._known = {}
        self._coming = outcomes.run(INVENTORY, HOSTS, CHOSEN)

    def of(self, drift):
        while drift.name not in self._known:
            made, outcome = next(self._coming)
            self._known[made.name] = outcome
        return self._known[drift.name]


@pytest.fixture(scope="session")
def results():
    return Outcomes()


# Of the session, so that all tests of one drift come before those of the next.
@pytest.fixture(scope="session", params=CHOSEN, ids=[drift.name for drift in CHOSEN])
def drift(request):
    return request.param


@pytest.fixture
def outcome(drift, results):
    return results.of(drift)


def test_it_is_found_and_nothing_else_is(drift, outcome):
    assert outcome.made == ""
    assert [(f[0], f[1]) for f in outcome.found] == [(drift.check, drift.direction)]


def test_the_audit_changes_nothing(outcome):
    assert outcome.changed == []


def test_its_remedy_repairs_it(outcome):
    assert outcome.site == ""
    assert outcome.left == []
    assert outcome.answer.endswith("200 OK")
