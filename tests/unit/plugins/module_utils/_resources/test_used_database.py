import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import url
from ansible_collections.flaskops.stack.plugins.module_utils._resources import used_database as kind

DECLARED = url.parse("postgresql://shop:secret@127.0.0.1:5432/shop")
RESOURCE = {
    "unit": "shop.service", "user": "shop", "database_variables": {"url": "SHOP_DB"},
    "settings_file": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("engines", "expected"),
    [
        (["postgresql://shop@127.0.0.1:5432/shop"], None),
        (["postgresql+psycopg://shop@localhost/shop"], None),
        (["postgresql+asyncpg://other@127.0.0.1/shop"], None),
        (["postgresql://shop@/shop?host=/var/run/postgresql"], None),
        (["sqlite:////tmp/x.db", "postgresql://shop@127.0.0.1/shop"], None),
        (["sqlite:////tmp/x.db"], "other"),
        (["sqlite://"], "other"),
        (["mysql://shop@127.0.0.1/shop"], "other"),
        (["postgresql://shop@127.0.0.1:5432/old"], "other"),
        (["postgresql://shop@192.0.2.7:5432/shop"], "other"),
        (["postgresql://shop@127.0.0.1:6432/shop"], "reason"),
        ([], "reason"),
    ],
)
def test_where_the_engines_lead(engines, expected):
    found = kind.judge(engines, DECLARED)
    assert (found and next(iter(found))) == expected


FACTS = {"database": "shop"}


@pytest.mark.parametrize(
    ("held", "known", "expected"),
    [
        (set(), [], []),
        ({"shop"}, [], []),
        ({"shop", "old"}, [], []),
        ({"old", "older"}, [], ["old", "older"]),
        ({"second"}, ["shop", "second"], []),
        ({"second", "old"}, ["shop", "second"], ["old"]),
    ],
)
def test_sessions_in_the_place_of_the_declared_database(held, known, expected):
    assert kind.elsewhere(FACTS, held, known) == expected


OTHER, REASON = {"other": ["sqlite://"]}, {"reason": "x"}


@pytest.mark.parametrize(
    ("engine", "session", "expected"),
    [
        (None, None, None),
        (None, REASON, None),
        (OTHER, REASON, "other"),
        (REASON, REASON, "reason"),
        (REASON, None, None),
        (OTHER, None, "reason"),
    ],
)
def test_a_session_tells_more_than_an_engine(engine, session, expected):
    found = kind._together(engine, session)
    assert (found and next(iter(found))) == expected


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"engine": None, "session": None}, []),
        ({"engine": {"reason": "x"}}, [("engine", None)]),
        ({"engine": None, "session": {"reason": "x"}}, [("session", None)]),
        (
            {"engine": {"other": ["sqlite:////tmp/x.db"]}, "session": {"reason": "x"}},
            [("engine", "sqlite:////tmp/x.db")],
        ),
        ({"engine": None, "session": {"other": ["old"]}}, [("session", "in old")]),
    ],
)
def test_difference(actual, expected):
    found = kind.compare(
        {**RESOURCE, "virtualenv": "/v", "directory": "/d", "environment_file": "/e"}, actual
    )
    assert [(d.attribute, getattr(d, "actual", None)) for d in found] == expected
    assert all(hasattr(d, "reason") != hasattr(d, "remedy") for d in found)


@pytest.mark.parametrize(
    ("settings_file", "expected"),
    [
        ("", ["(SHOP_DB)", "app_database_url_variable", "app_database_variables"]),
        ("/etc/flask/shop.cfg", ["/etc/flask/shop.cfg", "app_settings_variable"]),
    ],
)
def test_the_remedy_names_the_variable_that_helps(settings_file, expected):
    options = {**RESOURCE, "virtualenv": "/v", "directory": "/d", "environment_file": "/e"}
    actual = {"engine": {"other": ["sqlite://"]}}
    [found] = kind.compare({**options, "settings_file": settings_file}, actual)
    assert [words for words in expected if words not in found.remedy] == []
