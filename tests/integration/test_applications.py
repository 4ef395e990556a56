"""Applications that somebody else wrote take their database as they want it, by variables alone.

Each is checked, provisioned, asked for a page that writes PostgreSQL, run again and audited; then
it is damaged, or declared as for another application, and the answer names what helps.
"""

import json
import shutil

import hosts
import pytest

HOST = "flaskops-applications"
SOURCES = hosts.CHECKOUT / "tests" / "integration" / "applications"
SETTINGS = "/etc/flask/guestbook.cfg"
MAIL = "m@il's \"pass\\word"
PARTS = {part: f"LEDGER_DB_{part.upper()}" for part in ("host", "port", "name", "user", "password")}
# One shape in make test; all in make soak-applications.
pytestmark = pytest.mark.rows(1)
SHAPES = {
    "by_url": {"app_database_url_variable": "LEDGER_DB"},
    "by_parts": {"app_database_variables": PARTS},
    "by_file": {
        "app_settings_template": str(SOURCES / "ledger.cfg.j2"),
        "app_settings_variable": "LEDGER_SETTINGS_FILE",
        "ledger_mail_password": MAIL,
        "ledger_currency": "EUR",
    },
}
# What each is damaged with, and what an audit makes of it.
DRIFTS = {
    "by_url": ("sed -i '/^LEDGER_DB=/s/guestbook:/other:/' /etc/flask/guestbook.env",
               "environment_file.variable", "LEDGER_DB"),
    "by_parts": ("sed -i 's/^LEDGER_DB_PASSWORD=.*/LEDGER_DB_PASSWORD=x/' /etc/flask/guestbook.env",
                 "environment_file.variable", "LEDGER_DB_PASSWORD"),
    "by_file": (f"sed -i 's/EUR/USD/' {SETTINGS}", "file.content", ""),
}  # fmt: skip


class Site:
    """A host with one application, which was checked and provisioned once."""

    def __init__(self, folder, shape):
        self.folder, self.shape = folder, shape
        self.checked = hosts.play(folder, "site", "--check", "--diff").stdout
        self.made = hosts.play(folder, "site", "--diff").stdout

    def run(self, *arguments, check=True):
        return hosts.play(self.folder, "site", "--diff", *arguments, check=check).stdout

    def page(self):
        code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1/').read().decode())"
        return json.loads(hosts.shell(HOST, f'python3 -c "{code}"'))

    def findings(self):
        """(id, subject) of what an audit finds, and all that it says."""
        report = self.folder / "report"
        done = hosts.play(self.folder, "audit", f"-eaudit_report_dir={report}", check=False)
        found = json.loads((report / "audit.json").read_text())
        listed = [each for host in found["hosts"].values() for each in host["findings"]]
        return [(each["id"], each["subject"]) for each in listed], done.stdout + json.dumps(found)


@pytest.fixture(scope="module", params=SHAPES)
def site(request, tmp_path_factory):
    """The site of each shape, upon a host that has PostgreSQL."""
    shape, folder = request.param, tmp_path_factory.mktemp(request.param)
    source = folder / "source"
    shutil.copytree(SOURCES / "common", source)
    shutil.copy(SOURCES / shape / "settings.py", source)
    hosts.converged("prepared")
    try:
        hosts.inventory(
            folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]}, stage="prepared",
            **{"app_source": str(source), "site_request_path": "/", **SHAPES[shape]},
        )  # fmt: skip
        yield Site(folder, shape)
    finally:
        hosts.destroy(HOST)


def secrets():
    """The texts that no output has, as they are and as a URL or JSON has them."""
    plain = [hosts.PASSWORD, hosts.OWNER_PASSWORD, MAIL, "0123456789abcdef"]
    return [*plain, "p%40ss", "0wner%27s", *(json.dumps(text)[1:-1] for text in plain)]


def test_it_serves_from_the_declared_database(site):
    assert "PLAY RECAP" in site.checked
    page = site.page()
    assert (page["dialect"], page["database"], page["user"]) == (
        "postgresql", "guestbook", "guestbook",
    )  # fmt: skip
    assert page["entries"] >= 1
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'entry'"
    command = f'psql -AtX -d guestbook -c "{owner}"'
    assert hosts.shell(HOST, command, user="postgres") == "guestbook_owner"
    # What the migration had in place of the service's.
    assert hosts.shell(HOST, "ls -A /run | grep '^flaskops-'", check=False) == ""


def test_a_second_run_changes_nothing_and_an_audit_finds_nothing(site):
    again = site.run()
    recap = again[again.index("PLAY RECAP") :]
    assert "changed=0" in recap, again[-3000:]
    found, said = site.findings()
    assert found == []
    output = site.checked + site.made + again + said
    assert [secret for secret in secrets() if secret in output] == []


def test_a_drift_is_found_by_itself_and_put_right(site):
    damage, check, subject = DRIFTS[site.shape]
    before = hosts.shell(HOST, "systemctl show --value -p MainPID guestbook")
    hosts.shell(HOST, damage)
    found, said = site.findings()
    assert found == [(check, subject)]
    repaired = site.run()
    assert [secret for secret in secrets() if secret in said + repaired] == []
    assert site.findings()[0] == []
    assert hosts.shell(HOST, "systemctl show --value -p MainPID guestbook") != before
    assert site.page()["currency"] == SHAPES[site.shape].get("ledger_currency")


def test_another_value_of_a_setting_reaches_the_service(site):
    if site.shape == "by_file":
        output = site.run("-eledger_currency=CHF")
        assert [secret for secret in secrets() if secret in output] == []
        assert site.page()["currency"] == "CHF"
        assert hosts.shell(HOST, f"stat -c '%a %U:%G' {SETTINGS}") == "640 root:guestbook"
        site.run()


# How each is declared where nobody has read how it takes its database.
WRONG = {
    "by_url": {"app_database_url_variable": "DATABASE_URL"},
    "by_parts": {"app_database_variables": {}},
    "by_file": {"app_settings_template": "", "app_settings_variable": ""},
}
HELP = {
    "by_url": "app_database_url_variable",
    "by_parts": "app_database_variables",
    "by_file": "app_settings_variable",
}


def test_what_helps_is_named_where_it_does_not_find_its_database(site):
    output = " ".join(site.run(f"-e{json.dumps(WRONG[site.shape])}", check=False).split())
    assert "failed=1" in output
    assert HELP[site.shape] in output[output.index("fatal:") :], output[-3000:]
    assert [secret for secret in secrets() if secret in output] == []
    site.run()
    assert site.page()["dialect"] == "postgresql"
