"""What an application needs around its release: assets that are built, commands that run once, and
places that it may write.

One host goes through all of it: a build that fails, a command that fails, both corrected; a second
run, a second release, an edit of what was built. After each, the page shows what is in effect.
"""

import json
import shutil

import hosts
import pytest

HOST = "flaskops-builds"
SOURCES = hosts.CHECKOUT / "tests" / "integration" / "applications"
TOKEN = "t0ken-of-the-shop"
BUILD = "python make_style.py style.src.css static/style.css"
# It needs a package that stays no longer than the build.
TRANSLATE = ["msgfmt", "--output-file=de.mo", "de.po"]
ENVIRONMENT = {"SHOP_COLOUR": "red", "SHOP_TOKEN": TOKEN}
COMMANDS = [
    {"name": "first-administrator", "command": "flask note first", "once": "ever"},
    {"name": "warm", "command": ["flask", "note", "warm"], "once": "release"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the inventory, of a host that has PostgreSQL."""
    folder = tmp_path_factory.mktemp("builds")
    source = folder / "source"
    shutil.copytree(SOURCES / "common", source)
    shutil.copytree(SOURCES / "built", source, dirs_exist_ok=True)
    hosts.converged("prepared")
    try:
        hosts.inventory(
            folder, {HOST: "bookworm"}, {"database": [HOST], "app": [HOST]}, stage="prepared",
            app_source=str(source), site_request_path="/", app_environment=ENVIRONMENT,
            app_shared_paths=["static/uploads"], app_build=[TRANSLATE, BUILD],
            app_build_packages=["gettext"], app_commands=COMMANDS,
        )  # fmt: skip
        yield folder
    finally:
        hosts.destroy(HOST)


def site(folder, check=True, **said):
    """What a run says, with which other values of variables; no secret is in it."""
    output = hosts.play(folder, "site", "--diff", f"-e{json.dumps(said)}", check=check).stdout
    secrets = [hosts.PASSWORD, hosts.OWNER_PASSWORD, TOKEN, "0123456789abcdef"]
    assert [secret for secret in secrets if secret in output] == []
    assert ("failed=1" in output) != check
    return output


def page(path=""):
    code = (
        f"import urllib.request as r; print(r.urlopen('http://127.0.0.1/{path}').read().decode())"
    )
    text = hosts.shell(HOST, f'python3 -c "{code}"')
    return json.loads(text) if text else {}


def audit(folder):
    """(id, subject) of what an audit finds."""
    report = folder / "report"
    hosts.play(folder, "audit", f"-eaudit_report_dir={report}", check=False)
    found = json.loads((report / "audit.json").read_text())
    return [(e["id"], e["subject"]) for host in found["hosts"].values() for e in host["findings"]]


def current():
    return hosts.shell(HOST, "readlink /srv/guestbook/current")


def leftovers():
    """What is there of the build's packages, and what nothing needs any more."""
    asked = "dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | grep '^ii *gettext$'"
    return hosts.shell(HOST, f"{asked}; apt-get --simulate autoremove | grep ^Remv", check=False)


def is_at_rest(folder):
    again = site(folder)
    return "changed=0" in again[again.index("PLAY RECAP") :] and audit(folder) == []


def test_a_build_that_fails_says_why_and_leaves_the_release_in_use(folder):
    before, there = current(), leftovers()
    output = site(folder, check=False, app_environment={**ENVIRONMENT, "SHOP_COLOUR": "none"})
    told = output[output.index("fatal:") :]
    assert f'app_build: "{BUILD}" ended with 1: there is no colour none, says ********' in told
    assert "app_build_environment" in told
    assert (current(), leftovers()) == (before, there)
    assert hosts.shell(HOST, "ls -d /srv/guestbook/.build", check=False) == ""


def test_a_command_that_fails_says_why_and_the_release_in_use_stays(folder):
    before = current()
    output = site(folder, check=False, app_environment={**ENVIRONMENT, "REFUSED": "warm"})
    told = output[output.index("fatal:") :]
    assert 'app_commands: warm: "flask note warm" ended with 1: no warm for ********' in told
    assert current() == before


def test_the_next_run_goes_on_from_there(folder):
    output = site(folder)
    # What was built is not built again.
    assert "Build what" not in output
    found = page()
    assert found["notes"] == ["first", "warm"]
    assert found["style"] == "body { color: red }\n/* by guestbook-build */\n"
    assert found["welcome"] == "Willkommen"
    assert "gettext" not in leftovers()
    assert found["uploads"] == {"logo.svg": "shop\n"}
    # The build had neither the session's secret nor the way into the database.
    seen = hosts.shell(HOST, "cat /srv/guestbook/current/secrets-of-the-build")
    assert seen.startswith("not-for-a-build\npostgresql://guestbook:not-for-a-build@127.0.0.1")
    assert is_at_rest(folder)


def test_a_second_release_has_the_uploads_and_what_runs_once_has_run(folder):
    page("upload/cat.svg")
    before = current()
    source = folder / "source" / "style.src.css"
    source.write_text("p { color: COLOUR }\n")
    (folder / "source" / "static" / "uploads" / "logo.svg").write_text("another\n")
    site(folder)
    assert current() != before
    found = page()
    assert found["uploads"] == {"cat.svg": "uploaded", "logo.svg": "shop\n"}
    assert found["style"].startswith("p { color: red }")
    assert found["notes"] == ["first", "warm", "warm"]
    assert "gettext" not in leftovers()
    assert audit(folder) == []


def test_an_edit_of_what_was_built_is_found_and_put_right(folder):
    hosts.shell(HOST, "echo 'p { color: blue }' > /srv/guestbook/current/static/style.css")
    assert audit(folder) == [("release.file", "static/style.css")]
    site(folder)
    found = page()
    assert found["style"].startswith("p { color: red }")
    assert found["uploads"]["cat.svg"] == "uploaded"
    # A repair is no release.
    assert found["notes"] == ["first", "warm", "warm"]
    assert audit(folder) == []
