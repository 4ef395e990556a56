import inspect
import re

from ansible_collections.flaskops.stack.plugins.module_utils import database_probe
from ansible_collections.flaskops.stack.plugins.module_utils.resources import connection as kind


def test_the_layer_that_fails_is_the_attribute():
    [found] = kind.compare({}, {"layer": "driver", "error": "neither can be imported"})
    assert (found["attribute"], found["actual"]) == ("driver", "neither can be imported")
    assert kind.compare({}, {"revisions": ["1"]}) == []


def test_every_layer_has_a_check():
    layers = re.findall(r'"layer": "(\w+)"', inspect.getsource(database_probe))
    layers += re.findall(r'"layer": "(\w+)"', inspect.getsource(kind))
    assert set(layers) == set(kind.CHECKS)
