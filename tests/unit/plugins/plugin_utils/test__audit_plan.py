import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit_plan


def finding(name, owned=False, live=False, waits=False, severity="error"):
    return {
        "id": f"kind.{name}", "subject": "", "resource": f"kind {name}", "identity": name,
        "owned": owned, "live": live, "waits": waits, "severity": severity,
    }  # fmt: skip


def minor(name):
    return finding(name, severity="warning")


def host(*findings, follows=(), restarts=None):
    return {"findings": list(findings), "follows": list(follows), "restarts": restarts or {}}


@pytest.mark.parametrize(
    ("audited", "first", "site", "then"),
    [
        (host(), [], [], []),
        (host(finding("a", owned=True)), [], ["a"], []),
        (host(finding("a")), ["a"], [], []),
        (host(finding("a", severity="warning")), [], [], ["a"]),
        # A run would be refused, because it may bring this into effect.
        (host(finding("a", owned=True), finding("b", waits=True)), ["b"], ["a"], []),
        # What could not be looked at for it comes to light once it is gone.
        (
            host(minor("a"), minor("b"), follows=[{"because": ["kind b"]}]),
            ["b"],
            [],
            ["a"],
        ),
        (
            host(minor("a"), minor("b"), follows=[{"because": ["kind.a"]}]),
            ["a"],
            [],
            ["b"],
        ),
    ],
)
def test_the_order_in_which_things_are_put_right(audited, first, site, then):
    plan = _audit_plan.plan(audited)
    found = [[each["identity"] for each in part] for part in (plan.first, plan.site, plan.then)]
    assert found == [first, site, then]


def test_the_worst_comes_first():
    found = _audit_plan.worst_first(
        [
            finding("clutter", severity="warning"),
            finding("waits", waits=True),
            finding("error"),
            finding("down", live=True),
        ]
    )
    assert [each["identity"] for each in found] == ["down", "error", "waits", "clutter"]


@pytest.mark.parametrize(
    ("restarts", "words"),
    [
        ({}, ""),
        ({"shop.service": "restart"}, "restarts shop.service"),
        (
            {"shop.service": "restart", "nginx.service": "reload", "a.service": "restart"},
            "reloads nginx.service, restarts a.service, shop.service",
        ),
    ],
)
def test_what_a_run_does_to_units(restarts, words):
    assert _audit_plan.restarts_in_words(restarts) == words
