"""What an application that is loaded shows of mistakes to come, and what the journal has."""

from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import failures
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import application

WELL = {
    "pooled": True, "pre_ping": True, "recycle": -1, "connections": 0, "tables": ["entry"],
    "other_tables": [], "csrf": True, "secure_cookie": False,
}  # fmt: skip
HTTP, HTTPS = "http://127.0.0.1/health", "https://127.0.0.1/health"
SHOWN = [
    ({}, 1, False, HTTP, ""),
    ({"other_tables": ["second"]}, 1, False, HTTP, "two_instances"),
    ({"tables": []}, 3, False, HTTP, "models_not_imported"),
    # One without Flask-SQLAlchemy, of whose models nobody knows.
    ({"tables": None}, 3, False, HTTP, ""),
    # Nothing was made yet, or the application has no models.
    ({"tables": []}, 0, False, HTTP, ""),
    ({"connections": 1}, 1, True, HTTP, "shared_pool"),
    ({"connections": 1}, 1, False, HTTP, ""),
    ({"pre_ping": False}, 1, False, HTTP, "stale_connection"),
    ({"pre_ping": False, "recycle": 280}, 1, False, HTTP, ""),
    # Each session has a connection of its own, which cannot grow old.
    ({"pre_ping": False, "pooled": False}, 1, False, HTTP, ""),
    ({"secure_cookie": True}, 1, False, HTTP, "csrf"),
    ({"secure_cookie": True}, 1, False, HTTPS, ""),
    ({"secure_cookie": True, "csrf": False}, 1, False, HTTP, ""),
]


@pytest.mark.parametrize(("changes", "tables", "preloads", "url", "code"), SHOWN)
def test_what_it_shows(changes, tables, preloads, url, code):
    found = application.judge({**WELL, **changes}, tables, preloads, url)
    assert (found.code if found else "") == code
    assert found is None or found.status == "warning"


def case(*journal, settings="well", unit="shop.service"):
    return SimpleNamespace(
        asked=options.asked({"unit": unit, "url": HTTP}), failures=lambda _since: list(journal),
        loaded=lambda: {"settings": WELL} if settings else {}, preloads=lambda: False,
        session={"schema": {"tables": 1}},
    )  # fmt: skip


def raised(kind):
    frames = (failures.Frame("/srv/shop/app.py", 3, "page", "run()"),)
    return (failures.Raised(kind, "", failures.sqlstate_of(kind), "", frames),)


def test_the_newest_known_mistake_of_the_journal_is_told():
    known, older = raised("psycopg2.errors.UndefinedTable"), raised("sqlalchemy.exc.TimeoutError")
    found = application.check(case(older, known, raised("shop.Own")))
    assert (found.status, found.code) == ("warning", "relation_missing")
    assert "/srv/shop/app.py, line 3, in page" in found.message


def test_what_is_not_known_is_no_mistake():
    assert application.check(case(raised("shop.Own"))).status == "ok"


def test_an_application_that_was_not_loaded():
    assert application.check(case(settings=None)).status == "ok"
    assert application.check(case(settings=None, unit="")).status == "skipped"
