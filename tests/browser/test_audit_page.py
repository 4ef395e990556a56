"""The audit's page, looked at as people do: wide and narrow, by day and by night."""

import os
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit, _audit_html
from playwright.sync_api import sync_playwright

SCREENSHOTS = Path(__file__).parents[2] / ".cache" / "screenshots"
TEXTS = {
    "attribute": "line 1",
    "check": "line",
    "subject": "1",
    "direction": "unexpected",
    "expected": "no such line",
    "actual": "host all all 0.0.0.0/0 trust " + "x" * 300,
    "cause": "Somebody added a line by hand.",
    "remedy": "sed -i 1d /etc/postgresql/17/main/pg_hba.conf",
    "resource": "/etc/postgresql/17/main/pg_hba.conf",
    "owned": False,
    "live": False,
    "waits": False,
}


def difference(role, severity):
    return {**TEXTS, "id": f"{role}.line", "role": role, "kind": role, "severity": severity}


COMPARED = [(role, "file", "/x") for role in _audit.AREAS]
RESULTS = {
    "web1.example.com": {"differences": [], "compared": COMPARED},
    "web2.example.com": {
        "differences": [
            difference("app", "warning"),
            difference("pg_hba", "error"),
            {
                **difference("gunicorn", "error"),
                "owned": True,
                "remedy": "Run flaskops.stack.site.",
            },
            {**difference("nginx", "error"), "waits": True},
        ],
        "restarts": {"shop.service": "restart", "nginx.service": "reload"},
        "consequences": [{**difference("site", "error"), "because": ["pg_hba /h"]}],
        "compared": COMPARED,
    },
    "db1.example.com": {"differences": [difference("pg_hba", "error")], "compared": COMPARED},
    "db2.example.com": {"unreachable": True, "msg": "no route to host"},
    "db3.example.com": {
        "differences": [],
        "not_checked": [{**difference("site", ""), "reason": "a pooler is in between"}],
        "compared": COMPARED,
    },
}

# The contrast of WCAG 2, of every text against the first opaque background behind it.
CONTRAST = """() => {
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92
    : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.offsetParent)
    .map(e => {
      const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort();
      return [(b + .05) / (a + .05), e.textContent.slice(0, 40)];
    }).sort((x, y) => x[0] - y[0])[0];
}"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def page(request, browser, tmp_path):
    width, scheme = request.param
    path = tmp_path / "audit.html"
    path.write_text(_audit_html.render(_audit.build(RESULTS, "2026-01-01T00:00:00+00:00")))
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"audit-{width}-{scheme}.png", full_page=True)
    yield page
    assert requests == [path.as_uri()]
    page.close()


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_text_can_be_read(page):
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, text


def test_the_overview_shows_every_host_and_area(page):
    rows = page.locator("#fleet tbody tr")
    assert rows.locator("th").all_inner_texts() == list(RESULTS)
    assert page.locator("#fleet thead th").all_inner_texts()[1:] == list(_audit.AREAS)
    assert rows.nth(1).locator("td.error").all_inner_texts() == ["error"] * 3
    assert rows.nth(1).locator("td.warning").all_inner_texts() == ["warning"]
    assert rows.nth(1).locator("td.follows").all_inner_texts() == ["follows"]
    assert rows.nth(3).locator("td").all_inner_texts() == ["unreachable"]
    assert rows.nth(4).locator("td.not").all_inner_texts() == ["not checked"]


def test_what_to_do_comes_before_the_findings_and_leads_to_them(page):
    plan = page.locator(".plan[data-host='web2.example.com'] ol")
    first, run, then, again = (plan.locator("> li").nth(n) for n in range(4))
    assert first.locator("a").count() == 2
    assert "restarts shop.service" in run.inner_text()
    assert "puts right 1 of 4" in run.inner_text()
    assert then.locator("a").count() == 1
    assert again.inner_text().startswith("Audit again: ansible-playbook -i INVENTORY")
    link = first.locator("a").filter(has_text="nginx")
    target = page.locator(link.get_attribute("href"))
    assert "nginx" in target.inner_text()


def test_the_worst_finding_is_the_first(page):
    articles = page.locator("article")
    severities = articles.evaluate_all("all => all.map(a => a.dataset.severity).filter(Boolean)")
    assert severities == sorted(severities)


def test_a_command_is_copied(page):
    button = page.locator("article button[data-copy]").first
    button.click()
    assert button.inner_text() == "Copied"
    # What can be read only is no command.
    assert page.locator("article [data-copy^='Run ']").count() == 0


def visible(page):
    return page.locator("article:visible").count()


def test_findings_are_filtered_by_host_area_and_severity(page):
    # What follows is one line until somebody wants to know.
    assert visible(page) == 7
    page.locator("summary").click()
    assert visible(page) == 8
    page.select_option("select[name=role]", "site")
    assert page.locator("article:visible").last.inner_text().startswith("not checked")
    page.select_option("select[name=role]", "")
    page.select_option("select[name=severity]", "error")
    assert visible(page) == 5
    assert page.locator("summary:visible").count() == 0
    page.select_option("select[name=role]", "pg_hba")
    assert visible(page) == 2
    page.select_option("select[name=host]", "db1.example.com")
    assert visible(page) == 1
    assert page.locator("#fleet tbody tr:visible").count() == 1
    page.select_option("select[name=severity]", "warning")
    assert visible(page) == 0
    assert page.locator("#none").is_visible()
