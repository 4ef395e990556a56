"""The hosts that the tests of connectivity and of migrations share."""

import shlex
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hosts
from hosts import FLEET


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    """The folder of the fleet's inventory."""
    folder = tmp_path_factory.mktemp("fleet")
    try:
        hosts.provision(folder, FLEET, {"database": FLEET, "app": FLEET})
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
