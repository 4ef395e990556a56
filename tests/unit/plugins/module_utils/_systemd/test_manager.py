from ansible_collections.flaskops.stack.plugins.module_utils._systemd import manager


def test_the_files_that_say_something_of_services(tmp_path, monkeypatch):
    monkeypatch.setattr(manager, "PLACES", (f"{tmp_path}/system.conf", f"{tmp_path}/d/*.conf"))
    (tmp_path / "system.conf").write_text("[Manager]\n#DefaultEnvironment=A=b\nLogLevel=debug\n")
    assert manager.files() == {}
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x.conf").write_text("[Manager]\nDefaultEnvironment=A=b C=d\n")
    (tmp_path / "d/y.conf").write_text("[Manager]\nDefaultLimitNOFILE=5\n")
    found = manager.files()
    assert list(found) == [f"{tmp_path}/d/x.conf", f"{tmp_path}/d/y.conf"]
    assert manager.variables(found) == dict.fromkeys("AC", f"{tmp_path}/d/x.conf")


def test_the_programs_that_systemd_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(manager, "PLACES", ())
    monkeypatch.setattr(manager, "GENERATORS", (f"{tmp_path}/*",))
    (tmp_path / "runs").write_text("#!/bin/sh\n")
    (tmp_path / "runs").chmod(0o755)
    (tmp_path / "does-not").write_text("#!/bin/sh\n")
    (tmp_path / "masked").symlink_to("/dev/null")
    assert manager.files() == {f"{tmp_path}/runs": [manager.RUN]}
