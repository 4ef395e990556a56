import json
import sys
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import (
    lock_file,
    requirement,
)
from pip._internal.models.index import PyPI

toml = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")

PYPI = f'source = {{registry = "{PyPI.simple_url}"}}\nsdist = {{hash = "sha256:a"}}\n'


def uv(*packages, needed=""):
    """A lock of uv whose root needs something; packages are (name, version, the rest)."""
    text = f'version = 1\n[[package]]\nname = "shop"\nsource = {{virtual = "."}}\n{needed}\n'
    for name, version, rest in packages:
        text += f'[[package]]\nname = "{name}"\nversion = "{version}"\n{rest}\n'
    return "uv.lock", text


def poetry(*packages, version="2.1", python=">=3.9"):
    text = f'[metadata]\nlock-version = "{version}"\npython-versions = "{python}"\n'
    for name, rest in packages:
        text += f'[[package]]\nname = "{name}"\nversion = "1"\n{rest}\n'
    return "poetry.lock", text


def pipenv(packages, sources=(), requires=None):
    meta = {"sources": sources, "requires": requires or {}}
    return "Pipfile.lock", json.dumps({"_meta": meta, "default": packages})


def pylock(*packages):
    return "pylock.toml", 'lock-version = "1.0"\n' + "".join(
        f"[[packages]]\n{p}\n" for p in packages
    )


HERE = "sys_platform != 'win32'"
THERE = "sys_platform == 'win32'"
MAIN = 'groups = ["main"]\nfiles = [{file = "x", hash = "sha256:a"}]\n'
HASHED = {"hashes": ["sha256:a"]}
# The lock, the pins, the places, and the indexes.
READ = [
    ("uv: what is needed by what is needed",
     uv(("a", "1", PYPI + 'dependencies = [{name = "b"}]'), ("b", "2", PYPI), ("c", "3", PYPI),
        needed='dependencies = [{name = "a"}]'), ["a==1", "b==2"], [], []),
    ("uv: markers",
     uv(("a", "1", PYPI), ("b", "2", PYPI),
        needed=f'dependencies = [{{name = "a", marker = "{HERE}"}},'
        f' {{name = "b", marker = "{THERE}"}}]'), ["a==1"], [], []),
    ("uv: extras that are asked for, and no others",
     uv(("a", "1", PYPI + '[package.optional-dependencies]\nx = [{name = "b"}]\n'
         'y = [{name = "c"}]'), ("b", "2", PYPI), ("c", "3", PYPI),
        needed='dependencies = [{name = "a", extra = ["x"]}]'), ["a==1", "b==2"], [], []),
    ("uv: neither groups nor extras of the project",
     uv(("a", "1", PYPI), ("b", "2", PYPI), needed='dependencies = [{name = "a"}]\n'
        '[package.optional-dependencies]\nx = [{name = "b"}]\n[package.dev-dependencies]\n'
        'dev = [{name = "b"}]'), ["a==1"], [], []),
    ("uv: one of two versions",
     uv(("a", "1", PYPI), ("a", "2", PYPI),
        needed=f'dependencies = [{{name = "a", version = "1", marker = "{THERE}"}},'
        f' {{name = "a", version = "2", marker = "{HERE}"}}]'), ["a==2"], [], []),
    ("uv: packages that need each other",
     uv(("a", "1", PYPI + 'dependencies = [{name = "b"}]'),
        ("b", "2", PYPI + 'dependencies = [{name = "a"}]'), needed='dependencies = [{name = "b"}]'),
     ["b==2", "a==1"], [], []),
    ("uv: a commit, a folder, an archive and another index",
     uv(("a", "1", 'source = {git = "https://x.example/a.git?subdirectory=s&tag=v1#c0ffee"}'),
        ("b", "1", 'source = {directory = "libs/b"}'),
        ("c", "1", 'source = {url = "https://x.example/c.whl"}\nwheels = [{hash = "sha256:c"}]'),
        ("d", "1", 'source = {registry = "https://i.example/simple"}\n'
         'wheels = [{hash = "sha256:d"}]'),
        needed='dependencies = [{name = "a"}, {name = "b"}, {name = "c"}, {name = "d"}]'),
     ["c @ https://x.example/c.whl", "d==1"],
     ["a @ git+https://x.example/a.git@c0ffee#subdirectory=s", "./libs/b"],
     ["https://i.example/simple"]),
    ("Poetry: groups and markers",
     poetry(("a", MAIN), ("b", MAIN.replace("main", "dev")), ("c", MAIN + f'markers = "{THERE}"'),
            ("d", MAIN + "markers = \"extra == 'mail'\""),
            ("e", MAIN + f'markers = {{main = "{HERE}", dev = "{THERE}"}}')),
     ["a==1", "e==1"], [], []),
    ("Poetry: a commit, a folder, and another index",
     poetry(("a", 'groups = ["main"]\nfiles = []\n[package.source]\ntype = "git"\n'
             'url = "git@x.example:me/a.git"\nreference = "v1"\nresolved_reference = "c0ffee"'),
            ("b", 'groups = ["main"]\nfiles = []\n[package.source]\ntype = "directory"\n'
             'url = "libs/b"'),
            ("c", MAIN + '[package.source]\ntype = "legacy"\nurl = "https://i.example/simple"\n'
             'reference = "i"')),
     ["c==1"], ["a @ git+ssh://git@x.example/me/a.git@c0ffee", "./libs/b"],
     ["https://i.example/simple"]),
    ("Pipenv: markers and extras",
     pipenv({"a": {"version": "==1", "extras": ["x"], **HASHED},
             "b": {"version": "==1", "markers": THERE, **HASHED}}), ["a==1"], [], []),
    ("Pipenv: a commit, a folder, and another index",
     pipenv({"a": {"git": "https://x.example/a.git", "ref": "c0ffee"}, "b": {"path": "./libs/b"},
             "c": {"version": "==1", "index": "own", **HASHED}, "d": {"version": "==1", **HASHED}},
            [{"name": "pypi", "url": PyPI.simple_url},
             {"name": "own", "url": "https://${TOKEN}@i.example/simple"}]),
     ["c==1", "d==1"], ["a @ git+https://x.example/a.git@c0ffee", "./libs/b"],
     ["https://${TOKEN}@i.example/simple"]),
    ("pylock: markers, a commit, and an archive",
     pylock('name = "a"\nversion = "1"\nwheels = [{hashes = {sha256 = "a"}}]',
            f'name = "b"\nversion = "1"\nmarker = "{THERE}"\nsdist = {{hashes = {{sha256 = "a"}}}}',
            'name = "c"\nvcs = {type = "git", url = "https://x.example/c", commit-id = "c0ffee"}',
            'name = "d"\narchive = {url = "https://x.example/d.zip", hashes = {sha256 = "d"}}',
            "name = \"e\"\nversion = \"1\"\nmarker = \"'dev' in dependency_groups\"\n"
            'sdist = {hashes = {sha256 = "e"}}'),
     ["a==1", "d @ https://x.example/d.zip"], ["c @ git+https://x.example/c@c0ffee"], []),
]  # fmt: skip


