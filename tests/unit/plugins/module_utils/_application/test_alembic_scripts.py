import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application.alembic_scripts import (
    heads,
    place,
)


@pytest.fixture
def scripts(tmp_path):
    def scripts(**files):
        folder = tmp_path / "versions"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        return str(tmp_path)

    return scripts


def script(revision, below):
    return f"revision = {revision!r}\ndown_revision = {below!r}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"a": script("1", None)}, ["1"]),
        ({"a": script("1", None), "b": script("2", "1")}, ["2"]),
        ({"a": script("1", None), "b": script("2", "1"), "c": script("3", "1")}, ["2", "3"]),
        (
            {
                "a": script("1", None),
                "b": script("2", "1"),
                "c": script("3", "1"),
                "d": script("4", ("2", "3")),
            },
            ["4"],
        ),
        # As Alembic writes them since 1.12.
        ({"a": "revision: str = '1'\ndown_revision: Union[str, None] = None\n"}, ["1"]),
        ({"a": "revision, down_revision = '1', None\n"}, None),
        ({"a": "revision = make()\ndown_revision = None\n"}, None),
        ({"a": "revision: str\ndown_revision = None\n"}, None),
        ({"a": "revision = '1'\nrevision += '2'\ndown_revision = None\n"}, None),
        ({"a": "revision = '1'\nfor down_revision in ():\n    pass\n"}, None),
        ({"a": "down_revision = None\n"}, None),
        ({"a": "syntax error"}, None),
        ({"a": "\0"}, None),
        ({"__init__": "", "a": script("1", None)}, ["1"]),
    ],
)
def test_heads(scripts, files, expected):
    assert heads(scripts(**files)) == expected


def test_scripts_elsewhere_are_alembics_business(scripts, tmp_path):
    place = scripts(a=script("1", None))
    (tmp_path / "alembic.ini").write_text("[alembic]\nversion_locations = %(here)s/other\n")
    assert heads(place) is None
    assert heads(str(tmp_path / "nowhere")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[alembic]\nscript_location = db\n", "/r/app/db"),
        ("[alembic]\nscript_location = %(here)s/db\n", "{here}/db"),
        ("[alembic]\nscript_location = /srv/db\n", "/srv/db"),
        # A package, a value of another place, nothing, and what is no such file.
        ("[alembic]\nscript_location = shop:db\n", None),
        ("[alembic]\nscript_location = %(root)s/db\n", None),
        ("[alembic]\n", None),
        ("script_location = db\n", None),
    ],
)
def test_the_place_that_an_alembic_ini_names(tmp_path, text, expected):
    path = tmp_path / "alembic.ini"
    path.write_text(text)
    assert place(str(path), "/r/app") == (expected and expected.format(here=tmp_path))
    assert place("/nowhere/alembic.ini", "/r/app") is None


@pytest.mark.parametrize("more", ["version_locations = a b", "recursive_version_locations = true"])
def test_an_alembic_ini_elsewhere_may_say_more_places(scripts, tmp_path, more):
    folder = scripts(a=script("1", None))
    config = tmp_path / "other.ini"
    config.write_text("[alembic]\n")
    assert heads(folder, str(config)) == ["1"]
    config.write_text(f"[alembic]\n{more}\n")
    assert heads(folder, str(config)) is None
