import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.declared import (
    DeclarationError,
    all_validated,
)
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import running_units
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    process,
    unit,
    unix_socket,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import difference
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

SOCKET = {"kind": "unit", "unit": "shop.socket"}
SERVICE = {"kind": "unit", "unit": "shop.service", "requires": ["shop.socket"]}
PROCESS = {"kind": "process", "unit": "shop.service"}
RESOURCES = [
    SOCKET,
    SERVICE,
    {"kind": "unix_socket", "path": "/run/shop.sock", "unit": "shop.socket"},
    PROCESS,
]
RUNS = {"ActiveState": "active", "UnitFileState": "enabled", "NeedDaemonReload": "no"}


# What nobody declared and a start would bring.
WAITING = ("drop_in /d/o.conf", "variable PYTHONPATH")


class Machine:
    """What a host's systemd says, and what it was told to do."""

    def __init__(self):
        self.units = {"shop.socket": dict(RUNS), "shop.service": dict(RUNS)}
        # How many readings find it, by the kind and the attribute.
        self.wrong = {}
        self.told = []

    def comparison(self, kind):
        """What stands for the compare() of a kind."""
        return lambda _options, _actual: self.compare(kind)

    def compare(self, kind):
        found = []
        for (module, attribute), readings in self.wrong.items():
            if module is kind and readings > 0:
                self.wrong[module, attribute] -= 1
                check, _space, subject = attribute.partition(" ")
                waits = attribute in WAITING
                found.append(difference(check, "y", "x", subject=subject, waits=waits))
        return found

    def systemctl(self, *arguments):
        self.told.append(" ".join(arguments))


def made(resources, systemctl, accepted=()):
    """As the module makes them."""
    validated = all_validated(resources, running_units.KINDS, "resources")
    return running_units.Units(validated, systemctl, accepted)


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr(units, "show", lambda names: {n: made.units.get(n, {}) for n in names})
    for kind in (process, unit, unix_socket):
        monkeypatch.setattr(kind, "read", lambda _options, _host: None)
        monkeypatch.setattr(kind, "compare", made.comparison(kind))
    return made


@pytest.fixture
def running(machine):
    return made(RESOURCES, machine.systemctl)


@pytest.fixture
def reloading(machine):
    """A service that can take its files over."""
    return made([SERVICE, PROCESS], machine.systemctl)


def test_what_runs_on_its_files_is_left_alone(running, machine):
    assert (running.enable(), running.restart(also_for_reload=True)) == ([], [])
    assert machine.told == []


@pytest.mark.parametrize(
    ("unit", "changes", "told"),
    [
        ("shop.service", {"UnitFileState": "disabled"}, ["enable shop.service"]),
        ("shop.service", {"NeedDaemonReload": "yes"}, ["daemon-reload"]),
        ("shop.service", {"UnitFileState": "masked"},
         ["unmask shop.service", "daemon-reload", "enable shop.service"]),
        ("shop.socket", {"UnitFileState": "masked-runtime"},
         ["unmask --runtime shop.socket", "daemon-reload", "enable shop.socket"]),
    ],
)  # fmt: skip
def test_a_unit_is_enabled(running, machine, unit, changes, told):
    machine.units[unit].update(changes)
    running.enable()
    assert machine.told == told


def test_one_that_systemd_does_not_know_yet_is_read(running, machine):
    machine.units["shop.service"].clear()
    assert running.enable() == ["shop.service"]
    assert machine.told == ["daemon-reload", "enable shop.service"]


@pytest.mark.parametrize(
    ("unit", "state", "told"),
    [
        ("shop.service", "inactive", ["restart shop.service"]),
        # It waits for its own next attempt, and a start would not hurry it.
        ("shop.service", "activating", ["restart shop.service"]),
        ("shop.service", "failed", ["reset-failed shop.service", "restart shop.service"]),
        # What requires the socket goes down with it.
        ("shop.socket", "inactive", ["restart shop.socket shop.service"]),
    ],
)
def test_what_does_not_run_is_started(running, machine, unit, state, told):
    machine.units[unit]["ActiveState"] = state
    running.restart(also_for_reload=True)
    assert machine.told == told


@pytest.mark.parametrize(
    ("kind", "attribute", "told"),
    [
        (process, "environment SECRET", "restart shop.service"),
        (process, "started /etc/flask/shop.env", "restart shop.service"),
        (unix_socket, "mode", "restart shop.socket shop.service"),
    ],
)
def test_what_runs_on_other_files_is_restarted(running, machine, kind, attribute, told):
    machine.wrong[kind, attribute] = 1
    running.restart(also_for_reload=True)
    assert machine.told == [told]


