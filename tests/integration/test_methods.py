"""Each way to migrate a database, declared by variables alone, of one application.

Each is checked, provisioned, run again and audited; its next release brings a migration, and the
one after that a migration that fails.
"""

import json
import shutil

import hosts
import pytest
import trials

HOST = "flaskops-methods"
SOURCES = hosts.CHECKOUT / "tests" / "integration" / "applications"
REVISION = '''"""A migration"""
from alembic import op

revision = "{}"
down_revision = "{}"
branch_labels = depends_on = None


def upgrade():
    op.execute("{}")
'''
PLACE = "ALTER TABLE entry ADD COLUMN IF NOT EXISTS place text"
BAD = "INSERT INTO nowhere VALUES (1)"
# What the diagnosis says of the layer schema.
SCHEMA = {
    "alembic": "at 0001, the newest",
    "command": "it is migrated by a command of its own",
    "application": "not checked: it migrates when loaded",
}
# One method in make test; all in make soak-applications.
pytestmark = pytest.mark.rows(1)
# What is declared; the file of the next release, and of one that fails, whose failure names it.
METHODS = {
    "alembic": (
        {},
        ("db/versions/0002_place.py", REVISION.format("0002", "0001", PLACE)),
        ("db/versions/0003_bad.py", REVISION.format("0003", "0002", BAD)),
        "revision 0003 (0003_bad.py) failed with 42P01",
    ),
    "command": (
        {"migrations_command": ["python", "migrate.py"]},
        ("sql/2_place.sql", PLACE),
        ("sql/3_bad.sql", BAD),
        "upgrade.command_failed: python migrate.py ended with 1",
    ),
    "application": (
        {"database_owner": "guestbook", "database_owner_password": hosts.PASSWORD},
        ("2_place.sql", PLACE),
        ("3_bad.sql", BAD),
        'relation "nowhere" does not exist',
    ),
}
COLUMN = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'place'"


class Site:
    """A host with the application of one method, which was checked and provisioned once."""

    def __init__(self, folder, method):
        self.folder, self.method, self.source = folder, method, folder / "source"
        self.outputs = [hosts.play(folder, "site", "--check", "--diff").stdout]
        self.run()

    def run(self, *arguments, playbook="site", check=True):
        done = hosts.play(self.folder, playbook, "--diff", *arguments, check=check)
        self.outputs.append(done.stdout + done.stderr)
        return done.stdout

    def page(self):
        code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1/').read().decode())"
        return json.loads(hosts.shell(HOST, f'python3 -c "{code}"'))

    def findings(self):
        """(id, status) of what an audit finds."""
        report = self.folder / "report"
        self.run(f"-eaudit_report_dir={report}", playbook="audit", check=False)
        found = json.loads((report / "audit.json").read_text())["hosts"]
        return [each["id"] for host in found.values() for each in host["findings"]]

    def release(self):
        return hosts.shell(HOST, "readlink /srv/guestbook/current")


@pytest.fixture(scope="module", params=METHODS)
def site(request, tmp_path_factory):
    """The site of each method, upon a host that has PostgreSQL."""
    method, folder = request.param, tmp_path_factory.mktemp(request.param)
    source = folder / "source"
    for part in ("method_common", f"method_{method}"):
        shutil.copytree(SOURCES / part, source, dirs_exist_ok=True)
    hosts.converged("prepared")
    try:
        hosts.inventory(
            folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]}, stage="prepared",
            app_source=str(source), site_request_path="/",
            **{"migrations_method": method, **METHODS[method][0]},
        )  # fmt: skip
        yield Site(folder, method)
    finally:
        hosts.destroy(HOST)


def test_it_serves_and_a_second_run_changes_nothing(site):
    page = site.page()
    assert (page["dialect"], page["user"]) == ("postgresql", "guestbook")
    owner = trials.sql(
        HOST, "SELECT tableowner FROM pg_tables WHERE tablename = 'entry'", "guestbook"
    )
    assert owner == ("guestbook" if site.method == "application" else "guestbook_owner")
    again = site.run()
    assert "changed=0" in again[again.index("PLAY RECAP") :], again[-3000:]
    assert [found for found in site.findings() if found != "structure.known"] == []
    assert SCHEMA[site.method] in site.run(playbook="diagnose")


def test_the_next_releases_migration_is_applied(site):
    path, text = METHODS[site.method][1]
    (site.source / path).write_text(text)
    before = site.release()
    site.run()
    assert site.release() != before
    assert trials.sql(HOST, COLUMN, "guestbook") == "1"
    again = site.run()
    assert "changed=0" in again[again.index("PLAY RECAP") :], again[-3000:]
    assert "has run" not in site.run(playbook="migrate")


def test_what_has_not_run_for_this_release_is_found_and_run(site):
    hosts.shell(HOST, "rm -f /var/lib/flaskops/guestbook.migrated.json")
    once = site.method != "alembic"
    assert ("migrations.run" in site.findings()) == once
    site.run()
    assert "migrations.run" not in site.findings()


def test_one_that_fails_is_named_and_the_release_stays(site):
    path, text = METHODS[site.method][2]
    (site.source / path).write_text(text)
    before = site.release()
    output = " ".join(site.run(check=False).split())
    assert "failed=1" in output
    assert METHODS[site.method][3] in output[output.index("fatal:") :], output[-3000:]
    assert site.release() == before
    assert site.page()["entries"]
    assert trials.locks(HOST) == "0"
    # It is tried again, and not taken for done.
    assert "failed=1" in site.run(check=False)
    (site.source / path).unlink()
    site.run()
    assert site.release() == before


def test_no_output_has_a_secret(site):
    assert trials.secrets_in(site.outputs) == []


def test_without_migrations_nothing_of_them_is_compared(site):
    """Whoever makes the tables, they are taken as they are."""
    none = ["-emigrations_method=none", "-e", json.dumps({"migrations_command": []})]
    if site.method == "application":
        return
    site.run(*none)
    trials.sql(HOST, "DROP TABLE IF EXISTS alembic_version", "guestbook")
    output = site.run(*none)
    assert "changed=0" in output[output.index("PLAY RECAP") :], output[-3000:]
    assert "no migrations are declared" in site.run(*none, playbook="diagnose")
    assert "no migrations are declared" in site.run(*none, playbook="migrate")
