import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.resources import unit as kind


def attributes(found):
    return [(d["attribute"], d["direction"]) for d in found]


RESOURCE = {"unit": "shop.service", "drop_ins": [], "requires": ["shop.socket"]}
FINE = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "FragmentPath": "/etc/systemd/system/shop.service",
    "drop_ins": [],
}
OVERRIDE = "/etc/systemd/system/shop.service.d/o.conf"


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (FINE, []),
        ({"drop_ins": []}, [("loaded", "missing")]),
        ({**FINE, "UnitFileState": ""}, [("enabled", "different")]),
        ({**FINE, "UnitFileState": "masked"}, [("enabled", "different")]),
        ({**FINE, "ActiveState": "failed"}, [("active", "different")]),
        ({**FINE, "NeedDaemonReload": "yes"}, [("reload_pending", "different")]),
        (
            {**FINE, "drop_ins": [OVERRIDE], "NeedDaemonReload": "yes"},
            [(f"drop_in {OVERRIDE}", "unexpected")],
        ),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected


def test_a_declared_drop_in_is_no_difference():
    assert (
        kind.compare({**RESOURCE, "drop_ins": [OVERRIDE]}, {**FINE, "drop_ins": [OVERRIDE]}) == []
    )
