"""What a server that is down would start with, by its files."""

import os
import re
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import stopped_server
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.server_settings import (
    Cluster,
)

# The time at which the server has read its files, and one after it, in seconds since the epoch.
READ, LATER = 1000.0, 2000.0


@pytest.fixture
def cluster(tmp_path):
    """A cluster whose files the server has read."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "data").mkdir()
    text = "port = 5432\nssl = on\nwork_mem = '8MB'\ninclude_dir = 'conf.d'\n"
    for name, content in {
        "postgresql.conf": text,
        "conf.d/50-ours.conf": "listen_addresses = 'localhost'\n",
        "data/postgresql.auto.conf": "log_statement = 'all'\n",
    }.items():
        write(tmp_path / name, content, READ - 1)
    return Cluster(str(tmp_path), "15", "main")


def write(path, text, when):
    path.write_text(text)
    os.utime(path, (when, when))


def found(cluster, since=READ, stopped=LATER + 1):
    own = [f"{cluster.folder}/conf.d/50-ours.conf"]
    usual = {"port": "5432", "ssl": "on", "data_directory": f"{cluster.folder}/data"}
    return stopped_server.waiting(cluster, own, usual, since, stopped)


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("data/postgresql.auto.conf", "listen_addresses = '*'\n", ["listen_addresses"]),
        ("data/postgresql.auto.conf", "work_mem = '1GB'\n", []),
        ("conf.d/99-x.conf", "Fsync = off\nwork_mem = '1GB'\n", ["fsync"]),
        # One that is hidden, or has another end, PostgreSQL does not read either.
        ("conf.d/.99-x.conf", "fsync = off\n", []),
        ("conf.d/99-x.txt", "fsync = off\n", []),
        ("conf.d/50-ours.conf", "fsync = off\n", []),
        ("postgresql.conf", "port = 5432\nssl = true\n", []),
        ("postgresql.conf", "port = 5433\nssl = off\n", ["port", "ssl"]),
        ("postgresql.conf", "include 'conf.d/other'\n", []),
    ],
)
def test_what_a_changed_file_would_bring(tmp_path, cluster, file, text, names):
    write(tmp_path / file, text, LATER)
    lines = found(cluster)
    assert [line.name for line in lines] == names
    for line in lines:
        subprocess.run(["bash", "-c", line.remedy], check=True)
    os.utime(tmp_path / file, (LATER, LATER))
    assert found(cluster) == []


def test_a_file_that_an_included_one_includes(tmp_path, cluster):
    write(tmp_path / "conf.d/99-x.conf", "include_if_exists = '../more'\n", READ - 1)
    write(tmp_path / "more", "shared_preload_libraries = 'evil'\n", LATER)
    [line] = found(cluster)
    assert re.search(r"/conf\.d/\.\./more$", line.file)


def test_files_that_include_one_another(tmp_path, cluster):
    write(tmp_path / "conf.d/99-x.conf", "include '99-x.conf'\nfsync = off\n", LATER)
    assert [line.name for line in found(cluster)] == ["fsync"]


def test_what_ran_before_is_no_news(cluster):
    assert found(cluster) == []


def test_nothing_is_known_of_a_server_that_did_not_run_since_the_boot(tmp_path, cluster):
    write(tmp_path / "conf.d/99-x.conf", "fsync = off\n", LATER)
    assert found(cluster, since=None) == []


@pytest.mark.parametrize(("stopped", "names"), [(LATER - 1, ["work_mem"]), (LATER + 1, [])])
def test_what_changed_behind_the_stop_was_never_in_effect(tmp_path, cluster, stopped, names):
    write(tmp_path / "conf.d/99-x.conf", "work_mem = '1GB'\n", LATER)
    assert [line.name for line in found(cluster, stopped=stopped)] == names


@pytest.mark.parametrize("target", ["secret", "gone"])
def test_a_link_in_a_files_place_is_told_and_not_read(tmp_path, cluster, target):
    (tmp_path / "secret").write_text("fsync = 'a secret of roots'\n")
    (tmp_path / "conf.d/99-x.conf").symlink_to(tmp_path / target)
    lines = found(cluster)
    # One that leads nowhere keeps nobody from starting: it is no file to PostgreSQL.
    assert [line.name for line in lines] == ["99-x.conf"] * (target == "secret")
    assert "secret" not in "".join(line.value for line in lines)
    for line in lines:
        subprocess.run(["bash", "-c", line.remedy], check=True)
    assert not (found(cluster))
