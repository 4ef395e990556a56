import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_settings as kind,
)

RESOURCE = {"file": "/etc/f.conf", "settings": {}, "login_user": "postgres", "login_port": 5432}


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
    found = kind.compare(RESOURCE, {"ssl": decided})
    assert [remedy in d.remedy for d in found] == ([True] if remedy else [])
