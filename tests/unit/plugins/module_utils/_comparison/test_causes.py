import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import (
    compare as comparison,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import (
    check,
    folder,
    kind,
    path,
    resource,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

A, B, C = (resource("kind", name) for name in "abc")


class Kind:
    """A kind whose resources differ as they are told to."""

    OPTIONS = {  # noqa: RUF012
        "name": {"type": "str"},
        "because": {"type": "list", "elements": "raw", "default": []},
        "differs": {"type": "bool", "default": True},
        "check": {"type": "str", "default": "broken"},
        "subject": {"type": "str", "default": ""},
        "remedy": {"type": "str"},
        "depends_on": {"type": "list", "elements": "raw", "default": []},
    }
    CHECKS = {"broken": Check("error", "x"), "odd": Check("warning", "x")}  # noqa: RUF012

    identity = staticmethod(lambda resource: resource["name"])
    depends = staticmethod(lambda resource: resource["depends_on"])
    read = staticmethod(lambda _resource, _host: None)

    @staticmethod
    def compare(resource, _actual):
        found = difference(
            resource["check"], "a", "b", remedy=resource["remedy"], because=resource["because"],
            subject=resource["subject"],
        )  # fmt: skip
        return [found] if resource["differs"] else []


@pytest.fixture
def outcome(monkeypatch):
    """(names of the differences, names of the consequences) of resources of that kind."""
    monkeypatch.setitem(comparison.KINDS, "kind", Kind)

    def outcome(*resources):
        found = comparison.compare({"role": [{"kind": "kind", **r} for r in resources]})
        consequences = [*found.consequences, *found.again]
        return tuple([each.resource for each in part] for part in (found.differences, consequences))

    return outcome


@pytest.mark.parametrize(
    ("resources", "differences", "consequences"),
    [
        # Nothing that it could follow from differs.
        ([{"name": "a", "because": [B]}], ["a"], []),
        ([{"name": "a", "because": [B]}, {"name": "b"}], ["b"], ["a"]),
        # A path stands for whatever is there; a folder for what is in it.
        ([{"name": "a", "because": [path("/x/y")]}, {"name": "/x/y"}], ["/x/y"], ["a"]),
        ([{"name": "a", "because": [folder("/x")]}, {"name": "/x/y"}], ["/x/y"], ["a"]),
        ([{"name": "a", "because": [path("/x")]}, {"name": "/x/y"}], ["a", "/x/y"], []),
        # A path that is a subject counts too, but nothing follows from itself.
        (
            [
                {"name": "a", "because": [path("/z")]},
                {"name": "b", "check": "odd", "subject": "/z"},
            ],
            ["b"],
            ["a"],
        ),
        # A check means that check, with that subject.
        (
            [
                {"name": "a", "because": [check("kind", "odd", "x")]},
                {"name": "b", "check": "odd", "subject": "x"},
            ],
            ["b"],
            ["a"],
        ),
        (
            [
                {"name": "a", "because": [check("kind", "odd", "x")]},
                {"name": "b", "check": "odd", "subject": "y"},
            ],
            ["a", "b"],
            [],
        ),
        # Without one, with any.
        (
            [
                {"name": "a", "because": [check("kind", "odd")]},
                {"name": "b", "check": "odd", "subject": "y"},
            ],
            ["b"],
            ["a"],
        ),
        (
            [
                {
                    "name": "a",
                    "check": "odd",
                    "subject": "/z",
                    "because": [path("/z"), A],
                }
            ],
            ["a"],
            [],
        ),
        # Two that would explain each other explain nothing; with a cause, both follow.
        (
            [
                {"name": "a", "because": [B]},
                {"name": "b", "because": [A]},
            ],
            ["a", "b"],
            [],
        ),
        (
            [
                {"name": "a", "because": [B, C]},
                {"name": "b", "because": [A]},
                {"name": "c"},
            ],
            ["c"],
            ["a", "b"],
        ),
        # A symptom follows from any error of a kind, and not from itself.
        ([{"name": "a", "because": [kind("kind")]}, {"name": "b"}], ["b"], ["a"]),
        ([{"name": "a", "because": [kind("kind")]}], ["a"], []),
        # A warning explains nothing, nor does another kind, or what is called otherwise.
        (
            [{"name": "a", "because": [kind("kind")]}, {"name": "b", "check": "odd"}],
            ["a", "b"],
            [],
        ),
        ([{"name": "a", "because": [kind("ki")]}, {"name": "b"}], ["a", "b"], []),
        ([{"name": "a", "because": [kind("kind", "x")]}, {"name": "b"}], ["a", "b"], []),
        ([{"name": "a", "because": [kind("kind", "xy")]}, {"name": "xyz"}], ["xyz"], ["a"]),
        # What is right is looked at again where something that it depends on will change ...
        (
            [{"name": "a", "differs": False, "depends_on": [B]}, {"name": "b"}],
            ["b"],
            ["a"],
        ),
        # ... which it will not where people have to decide.
        (
            [
                {"name": "a", "differs": False, "depends_on": [B]},
                {"name": "b", "remedy": "rm x"},
            ],
            ["b"],
            [],
        ),
    ],
)
def test_causes_are_told_from_what_follows(outcome, resources, differences, consequences):
    assert outcome(*resources) == (differences, consequences)
