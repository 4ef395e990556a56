import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.comparison import (
    DeclarationError,
    differences,
)


def test_a_difference_names_its_resource(tmp_path):
    path = str(tmp_path / "s")
    assert differences([{"kind": "unix_socket", "path": path}]) == [
        {
            "kind": "unix_socket",
            "resource": path,
            "attribute": "state",
            "direction": "missing",
            "expected": "a socket",
            "actual": "no socket",
        }
    ]


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"kind": "sockets"}, r"resources\[0\]: kind 'sockets' is not one of"),
        ({}, r"resources\[0\]: kind None"),
        ({"kind": "unix_socket"}, r"resources\[0\] \(unix_socket\): missing required.*path"),
        ({"kind": "process", "unit": "x", "unti": "y"}, r"resources\[0\] \(process\): unti"),
    ],
)
def test_a_malformed_declaration_is_refused(resource, message):
    with pytest.raises(DeclarationError, match=message):
        differences([resource])
