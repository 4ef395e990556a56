import re
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import ladder
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import outcome
from ansible_collections.flaskops.stack.plugins.module_utils._machine import pace

CHECKOUT = Path(__file__).parents[5]
LAYERS = CHECKOUT / "plugins" / "module_utils" / "_diagnosis" / "layers"


def layer(name, status, code=""):
    return {
        "layer": name, "status": status, "code": code, "message": f"of {name}",
        "milliseconds": 1, "evidence": {},
    }  # fmt: skip


def test_the_first_that_fails_is_to_blame():
    found = ladder.verdict(
        [
            layer("url", "warning", "url.unencoded_password"),
            layer("tcp", "failed", "tcp.refused"),
            layer("request", "failed", "request.bad_gateway"),
        ]
    )
    assert (found["layer"], found["code"], found["status"]) == ("tcp", "tcp.refused", "failed")
    # What warned before it may be its reason.
    assert found["message"] == "of tcp; before that, url.unencoded_password: of url"
    assert found["cause"]
    assert found["remedy"]


def test_a_warning_is_told_where_nothing_fails():
    layers = [layer("url", "ok"), layer("capacity", "warning", "capacity.pool_exceeds")]
    assert ladder.verdict(layers)["status"] == "warning"
    assert ladder.verdict(layers[:1])["ok"]


def test_what_was_not_checked_is_neither_well_nor_to_blame():
    unseen = layer("schema", "not_checked", "schema.application")
    found = ladder.verdict([layer("url", "ok"), unseen])
    assert (found["ok"], found["status"], found["layer"]) == (False, "not_checked", "schema")
    warning = layer("capacity", "warning", "capacity.pool_exceeds")
    assert ladder.verdict([unseen, warning])["layer"] == "capacity"
    assert ladder.ladder([unseen]) == ["schema      not checked of schema"]


def test_what_is_slow_does_not_outrank_what_fails_for_certain():
    slow = layer("driver", "not_checked", "driver.slow")
    found = ladder.verdict([slow, layer("tls", "failed", "tls.name_mismatch")])
    assert found["code"] == "tls.name_mismatch"
    assert found["message"] == "of tls; before that, driver.slow: of driver"
    assert ladder.verdict([slow, layer("tls", "ok")])["code"] == "driver.slow"


def test_a_layer_that_has_no_answer_in_time_is_not_checked(monkeypatch):
    """Those that need what it would have found are passed over; others are looked at."""

    def be_slow(_case):
        raise pace.Slow("it", 3, 3.2)

    monkeypatch.setattr(ladder.LAYERS["config"], "check", be_slow)
    monkeypatch.setattr(ladder.LAYERS["service"], "check", lambda _case: outcome.ok("well"))
    found, layers = ladder.diagnose(None, last="service")
    states = {each["layer"]: each["status"] for each in layers}
    assert (found["code"], found["status"]) == ("config.slow", "not_checked")
    assert states == {
        **dict.fromkeys(states, "skipped"), "config": "not_checked", "service": "ok"
    }  # fmt: skip
    assert layers[0]["evidence"] == {"limit": 3, "seconds": 3}


def test_the_ladder():
    layers = [layer("tcp", "failed", "tcp.refused"), layer("tls", "skipped")]
    assert ladder.ladder(layers) == [
        "tcp         FAILED      of tcp",
        "tls         -           of tls",
    ]
    lines = ladder.explanation(ladder.verdict(layers))
    assert lines[0] == "tcp.refused: of tcp"
    assert lines[2].startswith("  remedy: ")


@pytest.mark.parametrize("name", ladder.LAYERS)
def test_a_layer_needs_earlier_ones_only(name):
    order = list(ladder.LAYERS)
    assert set(ladder.LAYERS[name].NEEDS) <= set(order[: order.index(name)])


@pytest.mark.parametrize("name", ladder.LAYERS)
def test_a_layer_gives_the_codes_that_it_documents(name):
    source = (LAYERS / f"{name}.py").read_text()
    given = set(re.findall(r"(?:failed|warning|not_checked)\(\s*\"(\w+)\"", source))
    # Slow is a code of every layer.
    assert given - {"slow"} <= set(ladder.LAYERS[name].CODES)
    assert ladder.LAYERS[name].__doc__.split("\n")[0].endswith("?")


@pytest.mark.parametrize("code", ladder.codes())
def test_a_code_has_a_cause_and_a_remedy(code):
    cause, remedy = ladder.codes()[code]
    assert cause.endswith(".")
    assert len(remedy) > 10


def test_every_file_is_a_layer():
    files = {path.stem for path in LAYERS.glob("*.py")} - {"__init__", "outcome"}
    assert files == set(ladder.LAYERS)
