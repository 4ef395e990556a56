from types import SimpleNamespace

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import options
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import url


def case(text):
    return SimpleNamespace(asked=options.asked({}), variables={"DATABASE_URL": text}, target=None)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("postgresql://shop:secret@db.example/shop", "ok", ""),
        ("postgresql://shop:se:cret@db.example/shop", "warning", "unencoded_password"),
        ("postgresql://shop:se@cret@db.example/shop", "failed", "unencoded_password"),
        ("postgresql://shop:secret@db.example", "failed", "no_database"),
        ("postgres://shop:secret@db.example/shop", "failed", "scheme"),
        ("mysql://shop:secret@db.example/shop", "failed", "not_postgresql"),
        ("postgresql+mydriver://shop:secret@db.example/shop", "failed", "unknown_driver"),
        ("postgresql://shop:secret@db.example/shop?sslmod=require", "failed", "option"),
        ("'postgresql://shop:secret@db.example/shop'", "failed", "malformed"),
        ("db.example/shop", "failed", "malformed"),
    ],
)
def test_a_url_is_judged_without_its_password(text, status, code):
    found = url.check(case(text))
    assert (found.status, found.code) == (status, code)
    assert "secret" not in f"{found.message} {found.evidence}"


def test_the_later_layers_get_the_target():
    asked = case("postgresql://shop:secret@a.example:5433,b.example/shop")
    found = url.check(asked)
    assert found.evidence["hosts"] == ["a.example:5433", "b.example:5432"]
    assert [endpoint.host for endpoint in asked.target.endpoints] == ["a.example", "b.example"]
