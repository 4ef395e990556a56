import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import restarts
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import Resource
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import (
    Finding,
    Follower,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    file,
    postgresql_configuration,
    process,
    unit,
    unix_socket,
)

SERVICE, NGINX = {"unit": "shop.service"}, {"unit": "nginx.service"}
RESOURCES = [
    Resource("gunicorn", "unit", SERVICE, unit),
    Resource("gunicorn", "process", SERVICE, process),
    Resource("gunicorn", "unix_socket", {"path": "/run/s", "unit": "shop.socket"}, unix_socket),
    Resource("nginx", "process", {**NGINX, "workers_newer_than": ["/etc/nginx/x"]}, process),
    Resource("app", "file", {"path": "/etc/x"}, file),
    Resource(
        "postgresql", "postgresql_configuration",
        {"login_port": 5432, "unit": "postgresql@17-main.service"}, postgresql_configuration,
    ),
]  # fmt: skip


def found(kind, resource, check, owned=True):
    return Finding(
        "role", kind, resource, check, "", "different", "error", "", "", "", "",
        owned=owned, live=False, because=(),
    )  # fmt: skip


def again(kind, resource):
    return Follower("role", kind, resource, ())


@pytest.mark.parametrize(
    ("differs", "follows", "expected"),
    [
        ([], [], {}),
        ([found("file", "/etc/x", "content")], [], {}),
        ([found("unit", "shop.service", "active")], [], {"shop.service": "start"}),
        ([found("unit", "shop.service", "enabled")], [], {}),
        ([found("process", "shop.service", "environment")], [], {"shop.service": "restart"}),
        # For people to decide about: no role restarts for it.
        ([found("process", "shop.service", "variable", owned=False)], [], {}),
        ([found("unix_socket", "/run/s", "mode")], [], {"shop.socket": "restart"}),
        # A file that changes is taken over by what runs on it.
        ([found("file", "/etc/x", "content")], [again("process", "shop.service")],
         {"shop.service": "restart"}),
        ([], [again("process", "nginx.service")], {"nginx.service": "reload"}),
        ([], [again("postgresql_configuration", "port 5432")],
         {"postgresql@17-main.service": "reload"}),
        ([found("postgresql_configuration", "port 5432", "restarted")], [],
         {"postgresql@17-main.service": "restart"}),
        # What is down has nothing to restart.
        ([found("unit", "shop.service", "active")], [again("process", "shop.service")],
         {"shop.service": "start"}),
        ([], [again("unit", "shop.service")], {}),
        # The most that its users notice.
        ([found("postgresql_configuration", "port 5432", check)
          for check in ("restarted", "loaded")], [], {"postgresql@17-main.service": "restart"}),
    ],
)  # fmt: skip
def test_what_happens_to_units(differs, follows, expected):
    assert restarts.expected(RESOURCES, differs, follows) == expected
