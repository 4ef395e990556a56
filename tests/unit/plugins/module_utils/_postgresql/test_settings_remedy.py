import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    settings_remedy as remedy,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import (
    Line,
    Server,
)

LOGIN = {"login_user": "postgres", "login_port": 5432, "unit": "postgresql@17-main.service"}
AUTO, MAIN, OWN = "/d/postgresql.auto.conf", "/e/postgresql.conf", "/e/conf.d/own.conf"
PSQL = "runuser -u postgres -- psql -p 5432 -d postgres -c "
RESET, RELOAD = PSQL + "'ALTER SYSTEM RESET {}'", PSQL + "'SELECT pg_reload_conf()'"


def server(lines, context="sighup", waits=()):
    applied = {name: Line(file, value, "now", name in waits) for name, file, value in lines}
    rows = {name: {"context": context} for name, _file, _value in lines}
    return Server("/h", {}, [], [], applied, rows, {}, {}, lines=lines)


@pytest.mark.parametrize(
    ("found", "own", "instead", "expected"),
    [
        (
            server([("fsync", AUTO, "off")]), [], {},
            RESET.format("fsync") + " && " + RELOAD,
        ),
        # Every line of it, in every file; else the one before would count.
        (
            server([("fsync", "/a.conf", "off"), ("fsync", "/b c.conf", "off")]), [], {},
            "sed -i -e 's/^[[:space:]]*fsync\\b/#&/I' /a.conf"
            " && sed -i -e 's/^[[:space:]]*fsync\\b/#&/I' '/b c.conf' && " + RELOAD,
        ),
        # What comes before the declared line decides nothing.
        (
            server([("port", MAIN, "1"), ("port", OWN, "2"), ("port", AUTO, "3")]), [OWN], {},
            RESET.format("port") + " && " + RELOAD,
        ),
        # Debian's own line stays, with Debian's value, or comes back.
        (
            server([("ssl", MAIN, "off")]), [], {"ssl": (MAIN, "on")},
            "sed -i -e 's|^[[:space:]]*ssl\\b.*|ssl = '\"'\"'on'\"'\"'|I' /e/postgresql.conf && "
            + RELOAD,
        ),
        (
            server([]), [], {"ssl": (MAIN, "on")},
            "sed -i -e '$a ssl = '\"'\"'on'\"'\"'' /e/postgresql.conf && " + RELOAD,
        ),
        # What only a restart changes, once it is in effect.
        (
            server([("wal_level", AUTO, "x")], "postmaster"), [], {},
            RESET.format("wal_level") + " && systemctl restart postgresql@17-main.service",
        ),
        (
            server([("wal_level", AUTO, "x")], "postmaster", waits=("wal_level",)), [], {},
            RESET.format("wal_level") + " && " + RELOAD,
        ),
    ],
)  # fmt: skip
def test_what_takes_a_setting_out(found, own, instead, expected):
    name = next(iter(found.settings), "ssl")
    assert " && ".join(remedy.without(LOGIN, found, name, own, instead)) == expected


def test_what_waits_goes_with_it():
    lines = [("fsync", AUTO, "off"), ("work_mem", "/z.conf", "1"), ("jit", OWN, "off")]
    found = remedy.without(LOGIN, server(lines, waits=("work_mem", "jit")), "fsync", [OWN]).remedy
    assert "work_mem" in found
    assert "jit" not in found
