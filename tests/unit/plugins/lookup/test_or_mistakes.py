"""What is wanted, or else the mistakes; never the way through the templates."""

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template

VARIABLES = {
    "right": trust_as_template("{{ {'app': [given]} }}"),
    "given": 1,
    "wrong": trust_as_template("{{ own_value }}"),
    "own_value": trust_as_template("{{ nobody }}"),
    "mistakes": ["one", "two"],
    "none": [],
    "broken": trust_as_template("{{ [wrong] }}"),
}
CASES = [
    ("what is wanted", "right", "mistakes", {"app": [1]}),
    ("the mistakes", "wrong", "mistakes", {"_mistakes": ["one", "two"]}),
    ("no rule is broken", "wrong", "none",
     {"_mistakes": ["own_value cannot be worked out: 'nobody' is undefined."]}),
    ("the rules cannot be asked", "wrong", "broken",
     {"_mistakes": ["own_value cannot be worked out: 'nobody' is undefined."]}),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "mistakes", "found"), [row[1:] for row in CASES],
                         ids=[row[0] for row in CASES])  # fmt: skip
def test_what_it_is(wanted, mistakes, found):
    loader = DataLoader()
    templar = Templar(loader, VARIABLES)
    lookup = lookup_loader.get("flaskops.stack.or_mistakes", loader=loader, templar=templar)
    assert lookup.run([wanted, mistakes], VARIABLES) == [found]
