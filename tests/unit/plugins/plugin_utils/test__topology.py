import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils._topology import Application, place

ONE = Application(["web1"], ["web1"])
APART = Application(["web1", "web2"], ["db1"])
MANAGED = Application(["web1", "web2"], [])
EACH = Application(["web1", "web2"], ["web1", "web2"])
FIRST = Application(["web1", "web2"], ["web1"])
# A mistake that the playbooks refuse: either would do.
TWO = Application(["web1"], ["db1", "db2"])
ALL = ["db1", "db2", "web1", "web2"]


@pytest.mark.parametrize(
    ("application", "host", "database", "has_database", "is_managed", "clients", "migrates"),
    [
        (ONE, "web1", "web1", True, False, [], True),
        (APART, "web1", "db1", False, False, ["web1", "web2"], True),
        (APART, "web2", "db1", False, False, ["web1", "web2"], False),
        (APART, "db1", "db1", True, False, ["web1", "web2"], False),
        (MANAGED, "web1", "", False, True, ["web1", "web2"], True),
        (MANAGED, "web2", "", False, True, ["web1", "web2"], False),
        (EACH, "web1", "web1", True, False, [], True),
        (EACH, "web2", "web2", True, False, [], True),
        (FIRST, "web1", "web1", True, False, ["web2"], True),
        (FIRST, "web2", "web1", False, False, ["web2"], False),
        (TWO, "web1", "db1", False, False, ["web1"], True),
    ],
)
def test_a_place(application, host, database, has_database, is_managed, clients, migrates):
    expected = (database, has_database, is_managed, clients, migrates)
    assert place(host, application, ALL) == expected


@pytest.mark.parametrize(
    ("application", "playing", "migrating"),
    [
        (APART, ["db1", "web2"], ["web2"]),
        (APART, ["db1"], []),
        (MANAGED, ["web2"], ["web2"]),
        (EACH, ["web2"], ["web2"]),
        (FIRST, ["web2"], []),
    ],
)
def test_of_the_hosts_in_a_run_one_migrates_each_database(application, playing, migrating):
    found = [host for host in application.hosts if place(host, application, playing).migrates]
    assert found == migrating


def test_the_clients_are_in_the_inventorys_order():
    application = Application([f"web{n}" for n in (9, 10, 1)], ["db1"])
    assert place("db1", application, ALL).clients == ["web9", "web10", "web1"]
