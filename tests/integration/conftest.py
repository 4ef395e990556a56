"""The hosts that the tests of connectivity and of migrations share."""

import os
import shlex
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hosts
import trials
from hosts import FLEET

# Of a table of tests, so many rows in make test, spread over it, and all with ROWS=all, as in the
# soaks; pytest.mark.rows gives a table another number, and with "all" every row, as where one needs
# what another has made.
ROWS = 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out rows of long tables."""
    if os.environ.get("ROWS") == "all":
        return
    tables = {}
    for item in items:
        tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {id(item) for rows in tables.values() for item in _spread(rows)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def _spread(rows):
    mark = rows[0].get_closest_marker("rows")
    wanted = mark.args[0] if mark else ROWS
    number = len(rows) if wanted == "all" else min(wanted, len(rows))
    return [rows[turn * len(rows) // number] for turn in range(number)]


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    """The folder of the fleet's inventory."""
    folder = tmp_path_factory.mktemp("fleet")
    try:
        # Services restart a hundred times here, and each worker loads the application.
        hosts.provision(folder, FLEET, {"database": FLEET, "app": FLEET}, gunicorn_workers=2)
        users = '"guestbook" "{}"\n'.format(hosts.PASSWORD.replace('"', '""'))
        users += '"guestbook_owner" "{}"\n'.format(hosts.OWNER_PASSWORD.replace('"', '""'))
        for host in FLEET:
            hosts.shell(
                host,
                "DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes pgbouncer >/dev/null && "
                f"printf %s {shlex.quote(users)} > /etc/pgbouncer/userlist.txt",
            )
        yield folder
    finally:
        for host in FLEET:
            hosts.destroy(host)


@pytest.fixture(params=FLEET)
def host(request, fleet):
    """Each host of the fleet."""
    return request.param


# Both versions of PostgreSQL take a while: make soak-migrations has it.
@pytest.fixture(params=hosts.FLEET if trials.ROUNDS > 1 else list(hosts.FLEET)[1:])
def trial(request, fleet):
    """An empty database, and the guestbook's migrations; returns a function that upgrades it."""
    host = request.param
    trials.empty(host)
    trials.migrations(host)

    def upgrade(check=False, **options):
        own = {"database_url": trials.url(), "migrations_directory": "/opt/trial/migrations"}
        mode = {"_ansible_check_mode": check, "_ansible_diff": True}
        arguments = {**trials.SITE, **own, **mode, **options}
        found = hosts.module(host, "flask_db_upgrade", **arguments)
        assert not trials.secrets_in(found), found
        return found

    upgrade.host = host
    return upgrade
