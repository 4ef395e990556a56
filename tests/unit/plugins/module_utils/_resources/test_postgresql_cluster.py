import os
import pwd

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_cluster as kind,
)

RESOURCE = {"version": "15", "cluster": "main"}
MANUAL = "runuser -u postgres -- sh -c 'echo manual > /etc/postgresql/{}/start.conf'"


def cluster(version, name="main", start="auto", pid=0):
    return kind.Cluster(version, name, "5433", f"/d/{version}/{name}", start, "postgres", pid)


OWN = cluster("15", pid=7)


@pytest.mark.parametrize(
    ("clusters", "strangers", "found"),
    [
        ([], {}, []),
        ([OWN], {}, []),
        ([cluster("13")], {}, [("version", "different", "", "pg_upgradecluster -v 15 13 main")]),
        ([cluster("13"), OWN], {},
         [("beside 13", "unexpected", "", "pg_renamecluster 13 main main_13 && "
           + MANUAL.format("13/main_13"))]),
        ([cluster("13"), cluster("13", "main_13", "manual"), OWN], {},
         [("beside 13", "unexpected", "", "pg_renamecluster 13 main main_13_ && "
           + MANUAL.format("13/main_13_"))]),
        # Of another name: one that runs, or will.
        ([OWN, cluster("15", "other")], {},
         [("other 15/other", "unexpected", "", MANUAL.format("15/other"))]),
        ([OWN, cluster("13", "other", "manual", 9)], {},
         [("other 13/other", "unexpected", "",
           MANUAL.format("13/other") + " && pg_ctlcluster 13 other stop")]),
        ([OWN, cluster("15", "other", "manual"), cluster("15", "third", "disabled")], {}, []),
        ([cluster("15", start="disabled")], {},
         [("start", "different", "error", MANUAL.format("15/main").replace("manual", "auto"))]),
        ([cluster("15", start="manual")], {},
         [("start", "different", "warning", MANUAL.format("15/main").replace("manual", "auto"))]),
        ([OWN], {"/srv/data": (9, "eve")},
         [("process /srv/data", "unexpected", "", "kill -INT 9")]),
    ],
)  # fmt: skip
def test_difference(clusters, strangers, found):
    differences = kind.compare(RESOURCE, (clusters, strangers))
    assert [(d.attribute, d.direction, d.severity, d.remedy) for d in differences] == found


class Host:
    def once(self, _key, read):
        return read()


def test_clusters_and_servers_that_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(kind, "CONFIGURATION", str(tmp_path))
    for path, text in (("13/main", ""), ("15/other", f"port = 1\ndata_directory='{tmp_path}'")):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "postgresql.conf").write_text(text)
    (tmp_path / "14" / "main").mkdir(parents=True)
    (tmp_path / "15/other/start.conf").write_text("# x\n\nmanual # y\n")
    running = {str(tmp_path): (7, "eve"), "/srv": (8, "eve")}
    monkeypatch.setattr(kind, "_running", lambda: running)
    me = pwd.getpwuid(os.geteuid()).pw_name
    clusters, strangers = kind.read(RESOURCE, Host())
    assert clusters == [
        kind.Cluster("13", "main", "5432", "/var/lib/postgresql/13/main", "auto", me, 0),
        kind.Cluster("15", "other", "1", str(tmp_path), "manual", me, 7),
    ]
    assert strangers == {"/srv": (8, "eve")}


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("disabled")
    (tmp_path / "start.conf").symlink_to(tmp_path / "secret")
    assert kind._start(str(tmp_path / "start.conf")) == "auto"
