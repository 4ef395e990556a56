"""The pictures of the README: a real host's page, audit and diagnosis, and what they say.

Each picture has its text beside it, without what is another at each run. Texts are compared; the
pictures themselves are not, because every machine draws them a little differently.
"""

import difflib
import html
import os
import re
import subprocess
from pathlib import Path

import hosts
import pytest
import trials
from playwright.sync_api import sync_playwright

HOST = "flaskops-pictures"
# What a reader sees in its place.
NAME = "shop.example.com"
KEPT = hosts.CHECKOUT / "docs" / "pictures"
LARGEST = 200_000
ENVIRONMENT = "/etc/flask/guestbook.env"
HBA = "/etc/postgresql/17/main/pg_hba.conf"
ENTRIES = [
    ("Ada", "London", "The first page from a real database."),
    ("Grace", "New York", "It is still here after a restart, so it must be kept somewhere."),
]
# What is another at each run, or with each version of what the host has installed.
VARIABLE = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "TIME"),
    (r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d", "TIME"),
    (r"\d+ resources compared", "MANY resources compared"),
    (r"\bline \d+", "line NUMBER"),
    (r"/releases/[0-9a-f]{12}\b", "/releases/RELEASE"),
    (r"(psycopg2?|libpq) \d+[\d.]*", r"\1 VERSION"),
]
TERMINAL = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><style>
body {{ margin: 0; padding: 16px 20px; background: #12161c; color: #e6eaf0; }}
pre {{ margin: 0; font: 14px/1.45 "DejaVu Sans Mono", "Liberation Mono", monospace;
  white-space: pre-wrap; }}
</style></head><body><pre>{}</pre></body></html>"""
# Ansible's colours of a terminal.
COLOURS = {
    "0;31": "#ff8f86", "0;32": "#7bdba4", "0;33": "#ffd27a", "0;36": "#7cc7ff", "1;30": "#8a94a3",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the host's inventory; the guestbook is served there."""
    folder = tmp_path_factory.mktemp("pictures")
    try:
        hosts.converged("site")
        hosts.inventory(folder, {HOST: "trixie"}, {"database": [HOST], "app": [HOST]}, stage="site")
        inventory = folder / "hosts"
        inventory.write_text(re.sub(f"^{HOST}", NAME, inventory.read_text(), flags=re.M))
        hosts.play(folder, "site")
        yield folder
    finally:
        hosts.destroy(HOST)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page of the browser."""
    # A picture is of the whole page, and no higher than what is there.
    page = browser.new_page(viewport={"width": 960, "height": 100})
    yield page
    page.close()


@pytest.fixture
def keep(page, tmp_path):
    """A function that makes picture and text of the page, and compares the text."""
    place = Path(os.environ.get("PICTURES") or tmp_path)

    def keep(name):
        picture = page.screenshot(path=place / f"{name}.png", full_page=True)
        (place / f"{name}.txt").write_text(stable(page.inner_text("body")))
        assert len(picture) < LARGEST
        compare(place / f"{name}.txt", KEPT / f"{name}.txt")

    return keep


def stable(text):
    for pattern, substitute in VARIABLE:
        text = re.sub(pattern, substitute, text)
    return "".join(f"{line.rstrip()}\n" for line in text.strip().splitlines())


def compare(new, kept):
    lines = [path.read_text().splitlines() if path.exists() else [] for path in (kept, new)]
    diff = list(difflib.unified_diff(*lines, kept.name, "what it would say now", lineterm=""))
    if diff:
        told = (
            f"docs/pictures/{kept.stem}.png is out of date. If this difference is meant, make them"
            " all anew by make pictures, and look at them."
        )
        pytest.fail("\n".join([told, *diff]), pytrace=False)


def test_the_guestbook(folder, page, keep):
    port = ["docker", "port", HOST, "80/tcp"]
    address = subprocess.run(port, capture_output=True, text=True, check=True).stdout.split()[0]
    page.goto(f"http://{address}/")
    for author, place, text in ENTRIES:
        page.get_by_label("Your name").fill(author)
        page.get_by_label("Where from").fill(place)
        page.get_by_label("Your words").fill(text)
        page.get_by_role("button").click()
        page.locator("article", has_text=text).wait_for()
    keep("guestbook")


def test_an_audit_that_found_something(folder, page, keep):
    reload = "systemctl reload postgresql@17-main && sleep 0.5"
    report = folder / "report"
    try:
        hosts.shell(HOST, f"echo 'host all all 0.0.0.0/0 trust' >> {HBA} && {reload}")
        hosts.shell(HOST, f"chmod 0644 {ENVIRONMENT}")
        hosts.play(folder, "audit", f"--extra-vars=audit_report_dir={report}", check=False)
        page.goto((report / "audit.html").as_uri())
        keep("audit")
    finally:
        hosts.shell(HOST, f"sed -i '/0.0.0.0.0 trust$/d' {HBA}; {reload}; chmod 0640 {ENVIRONMENT}")


def test_a_diagnosis(folder, page, keep, monkeypatch):
    monkeypatch.setenv("ANSIBLE_FORCE_COLOR", "1")
    kept = trials.sql(HOST, "SELECT rolpassword FROM pg_authid WHERE rolname = 'guestbook'")
    try:
        trials.sql(HOST, "ALTER ROLE guestbook PASSWORD 'another'")
        # The sessions that it has would go on.
        hosts.shell(HOST, "systemctl restart guestbook")
        done = hosts.play(folder, "diagnose", check=False)
    finally:
        trials.sql(HOST, f"ALTER ROLE guestbook PASSWORD '{kept}'")
    # What the playbook itself says, and not Ansible of its tasks.
    [shown] = re.findall(rf"^{NAME}\n.*?^ +remedy: .*?\n", done.stdout, re.M | re.S)
    page.set_content(TERMINAL.format(coloured(shown)))
    keep("diagnosis")


def coloured(text):
    """What a terminal shows, as HTML."""
    return re.sub(
        r"\x1b\[([\d;]+)m(.*?)\x1b\[0m",
        lambda found: f'<span style="color: {COLOURS[found[1]]}">{found[2]}</span>',
        html.escape(text),
    )
