import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import (
    compare as comparison,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)


class Kind:
    """A kind whose resources differ as they are told to."""

    OPTIONS = {  # noqa: RUF012
        "name": {"type": "str"},
        "because": {"type": "list", "elements": "str", "default": []},
        "differs": {"type": "bool", "default": True},
        "attribute": {"type": "str", "default": "broken"},
        "remedy": {"type": "str", "default": "Run flaskops.stack.site."},
        "depends_on": {"type": "list", "elements": "str", "default": []},
    }
    CHECKS = {"broken": Check("error", "x"), "odd": Check("warning", "x")}  # noqa: RUF012

    identity = staticmethod(lambda resource: resource["name"])
    depends = staticmethod(lambda resource: resource["depends_on"])
    read = staticmethod(lambda _resource, _host: None)

    @staticmethod
    def compare(resource, _actual):
        attribute, remedy = resource["attribute"], resource["remedy"]
        found = difference(attribute, "a", "b", remedy=remedy, because=resource["because"])
        return [found] if resource["differs"] else []


@pytest.fixture
def outcome(monkeypatch):
    """(names of the differences, names of the consequences) of resources of that kind."""
    monkeypatch.setitem(comparison.KINDS, "kind", Kind)

    def outcome(*resources):
        found = comparison.compare({"role": [{"kind": "kind", **r} for r in resources]})
        return tuple([d["resource"] for d in part] for part in found[:2])

    return outcome


@pytest.mark.parametrize(
    ("resources", "differences", "consequences"),
    [
        # Nothing that it could follow from differs.
        ([{"name": "a", "because": ["kind b"]}], ["a"], []),
        ([{"name": "a", "because": ["kind b"]}, {"name": "b"}], ["b"], ["a"]),
        # A path stands for whatever is there; a folder for what is in it.
        ([{"name": "a", "because": ["/x/y"]}, {"name": "/x/y"}], ["/x/y"], ["a"]),
        ([{"name": "a", "because": ["/x/"]}, {"name": "/x/y"}], ["/x/y"], ["a"]),
        ([{"name": "a", "because": ["/x"]}, {"name": "/x/y"}], ["a", "/x/y"], []),
        # The path in an attribute counts too, but nothing follows from itself.
        ([{"name": "a", "because": ["/z"]}, {"name": "b", "attribute": "odd /z"}], ["b"], ["a"]),
        ([{"name": "a", "attribute": "odd /z", "because": ["/z", "kind a"]}], ["a"], []),
        # Two that would explain each other explain nothing; with a cause, both follow.
        (
            [{"name": "a", "because": ["kind b"]}, {"name": "b", "because": ["kind a"]}],
            ["a", "b"],
            [],
        ),
        (
            [
                {"name": "a", "because": ["kind b", "kind c"]},
                {"name": "b", "because": ["kind a"]},
                {"name": "c"},
            ],
            ["c"],
            ["a", "b"],
        ),
        # A symptom follows from any error, and an earlier symptom is one.
        ([{"name": "a", "because": ["any error"]}, {"name": "b"}], ["b"], ["a"]),
        ([{"name": "a", "because": ["any error"]}], ["a"], []),
        ([{"name": n, "because": ["any error"]} for n in "ab"], ["a"], ["b"]),
        (
            [{"name": "a", "because": ["any error"]}, {"name": "b", "attribute": "odd"}],
            ["a", "b"],
            [],
        ),
        # What is right is looked at again where something that it depends on will change ...
        ([{"name": "a", "differs": False, "depends_on": ["kind b"]}, {"name": "b"}], ["b"], ["a"]),
        # ... which it will not where people have to decide.
        (
            [
                {"name": "a", "differs": False, "depends_on": ["kind b"]},
                {"name": "b", "remedy": "rm x"},
            ],
            ["b"],
            [],
        ),
    ],
)
def test_causes_are_told_from_what_follows(outcome, resources, differences, consequences):
    assert outcome(*resources) == (differences, consequences)