ACCEPTED = [{"id": "unit.drop_in", "subject": "/d/o.conf"}]


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ({"NeedDaemonReload": "yes"}, lambda running: running.enable()),
        ({"ActiveState": "inactive"}, lambda running: running.restart(also_for_reload=True)),
        ({}, lambda running: running.reload()),
    ],
    ids=["daemon-reload", "restart", "reload"],
)
@pytest.mark.parametrize(("kind", "attribute"), [(unit, WAITING[0]), (process, WAITING[1])])
def test_nothing_foreign_comes_into_effect(machine, state, act, kind, attribute):
    machine.units["shop.service"].update(state)
    machine.wrong[kind, attribute] = 100
    check, subject = attribute.split()
    with pytest.raises(running_units.UnitError, match=f"{check} {subject}: x .remedy: "):
        act(made([SERVICE, PROCESS], machine.systemctl))
    assert machine.told == []


def test_what_is_accepted_may_come_into_effect(machine):
    machine.units["shop.service"]["ActiveState"] = "inactive"
    machine.wrong[unit, WAITING[0]] = 100
    made([SERVICE, PROCESS], machine.systemctl, ACCEPTED).restart(also_for_reload=True)
    assert machine.told == ["restart shop.service"]


def test_what_waits_is_no_reason_to_act(machine):
    machine.wrong[unit, WAITING[0]] = 100
    running = made([SERVICE, PROCESS], machine.systemctl)
    assert (running.enable(), running.restart(also_for_reload=True)) == ([], [])


def test_only_what_runs_is_reloaded(reloading, machine):
    assert reloading.reload() == ["shop.service"]
    machine.units["shop.service"]["ActiveState"] = "inactive"
    assert reloading.reload() == []
    assert machine.told == ["reload shop.service"]


def test_a_reload_is_waited_for(reloading, machine):
    machine.wrong[process, "started /etc/nginx/nginx.conf"] = 3
    reloading.await_reload()
    assert machine.wrong == {(process, "started /etc/nginx/nginx.conf"): 0}


def test_a_reload_that_brings_nothing_is_an_error(reloading, machine):
    machine.wrong[process, "started /etc/nginx/nginx.conf"] = 1000
    with pytest.raises(running_units.UnitError, match=r"shop\.service gave no answer.*: started"):
        reloading.await_reload(timeout=0.1)


@pytest.mark.parametrize(
    ("attribute", "restarted"),
    [("started /etc/nginx/nginx.conf", []), ("environment SECRET", ["shop.service"])],
)
def test_a_restart_is_only_for_what_a_reload_does_not_bring(
    reloading, machine, attribute, restarted
):
    machine.wrong[process, attribute] = 1000
    assert reloading.restart(also_for_reload=False) == restarted


TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/shop/current/wsgi.py", line 3, in <module>
    app.config["KEY"] = os.environ["KEY"]
  File "<frozen os>", line 679, in __getitem__
KeyError: '{}'
"""


def test_an_exception_is_told_without_secrets(machine, monkeypatch, tmp_path):
    environment = tmp_path / "env"
    environment.write_text('SECRET_KEY="correct horse"')
    monkeypatch.setattr(
        running_units.journal, "written", lambda _unit, _since: TRACEBACK.format("correct horse")
    )
    resources = [SERVICE, {**PROCESS, "environment_file": str(environment)}]
    told = "".join(made(resources, machine.systemctl).exceptions())
    assert told.startswith("application.missing_variable: KeyError: '********' at /srv/shop/")
    assert "Remedy: Declare it in app_environment" in told


def test_an_exception_is_told_where_the_environment_file_is_what_is_missing(machine, monkeypatch):
    monkeypatch.setattr(
        running_units.journal, "written", lambda _unit, _since: "Error: 'x.py' doesn't exist"
    )
    resources = [SERVICE, {**PROCESS, "environment_file": "/no/such/file"}]
    assert made(resources, machine.systemctl).exceptions() == ["Error: 'x.py' doesn't exist"]


def test_a_kind_that_is_no_units_is_refused(machine):
    with pytest.raises(DeclarationError, match=r"resources\[1\]: kind 'package' is not one of"):
        made([SERVICE, {"kind": "package", "name": "x"}], machine.systemctl)


def test_a_program_that_is_not_there_is_named_with_what_installs_it(machine, tmp_path):
    (tmp_path / "python").touch()
    for name, expected in (("python", 0), ("gunicorn", 1)):
        resources = [SERVICE, {**PROCESS, "program": str(tmp_path / name)}]
        found = made(resources, machine.systemctl).absent()
        assert len(found) == expected
    assert "app_packages ask for gunicorn; add it" in found[0]
