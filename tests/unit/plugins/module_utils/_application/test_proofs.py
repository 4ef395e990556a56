import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import proofs

FACTS = {"database_number": 5, "database": "shop", "address": None, "port": 5432, "role": "shop"}


@pytest.fixture
def place(tmp_path):
    """What a proof is bound to: a function of what changes."""
    for name in ("release", "venv"):
        (tmp_path / name).mkdir()
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    for name in ("env", "settings"):
        (tmp_path / name).write_text("A=1")

    def key(facts=None, process=(1, 2)):
        names = [str(tmp_path / name) for name in ("release", "venv", "env", "settings")]
        return proofs.key(*names[:2], names[2:], facts or FACTS, process)

    key.folder, key.root = str(tmp_path / "kept"), tmp_path
    return key


def test_a_proof_is_read_as_it_was_written(place):
    assert proofs.read("shop", place(), place.folder) is None
    proofs.write("shop", place(), {"is_plain": True}, place.folder)
    assert proofs.read("shop", place(), place.folder) == {"is_plain": True}
    assert os.stat(f"{place.folder}/shop.json").st_mode & 0o777 == 0o600
    assert os.stat(place.folder).st_mode & 0o777 == 0o700
    assert os.listdir(place.folder) == ["shop.json"]


@pytest.mark.parametrize(
    "change",
    [
        lambda place: place(facts={**FACTS, "database_number": 6}),
        lambda place: place(facts={**FACTS, "address": "10.0.0.5"}),
        lambda place: place(facts={**FACTS, "role": "other"}),
        lambda place: place(process=(1, 3)),
        lambda place: place(process=None),
        lambda place: (place.root / "env").write_text("A=2") and place(),
        lambda place: (place.root / "settings").write_text("A=2") and place(),
        lambda place: (place.root / "release" / "new").write_text("x") and place(),
        lambda place: (place.root / "venv" / "pyvenv.cfg").write_text("home = x") and place(),
    ],
)
def test_another_release_environment_database_or_process_has_no_proof(place, change):
    proofs.write("shop", place(), {}, place.folder)
    assert proofs.read("shop", change(place), place.folder) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"key": 1}'])
def test_what_is_no_proof_proves_nothing(place, text):
    proofs.write("shop", place(), {}, place.folder)
    with open(f"{place.folder}/shop.json", "w") as stream:
        stream.write(text)
    assert proofs.read("shop", place(), place.folder) is None


def test_what_others_can_write_proves_nothing(place):
    proofs.write("shop", place(), {}, place.folder)
    os.chmod(f"{place.folder}/shop.json", 0o620)
    assert proofs.read("shop", place(), place.folder) is None
