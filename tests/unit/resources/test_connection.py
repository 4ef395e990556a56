from ansible_collections.flaskops.stack.plugins.module_utils import diagnosis
from ansible_collections.flaskops.stack.plugins.module_utils.resources import connection as kind


def test_the_layer_that_fails_is_the_attribute():
    [found] = kind.compare({}, {"layer": "driver", "error": "driver.missing: no psycopg2"})
    assert (found["attribute"], found["actual"]) == ("driver", "driver.missing: no psycopg2")
    assert kind.compare({}, {"revisions": ["1"]}) == []


def test_every_layer_of_the_diagnosis_has_a_check():
    # Those behind it have kinds of their own.
    others = {"schema", "service", "request"}
    assert set(kind.CHECKS) == set(diagnosis.LAYERS) - others
