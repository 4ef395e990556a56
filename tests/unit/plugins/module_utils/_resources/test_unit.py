import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import unit as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {
    "unit": "shop.service",
    "file": "/etc/systemd/system/shop.service",
    "drop_ins": [],
    "requires": ["shop.socket"],
}
PACKAGED = {**RESOURCE, "file": None}
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


@pytest.mark.parametrize(
    ("resource", "path", "expected"),
    [
        (
            RESOURCE,
            "/run/systemd/system/shop.service",
            [("file /run/systemd/system/shop.service", "different")],
        ),
        (PACKAGED, "/usr/lib/systemd/system/shop.service", []),
        (PACKAGED, "/lib/systemd/system/shop@.service", []),
        (
            PACKAGED,
            "/etc/systemd/system/shop.service",
            [("file /etc/systemd/system/shop.service", "different")],
        ),
    ],
)
def test_another_unit_in_its_place(resource, path, expected):
    assert attributes(kind.compare(resource, {**FINE, "FragmentPath": path})) == expected


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("shop.service", ["shop.service.d", "service.d"]),
        ("a-b-c.socket", ["a-b-c.socket.d", "a-.socket.d", "a-b-.socket.d", "socket.d"]),
        ("pg@15-main.service", ["pg@15-main.service.d", "pg@.service.d", "service.d"]),
    ],
)
def test_the_folders_of_drop_ins(name, folders):
    assert kind._folders(name) == folders


def test_a_declared_drop_in_is_no_difference():
    assert (
        kind.compare({**RESOURCE, "drop_ins": [OVERRIDE]}, {**FINE, "drop_ins": [OVERRIDE]}) == []
    )
