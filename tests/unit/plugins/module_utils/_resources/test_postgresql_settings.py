import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import (
    Line,
    Server,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_settings as kind,
)

RESOURCE = {"file": "/etc/f.conf", "settings": {}, "login_user": "postgres", "login_port": 5432}


def actual(line, value, source):
    server = Server("/h", {}, [], [], {"ssl": line}, {}, {}, {})
    return {"decided": {"ssl": (value, source)}, "server": server}


@pytest.mark.parametrize(
    ("decided", "remedy"),
    [
        (("/etc/f.conf", "on", "configuration file"), None),
        # Another file, with a line that was overridden before the server's first start.
        (("/d/postgresql.auto.conf", "off", "configuration file"), "ALTER SYSTEM RESET ssl"),
        (("/etc/z.conf", "off", "configuration file"), "sed -i"),
        (("/etc/f.conf", "off", "command line"), "sed -i"),
    ],
)
def test_difference(decided, remedy):
    file, *rest = decided
    found = kind.compare(RESOURCE, actual(Line(file, "off", "off", waits=False), *rest))
    assert [remedy in d.remedy for d in found] == ([True] if remedy else [])
    assert not any(d.waits for d in found)


def test_what_waits_for_a_reload_or_restart():
    line = Line("/d/postgresql.auto.conf", "off", "on", waits=True)
    (found,) = kind.compare(RESOURCE, actual(line, "on", "configuration file"))
    assert (found.waits, found.owned) == (True, False)
    assert found.actual == "on, and off by /d/postgresql.auto.conf (waits for a reload or restart)"
