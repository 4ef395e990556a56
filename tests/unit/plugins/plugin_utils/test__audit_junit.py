from xml.etree import ElementTree

from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit_junit


def test_junit_is_xml_whatever_a_host_says(report):
    root = ElementTree.fromstring(_audit_junit.junit(report))  # noqa: S314
    suite = root.find("testsuite[@name='web2']")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    assert "trust ??[31m <b>" in suite.find(".//failure").text
    assert root.find("testsuite[@name='web1']").get("failures") == "0"
