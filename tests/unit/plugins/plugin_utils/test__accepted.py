"""What of audit_accepted is for a host today, and what makes no sense."""

import datetime

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _accepted

DAY = datetime.date(2026, 11, 26)
ENTRY = {"id": "unit.drop_in", "reason": "ticket 7"}
TAKEN = [
    ({}, True),
    ({"hosts": ["web1"]}, True),
    ({"hosts": ["app"]}, True),
    ({"hosts": ["all"]}, True),
    ({"hosts": ["web2"]}, False),
    ({"hosts": []}, False),
    ({"until": "2026-11-26"}, True),
    ({"until": "2026-11-25"}, False),
    ({"until": datetime.date(2026, 11, 27)}, True),
]
MISTAKES = [
    ("drop_in", "is no list"),
    (["drop_in"], r"audit_accepted\[0\] is no mapping"),
    ([{"id": "unit.drop_in"}], r"\[0\].reason is empty"),
    ([ENTRY, {"id": "drop_in", "reason": "x"}], r"\[1\].id is no id"),
    ([{**ENTRY, "hosts": "web1"}], "hosts is no list"),
    ([{**ENTRY, "until": "next year"}], "until is no day such as 2027-01-31: next year"),
    ([{**ENTRY, "host": ["web1"]}], "has host, which is none of hosts, id, reason"),
]


@pytest.mark.parametrize(("changes", "is_taken"), TAKEN)
def test_which_are_taken(changes, is_taken):
    found = _accepted.for_host([{**ENTRY, **changes}], "web1", ["app"], DAY)
    assert [each["id"] for each in found] == (["unit.drop_in"] if is_taken else [])


def test_what_is_taken_is_complete():
    (found,) = _accepted.for_host([ENTRY], "web1", [], DAY)
    assert found == {"id": "unit.drop_in", "subject": "", "reason": "ticket 7", "until": ""}


@pytest.mark.parametrize(("entries", "message"), MISTAKES)
def test_what_makes_no_sense_is_named(entries, message):
    with pytest.raises(_accepted.AcceptedError, match=message):
        _accepted.for_host(entries, "web1", [], DAY)
