import os
import time

from ansible_collections.flaskops.stack.plugins.module_utils._machine import file_times


def test_a_file_changed_when_it_was_written(tmp_path):
    path = tmp_path / "x"
    path.touch()
    os.utime(path, (1, 1000))
    assert file_times.changed(path) == 1000


def test_a_time_in_the_future_is_not_believed(tmp_path):
    path = tmp_path / "x"
    path.touch()
    os.utime(path, (1, time.time() + 1e6))
    assert abs(file_times.changed(path) - time.time()) < 60


def test_a_clock_that_was_wrong_leaves_nothing_to_believe(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.touch()
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    assert file_times.changed(path) is None


def test_a_link_is_judged_by_itself(tmp_path):
    (tmp_path / "x").touch()
    os.utime(tmp_path / "x", (1, 1000))
    (tmp_path / "link").symlink_to("x")
    assert file_times.changed(tmp_path / "link") > 1000
