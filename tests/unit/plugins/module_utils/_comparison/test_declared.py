import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import (
    DeclarationError,
    validated,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import link, unit

KINDS = {"link": link, "unit": unit}


def test_a_declaration_has_its_defaults():
    kind, options = validated({"kind": "unit", "unit": "x.service"}, KINDS, "here")
    assert (kind, options["unit"], options["requires"]) == ("unit", "x.service", [])


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"kind": "sockets"}, "here: kind 'sockets' is not one of link, unit"),
        ({}, "here: kind None"),
        ("x", "here: expected a mapping"),
        ({"kind": "link"}, r"here \(link\): missing required.*path"),
        ({"kind": "unit", "unit": "x", "unti": "y"}, r"here \(unit\): unti"),
    ],
)
def test_a_malformed_declaration_is_refused(resource, message):
    with pytest.raises(DeclarationError, match=message):
        validated(resource, KINDS, "here")
