import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause, process
from ansible_collections.flaskops.stack.plugins.module_utils._resources.process import compare

RESOURCE = {
    "unit": "shop.service",
    "user": "shop",
    "working_directory": "/srv/shop/current",
    "environment_file": "/etc/flask/shop.env",
    "program": "/srv/shop/current/.venv/bin/gunicorn",
    "newer_than": [],
    "workers_newer_than": [],
    "nginx": False,
    "declared": [],
}
ENVIRONMENT = {"INVOCATION_ID": "1", "DATABASE_URL": "postgresql://shop:one@h/d"}
PROCESS = {
    "environment": ENVIRONMENT,
    "working_directory": "/srv/shop/releases/2",
    "uid": 999,
    "command": ["/srv/shop/releases/2/.venv/bin/python", "/srv/shop/current/.venv/bin/gunicorn"],
    "started": 100.0,
}
ACTUAL = {
    "active": "active",
    "process": PROCESS,
    "user": "shop",
    "environment": {"DATABASE_URL": "postgresql://shop:one@h/d"},
    "working_directory": "/srv/shop/releases/2",
    "modified": {"/etc/flask/shop.env": 99.0},
    "workers_modified": {},
    "workers_started": None,
    "files": {},
    "unit": {},
    "last_read": 100.0,
    "rights": [],
    "manager": {"LANG": "C.UTF-8", "PATH": "/usr/bin"},
    "foreign": {"files": {}, "folders": {}},
}


CONF = "/etc/nginx/conf.d/x.conf"


def nginx(files, folders):
    return {"foreign": {"files": files, "folders": folders}, "workers_started": 100.0}


def attributes(**changes):
    return [d.attribute for d in compare(RESOURCE, {**ACTUAL, **changes})]


def test_a_process_that_is_as_declared_has_no_difference():
    assert compare(RESOURCE, ACTUAL) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"process": None, "active": "inactive"}, ["state"]),
        ({"user": "root"}, ["user"]),
        ({"working_directory": "/srv/shop/releases/3"}, ["working_directory"]),
        ({"environment": {"DATABASE_URL": "other"}}, ["environment DATABASE_URL"]),
        (
            {"process": {**PROCESS, "environment": {**ENVIRONMENT, "LD_PRELOAD": "x"}}},
            ["environment LD_PRELOAD"],
        ),
        ({"rights": ["may gain privileges"]}, ["rights"]),
        ({"environment": {**ENVIRONMENT, "NEW": "x"}}, ["environment NEW"]),
        ({"modified": {"/etc/flask/shop.env": 101.0}}, ["started /etc/flask/shop.env"]),
        # Its times lie in the future: not checked, and no restart.
        ({"modified": {"/etc/flask/shop.env": None}}, ["started /etc/flask/shop.env"]),
        (
            {"workers_modified": {"/etc/nginx/x": 101.0}, "workers_started": 100.0},
            ["started /etc/nginx/x"],
        ),
        ({"workers_modified": {"/etc/nginx/x": 99.0}, "workers_started": 100.0}, []),
        ({"process": {**PROCESS, "command": ["/usr/bin/gunicorn"]}}, ["program"]),
        # systemctl set-environment: what a start would bring, what it has brought, and what the
        # service's own file decides.
        ({"manager": {"PYTHONPATH": "/tmp"}}, ["variable PYTHONPATH"]),
        ({"manager": {"INVOCATION_ID": "1"}}, ["variable INVOCATION_ID"]),
        ({"manager": {"DATABASE_URL": "postgresql://x"}}, []),
        (
            {"process": None, "active": "failed", "manager": {"PYTHONPATH": "/tmp"}},
            ["state", "variable PYTHONPATH"],
        ),
        # A file of nginx that changed, one that did not, and a folder that lost one.
        (nginx({CONF: 101.0}, {}), [f"configuration {CONF}"]),
        (nginx({CONF: 99.0}, {}), []),
        (nginx({CONF: 101.0}, {"/etc/nginx/conf.d": 101.0}), [f"configuration {CONF}"]),
        (nginx({CONF: 99.0}, {"/etc/nginx/conf.d": 101.0}), ["configuration /etc/nginx/conf.d"]),
        # setproctitle writes over the arguments and the environment.
        ({"process": {**PROCESS, "command": ["gunicorn: master"], "environment": {}}}, []),
    ],
)
def test_difference(changes, expected):
    assert attributes(**changes) == expected


def test_no_value_of_the_environment_is_returned():
    found = compare(RESOURCE, {**ACTUAL, "environment": {"DATABASE_URL": "hunter2"}})
    assert "hunter2" not in str(found)
    assert "one" not in str(found)


def test_what_times_do_not_tell_is_not_checked():
    [found] = compare(RESOURCE, {**ACTUAL, "modified": {"/etc/flask/shop.env": None}})
    assert "future" in found.reason


def test_what_waits_is_for_people():
    found = compare(RESOURCE, {**ACTUAL, "manager": {"PYTHONPATH": "/tmp"}})
    assert [(d.waits, d.owned) for d in found] == [(True, False)]
    assert "/tmp" not in f"{found}"
    found = compare(RESOURCE, {**ACTUAL, "manager": {"INVOCATION_ID": "1"}})
    assert [(d.waits, d.owned) for d in found] == [(False, False)]


@pytest.mark.parametrize(
    ("environment_file", "looked_at"), [("/etc/flask/shop.env", True), (None, False)]
)
def test_a_process_is_looked_at_again_where_its_sessions_settings_change(
    environment_file, looked_at
):
    resource = {**RESOURCE, "environment_file": environment_file}
    named = cause.check("postgresql_role", "setting") in process.depends(resource)
    assert named == looked_at


NGINX = {"ExecStart": "{ path=/n ; argv[]=/n -g daemon on; ; ignore_errors=no ; x }"}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("nginx: master process /n -g daemon on; ", []),
        ("nginx: master process /n -g daemon on; -c /tmp/x", ["program"]),
        ("nginx: worker process", []),
    ],
)
def test_the_command_line_of_nginx(title, expected):
    running = {**PROCESS, "command": [title], "environment": {}}
    there = {**ACTUAL, "process": running, "unit": NGINX}
    found = compare({**RESOURCE, "nginx": True, "program": None}, there)
    assert [d.attribute for d in found] == expected


def test_what_a_title_hides_is_not_checked():
    running = {**PROCESS, "command": ["nginx: master"], "environment": {}}
    [found] = compare(RESOURCE, {**ACTUAL, "process": running, "manager": {"PYTHONPATH": "/tmp"}})
    assert (found.attribute, "title" in found.reason) == ("variable PYTHONPATH", True)


STOPPED = {"process": None, "active": "inactive"}


@pytest.mark.parametrize(
    ("last_read", "files", "expected"),
    [
        (100.0, {CONF: 101.0}, [f"configuration {CONF}"]),
        (100.0, {CONF: 99.0}, []),
        # Nobody knows what it has read since the boot, at which it would have started too.
        (None, {CONF: 101.0}, []),
    ],
)
def test_what_the_start_of_a_stopped_nginx_would_bring(last_read, files, expected):
    resource = {**RESOURCE, "unit": "nginx.service", "nginx": True, "environment_file": None}
    foreign = {"files": files, "folders": {"/etc/nginx/conf.d": 101.0}}
    actual = {**ACTUAL, **STOPPED, "last_read": last_read, "foreign": foreign}
    state, *found = compare(resource, actual)
    assert state.check == "state"
    assert [each.attribute for each in found] == expected
    assert all(each.waits for each in found)
