import json
import sys
import types

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils._collections import lack


@pytest.mark.parametrize(
    ("version", "need", "message"),
    [
        ("4.1.0", "some.thing>=4.1.0", ""),
        ("4.10.0", "some.thing>=4.9.2", ""),
        ("5.0.0-rc1", "some.thing>=4.1.0", ""),
        (None, "some.thing>=4.1.0", ""),
        ("4.0.9", "some.thing>=4.1.0", "in version 4.0.9, and 4.1.0 is the least"),
        ("3.9", "some.thing>=4.1.0", 'ansible-galaxy collection install "some.thing:>=4.1.0"'),
        ("1", "some.other>=1.0", "The collection some.other is not installed here."),
    ],
)
def test_what_is_lacking(tmp_path, monkeypatch, version, need, message):
    if version:
        manifest = {"collection_info": {"version": version}}
        (tmp_path / "MANIFEST.json").write_text(json.dumps(manifest))
    package = types.ModuleType("ansible_collections.some.thing")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "ansible_collections.some", types.ModuleType("some"))
    monkeypatch.setitem(sys.modules, "ansible_collections.some.thing", package)
    found = lack(need)
    assert message in found
    assert bool(found) == bool(message)


def test_another_way_to_say_it_is_refused():
    with pytest.raises(ValueError, match="some thing is not NAMESPACE"):
        lack("some thing")
