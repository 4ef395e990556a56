import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import (
    _audit,
    _audit_html,
    _audit_junit,
    _audit_table,
)

DIFFERENCE = {
    "id": "pg_hba.line",
    "role": "pg_hba",
    "kind": "pg_hba",
    "resource": "/h",
    "attribute": "line 1",
    "check": "line",
    "subject": "1",
    "direction": "unexpected",
    "severity": "error",
    "expected": "no such line",
    "actual": "host all all all trust \x00\x1b[31m <b>",
    "cause": "A hand.",
    "remedy": "sed\nreload",
    "owned": False,
    "live": False,
    "waits": False,
    "because": [],
}
UNSEEN = {
    "id": "user.home", "role": "app", "kind": "user", "resource": "shop", "attribute": "home",
    "check": "home", "subject": "",
    "reason": "there is a pooler",
}  # fmt: skip
FOLLOWING = {
    **DIFFERENCE, "id": "request.status", "role": "site", "kind": "request", "resource": "http://h/",
    "attribute": "status", "check": "status", "subject": "", "because": ["any error"],
}  # fmt: skip
COMPARED = [["pg_hba", "pg_hba", "/h"], ["app", "user", "shop"]]
RESULTS = {
    "web1": {"differences": [], "compared": COMPARED},
    "web2": {
        "differences": [DIFFERENCE, {**DIFFERENCE, "severity": "warning", "role": "app"}],
        "compared": COMPARED,
    },
    "web3": {"unreachable": True, "msg": "no route"},
    "web4": {},
    "web5": {"differences": [], "not_checked": [UNSEEN], "compared": COMPARED},
}
REPORT = _audit.build(RESULTS, "2026-01-01T00:00:00+00:00")


def test_the_report_has_its_schema():
    assert json.loads(json.dumps(REPORT)) == REPORT
    assert REPORT["schema"] == 1
    assert {name: host["status"] for name, host in REPORT["hosts"].items()} == {
        "web1": "ok",
        "web2": "drift",
        "web3": "unreachable",
        "web4": "drift",
        "web5": "incomplete",
    }
    assert tuple(REPORT["hosts"]["web2"]["findings"][0]) == (*_audit.FIELDS, "since")
    assert REPORT["hosts"]["web2"]["findings"][0]["resource"] == "pg_hba /h"
    assert REPORT["summary"] == {
        "hosts": 5,
        "ok": 1,
        "incomplete": 1,
        "drift": 2,
        "unreachable": 1,
        "errors": 3,
        "warnings": 1,
        "not_checked": 1,
        "accepted": 0,
        "compared": 6,
    }


def test_what_is_accepted_is_no_finding_and_told():
    accepted = {**DIFFERENCE, "reason": "ticket 7", "until": "2027-01-31"}
    found = {"differences": [], "accepted": [accepted], "compared": COMPARED}
    report = _audit.build({"web1": found}, "2026-01-01T00:00:00+00:00")
    assert (report["summary"]["accepted"], report["summary"]["errors"]) == (1, 0)
    assert report["hosts"]["web1"]["status"] == "ok"
    assert report["hosts"]["web1"]["accepted"][0]["reason"] == "ticket 7"
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    lines = _audit_table.table(report)
    assert "web1: accepted until 2027-01-31: pg_hba.line" in lines
    assert "ticket 7" in _audit_html.render(report)


@pytest.mark.parametrize(
    ("last", "since"),
    [
        (None, "2026-01-03"),
        ({}, "2026-01-03"),
        # From the first report that had it, by the one before this.
        ([{**DIFFERENCE, "resource": "pg_hba /h", "since": "2026-01-01"}], "2026-01-01"),
        ([{**DIFFERENCE, "resource": "pg_hba /other", "since": "2026-01-01"}], "2026-01-03"),
        ([{**DIFFERENCE, "resource": "pg_hba /h", "direction": "missing"}], "2026-01-03"),
        # A report of an earlier release does not say.
        ([{**DIFFERENCE, "resource": "pg_hba /h"}], "2026-01-02"),
    ],
)
def test_since_when_a_finding_is_known(last, since):
    report = {"generated": "2026-01-02", "hosts": {"web1": {"findings": last}}} if last else last
    found = {"web1": {"differences": [DIFFERENCE], "compared": COMPARED}}
    report = _audit.build(found, "2026-01-03", report)
    assert report["hosts"]["web1"]["findings"][0]["since"] == since


SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "audit.schema.json").read_text())
# As 0.1.0 wrote it.
OLD = {
    "schema": 1,
    "generated": "2026-01-01T00:00:00+00:00",
    "hosts": {
        "web1": {
            "status": "drift",
            "findings": [
                {
                    "id": "pg_hba.line", "role": "pg_hba", "resource": "pg_hba /h",
                    "attribute": "line 1", "direction": "unexpected", "severity": "error",
                    "expected": "no such line", "actual": "host all all all trust",
                    "cause": "A hand.", "remedy": "sed",
                }
            ],
            "compared": [{"role": "pg_hba", "resource": "pg_hba /h"}],
        }
    },
    "summary": {
        "hosts": 1, "ok": 0, "drift": 1, "unreachable": 0, "errors": 1, "warnings": 0,
        "compared": 1,
    },
}  # fmt: skip


@pytest.mark.parametrize("report", [REPORT, OLD], ids=["now", "0.1.0"])
def test_the_report_is_what_its_json_schema_says(report):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)


@pytest.mark.parametrize("field", ["id", "severity", "resource", "direction", "remedy"])
def test_the_json_schema_refuses_what_lacks_a_field(field):
    report = json.loads(json.dumps(REPORT))
    del report["hosts"]["web2"]["findings"][0][field]
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.Draft202012Validator(SCHEMA).validate(report)


def test_a_host_that_was_not_audited_is_a_finding():
    ids = [f["id"] for name in ("web3", "web4") for f in REPORT["hosts"][name]["findings"]]
    assert ids == ["host.reachable", "host.audited"]
    assert REPORT["hosts"]["web3"]["findings"][0]["actual"] == "no route"


@pytest.mark.parametrize(
    ("fail_on", "count"), [("error", 3), ("warning", 4), ("not_checked", 5), ("never", 0)]
)
def test_what_a_run_fails_on(fail_on, count):
    assert _audit.failing(REPORT, fail_on) == count


def test_the_overview_has_the_worst_of_each_area():
    assert _audit.areas_of(REPORT) == ["pg_hba", "app", "site"]
    assert _audit.overview(REPORT)["web1"] == {"pg_hba": "ok", "app": "ok", "site": ""}
    assert _audit.overview(REPORT)["web2"] == {"pg_hba": "error", "app": "warning", "site": ""}


def test_what_was_not_checked_is_never_ok():
    assert _audit.overview(REPORT)["web5"] == {"pg_hba": "ok", "app": "not checked", "site": ""}
    assert REPORT["hosts"]["web5"]["not_checked"] == [
        {
            f: {**UNSEEN, "resource": "user shop", "identity": "shop"}[f]
            for f in _audit.UNSEEN_FIELDS
        }
    ]
    root = ElementTree.fromstring(_audit_junit.junit(REPORT))  # noqa: S314
    suite = root.find("testsuite[@name='web5']")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert suite.find(".//skipped").get("message") == "home: there is a pooler"
    lines = _audit_table.table(REPORT)
    assert "web5: not checked: user.home" in lines
    assert "  reason:   there is a pooler" in lines


def test_what_follows_from_a_finding_is_never_ok():
    again = {"role": "app", "kind": "user", "resource": "shop", "because": ["file /x"]}
    found = {
        "differences": [DIFFERENCE],
        "consequences": [FOLLOWING, again],
        "compared": [*COMPARED, ["site", "request", "http://h/"]],
    }
    report = _audit.build({"web1": found}, "now")
    assert _audit.overview(report)["web1"] == {"pg_hba": "error", "app": "ok", "site": "follows"}
    assert report["summary"]["errors"] == 1
    assert report["hosts"]["web1"]["follows"] == [
        {
            f: {**FOLLOWING, "resource": "request http://h/", "identity": "http://h/"}[f]
            for f in _audit.FOLLOWING_FIELDS
        }
    ]
    suite = ElementTree.fromstring(_audit_junit.junit(report)).find("testsuite")  # noqa: S314
    assert suite.get("failures") == "2"
    failure = suite.find(".//failure[@type='request.status']")
    assert failure.get("message") == "status: unexpected, which follows from any error"
    assert "web1: follows from these: request.status" in _audit_table.table(report)


def test_what_failed_is_not_also_skipped():
    unseen = {**UNSEEN, "kind": "pg_hba", "resource": "/h", "role": "pg_hba"}
    both = {"differences": [DIFFERENCE], "not_checked": [unseen], "compared": COMPARED}
    report = _audit.build({"web1": both}, "now")
    suite = ElementTree.fromstring(_audit_junit.junit(report)).find("testsuite")  # noqa: S314
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "0")
    assert _audit.overview(report)["web1"]["pg_hba"] == "error"
