import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.flaskops.stack.plugins.module_utils import systemd
from ansible_collections.flaskops.stack.plugins.module_utils.resources import process, unix_socket
from ansible_collections.flaskops.stack.plugins.modules import running_units

RESOURCES = [
    {"kind": "unit", "unit": "shop.socket"},
    {"kind": "unit", "unit": "shop.service", "requires": ["shop.socket"]},
    {"kind": "unix_socket", "path": "/run/shop.sock", "unit": "shop.socket"},
    {"kind": "process", "unit": "shop.service"},
]
UNIT = {"ActiveState": "active", "UnitFileState": "enabled", "NeedDaemonReload": "no"}


class Machine:
    """What a host's systemd says, and what it was told to do."""

    def __init__(self):
        self.units = {"shop.socket": dict(UNIT), "shop.service": dict(UNIT)}
        # How many readings find it, by the kind and the attribute.
        self.wrong = {}
        self.told = []
        self.complaint = ""

    def compare(self, kind):
        found = []
        for (module, attribute), readings in self.wrong.items():
            if module is kind and readings > 0:
                self.wrong[module, attribute] -= 1
                found.append({"attribute": attribute, "actual": "x"})
        return found

    def run_command(self, _module, command):
        self.told.append(" ".join(command[1:]))
        return (1, "", self.complaint) if self.complaint else (0, "", "")


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr(systemd, "show", lambda names: {n: made.units.get(n, {}) for n in names})
    for kind in (process, unix_socket):
        monkeypatch.setattr(kind, "read", lambda _options, _host: None)
        monkeypatch.setattr(
            kind, "compare", lambda _options, _actual, kind=kind: made.compare(kind)
        )
    monkeypatch.setattr(
        running_units.AnsibleModule, "run_command", lambda module, c: made.run_command(module, c)
    )
    monkeypatch.setattr(running_units, "RELOAD_TIMEOUT", 0.2)
    return made


@pytest.fixture
def run(capsys, machine):
    def run(resources=RESOURCES, **arguments):
        with patch_module_args({"resources": resources, **arguments}):
            with pytest.raises(SystemExit):
                running_units.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_what_runs_on_its_files_is_left_alone(run, machine):
    assert not run()["changed"]
    assert machine.told == []


@pytest.mark.parametrize(
    ("unit", "changes", "told"),
    [
        ("shop.service", {"ActiveState": "inactive"}, ["restart shop.service"]),
        (
            "shop.service",
            {"ActiveState": "failed"},
            ["reset-failed shop.service", "restart shop.service"],
        ),
        # What requires the socket goes down with it.
        ("shop.socket", {"ActiveState": "inactive"}, ["restart shop.socket shop.service"]),
        ("shop.service", {"UnitFileState": "disabled"}, ["enable shop.service"]),
        ("shop.service", {"NeedDaemonReload": "yes"}, ["daemon-reload"]),
        (
            "shop.service",
            {"UnitFileState": "masked-runtime", "ActiveState": "inactive"},
            ["unmask --runtime shop.service", "daemon-reload", "enable shop.service",
             "restart shop.service"],
        ),
    ],
)  # fmt: skip
def test_only_what_is_not_so_is_done(run, machine, unit, changes, told):
    machine.units[unit].update(changes)
    assert run()["changed"]
    assert machine.told == told


@pytest.mark.parametrize(
    ("kind", "attribute", "told"),
    [
        (process, "environment SECRET", "restart shop.service"),
        (process, "started /etc/flask/shop.env", "restart shop.service"),
        (unix_socket, "mode", "restart shop.socket shop.service"),
    ],
)
def test_what_runs_on_other_files_is_restarted(run, machine, kind, attribute, told):
    machine.wrong[kind, attribute] = 1
    run()
    assert machine.told == [told]


def test_a_reload_is_waited_for(run, machine):
    machine.wrong[process, "started /etc/nginx/nginx.conf"] = 3
    found = run([RESOURCES[1], RESOURCES[3]], reload=True)
    assert (found["reloaded"], found["restarted"]) == (["shop.service"], [])
    assert machine.wrong == {(process, "started /etc/nginx/nginx.conf"): 0}


def test_a_reload_that_brings_nothing_fails_and_does_not_restart(run, machine):
    machine.wrong[process, "started /etc/nginx/nginx.conf"] = 1000
    found = run([RESOURCES[1], RESOURCES[3]], reload=True)
    assert "after systemctl reload shop.service: started /etc/nginx/nginx.conf" in found["msg"]
    assert machine.told == ["reload shop.service"]


def test_what_a_reload_does_not_bring_is_restarted(run, machine):
    machine.wrong[process, "environment SECRET"] = 1000
    run([RESOURCES[1], RESOURCES[3]], reload=True)
    assert machine.told == ["reload shop.service", "restart shop.service"]


def test_check_mode_tells_systemd_nothing(run, machine):
    machine.units["shop.service"]["ActiveState"] = "inactive"
    assert run(_ansible_check_mode=True)["restarted"] == ["shop.service"]
    assert machine.told == []


def test_a_failure_names_the_exception_without_secrets(run, machine, monkeypatch, tmp_path):
    environment = tmp_path / "env"
    environment.write_text('SECRET_KEY="correct horse"')
    machine.units["shop.service"]["ActiveState"] = "inactive"
    machine.complaint = "Job failed."
    monkeypatch.setattr(
        running_units.journal, "last_exception", lambda unit: f"KeyError: {unit} correct horse"
    )
    resources = [*RESOURCES[:3], {**RESOURCES[3], "environment_file": str(environment)}]
    found = run(resources)["msg"]
    assert "systemctl restart shop.service: Job failed." in found
    assert "KeyError: shop.service ********" in found
    assert "correct horse" not in found


def test_an_unknown_kind_is_refused_before_anything_is_done(run, machine):
    machine.units["shop.service"]["ActiveState"] = "inactive"
    found = run([*RESOURCES, {"kind": "package", "name": "x"}])
    assert "resources[4]: kind 'package' is not one of" in found["msg"]
    assert machine.told == []