def load(lock):
    name, text = lock
    return lock_file.read(name, json.loads(text) if name == "Pipfile.lock" else toml.loads(text))


@pytest.mark.parametrize(
    ("lock", "pins", "places", "indexes"), [row[1:] for row in READ], ids=[row[0] for row in READ]
)
def test_what_this_host_needs(lock, pins, places, indexes):
    found = load(lock)
    assert [pin.text for pin in found.pins] == pins
    assert (found.places, found.indexes) == (places, indexes)
    assert all(pin.digests for pin in found.pins)


REFUSED = [
    ("uv's next format", ("uv.lock", "version = 2"), "has the format 2, and what is known is 1"),
    ("a workspace", ("uv.lock", "version = 1"), "is of a workspace"),
    ("what needs something that is not there", uv(needed='dependencies = [{name = "a"}]'),
     "has no a, which another of its packages needs; lock anew"),
    ("Poetry 1", poetry(version="2.0"), 'run "poetry lock" with Poetry 2'),
    ("Poetry 1.1", poetry(version="1.1"), 'run "poetry lock" with Poetry 2'),
    ("no digest", pipenv({"a": {"version": "==1"}}), "has no digest of a; lock anew"),
    ("no version", pipenv({"a": HASHED}), "is no Pipfile.lock as its tool writes it"),
    ("no table", ("uv.lock", 'version = 1\npackage = "x"'), "is no uv.lock"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lock", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_installed_is_refused(lock, message):
    with pytest.raises(lock_file.LockError) as caught:
        load(lock)
    assert message in str(caught.value)


PYTHONS = [
    (">=3.9", ">=3.9"), ("^3.9", ">=3.9,<4"), ("~3.11", "==3.11.*"), (">=3.9,<4.0", ">=3.9,<4.0"),
    ("*", ""), ("^3.9 || ^4.0", ""), ("~=3.9", "~=3.9"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PYTHONS)
def test_pythons_as_poetry_writes_them(text, expected):
    assert load(poetry(python=text)).python == expected


def test_the_python_of_pipenv():
    assert load(pipenv({}, requires={"python_version": "3.11"})).python == "==3.11.*"


SAMPLES = Path(__file__).parents[4] / "integration" / "packaging"
# What "uv export", "poetry export" and "pipenv requirements" say of the samples on two Pythons.
EXPORTED = {"asgiref==3.8.1", "click==8.1.7", "python-dotenv==1.0.1"}
OLDER = {"importlib-metadata==8.5.0", "typing-extensions==4.16.0", "zipp==3.23.1"}


@pytest.mark.parametrize(
    ("path", "name"), [("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pipenv", "Pipfile.lock")]
)
@pytest.mark.parametrize("python", ["3.9", "3.11"])
def test_real_locks_are_read_as_their_tools_export_them(path, name, python, monkeypatch):
    known = {
        **requirement.environment(),
        "python_version": python,
        "python_full_version": f"{python}.2",
    }
    monkeypatch.setattr(requirement, "_KNOWN", known)
    found = load((name, (SAMPLES / path / name).read_text()))
    # Pipenv locks for the Python on which it runs, here 3.11.
    older = {"importlib-metadata==8.5.0"} if path == "pipenv" else OLDER
    assert {pin.text for pin in found.pins} == EXPORTED | (older if python == "3.9" else set())
