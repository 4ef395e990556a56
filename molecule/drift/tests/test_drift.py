import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import outcomes
from drifts import DRIFTS, SELECTION

CHOSEN = DRIFTS if os.environ.get("DRIFTS") == "all" else SELECTION
INVENTORY = os.environ["MOLECULE_INVENTORY_FILE"]
HOSTS = ["fleet1", "fleet2", "fleet3", "fleet4"]


@pytest.fixture(scope="session")
def results():
    return {drift.name: o for drift, o in outcomes.run(INVENTORY, HOSTS, CHOSEN)}


@pytest.fixture(params=CHOSEN, ids=[drift.name for drift in CHOSEN])
def drift(request):
    return request.param


@pytest.fixture
def outcome(drift, results):
    return results[drift.name]


def test_it_is_found_and_nothing_else_is(drift, outcome):
    assert outcome.made == ""
    assert [(f[0], f[1]) for f in outcome.found] == [(drift.check, drift.direction)]


def test_the_audit_changes_nothing(outcome):
    assert outcome.changed == []


def test_its_remedy_repairs_it(outcome):
    assert outcome.site == ""
    assert outcome.left == []
    assert outcome.answer.endswith("200 OK")
