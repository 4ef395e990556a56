import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_cluster as kind,
)

RESOURCE = {"version": "15", "cluster": "main"}


@pytest.mark.parametrize(
    ("actual", "found"),
    [
        ([], []),
        (["15"], []),
        (["13"], [("version", "different", "pg_upgradecluster -v 15 13 main")]),
        (["13", "15"], [("beside 13", "unexpected", "pg_renamecluster 13 main main_13")]),
    ],
)
def test_another_versions_cluster_is_found(actual, found):
    differences = kind.compare(RESOURCE, actual)
    assert [(d.attribute, d.direction, d.remedy) for d in differences] == found


def test_only_clusters_of_the_name_count(tmp_path, monkeypatch):
    monkeypatch.setattr(kind, "CONFIGURATION", str(tmp_path))
    for path in ("13/main", "15/main", "16/other"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "postgresql.conf").touch()
    (tmp_path / "14" / "main").mkdir(parents=True)
    assert kind.read(RESOURCE, None) == ["13", "15"]
