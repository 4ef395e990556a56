import re

from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit, _audit_html

FINDING = dict.fromkeys(_audit.FIELDS, "<script>alert(1)</script>")
DIFFERENCE = {**FINDING, "kind": "file", "role": "app", "severity": "error"}
PAGE = _audit_html.render(
    _audit.build({"<i>web1": {"differences": [DIFFERENCE], "compared": []}}, "now")
)


def test_what_a_host_says_is_escaped():
    assert "<script>alert" not in PAGE
    assert "<i>" not in PAGE
    assert "&lt;script&gt;alert(1)" in PAGE


def test_nothing_is_loaded_from_elsewhere():
    assert re.search(r"src=|href=[^#]*\"[^#]|url\(|@import|https?:", PAGE) is None


def test_what_was_not_checked_is_shown():
    unseen = {**DIFFERENCE, "reason": "there is a <pooler>"}
    found = {"differences": [], "not_checked": [unseen], "compared": []}
    page = _audit_html.render(_audit.build({"web1": found}, "now"))
    assert "Everything is as declared" not in page
    assert "Everything that was checked is as declared" in page
    assert "there is a &lt;pooler&gt;" in page


def test_a_clean_report_says_so():
    page = _audit_html.render(_audit.build({"web1": {"differences": [], "compared": []}}, "now"))
    assert "Everything is as declared" in page
