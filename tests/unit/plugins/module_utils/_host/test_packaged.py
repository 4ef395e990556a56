import hashlib
from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import packaged


@pytest.mark.parametrize(
    ("output", "expected"),
    [("systemd: /lib/systemd/system/a\n", {"/usr/lib/systemd/system/b"}), ("", None)],
)
def test_files_that_no_package_has(monkeypatch, output, expected):
    paths = {"/usr/lib/systemd/system/a", "/usr/lib/systemd/system/b"}
    monkeypatch.setattr(packaged.pace, "run", lambda *_a, **_k: SimpleNamespace(stdout=output))
    assert packaged.strangers(paths) == (paths if expected is None else expected)


def test_nothing_is_asked_about_nothing():
    assert packaged.strangers([]) == set()


def test_a_file_that_is_not_what_the_package_brought(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "INFO", str(tmp_path))
    unit = tmp_path / "x.service"
    unit.write_text("as it was")
    digest = hashlib.md5(b"as it was", usedforsecurity=False).hexdigest()
    for name in ("shop-common:all.md5sums", "other.md5sums"):
        (tmp_path / name).write_text(f"{digest}  {str(unit)[1:]}\n")
    assert packaged.changed(str(unit), "shop") == ""
    unit.write_text("edited")
    assert packaged.changed(str(unit), "shop") == "shop-common"
    assert packaged.changed(str(unit), "nothing") == ""
