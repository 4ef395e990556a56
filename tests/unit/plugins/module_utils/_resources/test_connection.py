from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import ladder
from ansible_collections.flaskops.stack.plugins.module_utils._resources import connection as kind


def test_the_layer_that_fails_is_the_attribute():
    [found] = kind.compare({}, {"layer": "driver", "error": "driver.missing: no psycopg2"})
    assert (found.attribute, found.actual) == ("driver", "driver.missing: no psycopg2")
    assert kind.compare({}, {"revisions": ["1"]}) == []


def test_every_layer_of_the_diagnosis_has_a_check():
    # Those behind it have kinds of their own.
    others = {"schema", "service", "request", "application"}
    assert set(kind.CHECKS) == set(ladder.LAYERS) - others


PSYCOPG2, PSYCOPG = "psycopg2/_psycopg.cpython-313.so", "psycopg_binary/_psycopg.abi3.so"


@pytest.mark.parametrize(
    ("driver", "files", "expected"),
    [
        ("psycopg2", [PSYCOPG2], True),
        ("psycopg2", [PSYCOPG], False),
        ("psycopg", [PSYCOPG], True),
        ("psycopg", [PSYCOPG2], False),
        ("", [PSYCOPG, PSYCOPG2], True),
        # Which one SQLAlchemy takes depends on its version.
        ("", [PSYCOPG2], False),
        ("asyncpg", [PSYCOPG, PSYCOPG2], False),
    ],
)
def test_another_driver_stands_in_only_where_the_own_one_is_there(
    tmp_path, monkeypatch, driver, files, expected
):
    monkeypatch.setattr(kind.session, "psycopg2", object())
    monkeypatch.setattr(kind.os, "geteuid", lambda: 0)
    for name in files:
        path = tmp_path / "lib" / "python3.13" / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = SimpleNamespace(virtualenv=str(tmp_path))
    assert kind._can_stand_in(found, SimpleNamespace(driver=driver)) == expected
    monkeypatch.setattr(kind.session, "psycopg2", None)
    assert not kind._can_stand_in(found, SimpleNamespace(driver=driver))


def raising(error):
    def answer():
        raise error

    return SimpleNamespace(answer=answer)


@pytest.mark.parametrize(
    "program",
    [raising(kind.pace.Slow("it", 1, 2)), raising(kind.runner.ApplicationError("ended"))],
    ids=["slow", "ended"],
)
def test_an_application_whose_first_session_fails_can_still_be_asked(program):
    """The diagnosis may get a session where the first try had none, and then others ask more."""
    asked = SimpleNamespace(session={"revisions": ["1"]}, driver_slow=None)
    experts = SimpleNamespace(diagnose=lambda _options: (asked, {"status": "ok"}))
    host = SimpleNamespace(experts=experts)
    application = object()
    found, facts = kind._load(dict.fromkeys(kind.OPTIONS, "x"), host, (application, program))
    assert found is application
    assert facts == {"revisions": ["1"]}
