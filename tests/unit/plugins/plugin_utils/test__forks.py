import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _forks

CHECKOUT = Path(__file__).parents[4]
PROGRAM = """
import gc, json, sys
from ansible.plugins.loader import init_plugin_loader, lookup_loader
init_plugin_loader()
lookup_loader.get("flaskops.stack.playbook_tasks").run(["put_right.yml"])
print(json.dumps({"modules": sorted(sys.modules), "frozen": gc.get_freeze_count(),
                  "others": len(gc.get_objects()), "threshold": gc.get_threshold()[0]}))
"""


@pytest.fixture(scope="module")
def parent():
    """A process that was asked for a playbook's tasks, as the one that forks is."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["filter", "test"])
def test_ansibles_own_plugins_are_loaded(parent, kind):
    assert any(name.startswith(f"ansible.plugins.{kind}.core") for name in parent["modules"])


@pytest.mark.parametrize("kind", ["filter", "lookup"])
def test_the_collections_plugins_are_loaded(parent, kind):
    names = [path.stem for path in (CHECKOUT / "plugins" / kind).glob("*.py")]
    assert len(names) > 3
    for name in names:
        assert f"ansible_collections.flaskops.stack.plugins.{kind}.{name}" in parent["modules"]


def test_what_is_there_is_not_searched_for_garbage(parent):
    assert parent["frozen"] > 100 * parent["others"]


def test_what_is_made_for_a_task_is_searched_seldom(parent):
    assert parent["threshold"] == _forks.OBJECTS
