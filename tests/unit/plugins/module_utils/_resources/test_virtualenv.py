import os
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import sealed_tree
from ansible_collections.flaskops.stack.plugins.module_utils._resources import virtualenv as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


def actual(requirements, is_complete=True, **installed):
    """installed: name=version, or name=(version, requires)."""
    pairs = {n: v if isinstance(v, tuple) else (v, []) for n, v in installed.items()}
    return {
        "python": "python3.13",
        "changed": {},
        "lost": [],
        "added": {},
        "byte_code": {},
        "owners": {"lib/a.py": ["a"], "lib/b.py": ["b"], "lib/x.py": [""], "lib/gone.py": []},
        "rights": [],
        "versions": ({}, {}),
        "requirements": requirements,
        "is_complete": is_complete,
        "has_pip": True,
        "distributions": {
            name.replace("_", "-"): {"version": version, "requires": requires, "is_direct": False}
            for name, (version, requires) in pairs.items()
        },
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (actual(["Flask>=3"], flask="3.1", pip="25"), []),
        (actual(["Flask>=3"], flask="2.0"), [("requirement flask", "different")]),
        (actual(["Flask>=3"]), [("requirement flask", "missing")]),
        (actual(["flask"], flask="3", extra="1"), [("package extra", "unexpected")]),
        # It may be what the missing one needs.
        (actual(["flask"], werkzeug="3"), [("requirement flask", "missing")]),
        # A path brings what nobody can name.
        (actual(["flask"], False, flask="3", extra="1"), []),
        # What a requirement needs in turn, by the extras and markers that apply.
        (actual(["flask"], flask=("3", ["Werkzeug>=3"]), werkzeug="3"), []),
        (actual(["flask"], flask=("3", ["werkzeug>=3"]), werkzeug="2"),
         [("requirement werkzeug", "different")]),
        (actual(["flask"], flask=("3", ["colorama; sys_platform == 'win32'"])), []),
        (actual(["flask"], flask=("3", ["asgiref; extra == 'async'"])), []),
        (actual(["flask[async]"], flask=("3", ["asgiref; extra == 'async'"])),
         [("requirement asgiref", "missing")]),
        # A lock may override what a package says that it needs.
        (actual(["flask", "werkzeug==2"], flask=("3", ["werkzeug>=3"]), werkzeug="2"), []),
        (actual(["flask", "werkzeug==2"], flask=("3", ["werkzeug>=3"]), werkzeug="3"),
         [("requirement werkzeug", "different")]),
        # Pre-releases that are there were wanted by somebody.
        (actual(["flask>=3"], flask="3.1rc1"), []),
        # Names are one, however they are spelled, and may need each other.
        (actual(["A_b"], a_b=("1", ["c"]), c=("1", ["a.b"])), []),
        # Old metadata that no rule covers.
        (actual(["a"], a=("1", ["b (>=1.0-custom*"])), []),
        ({**actual([]), "changed": {"lib/x.py": ""}}, [("file lib/x.py", "different")]),
        ({**actual([]), "lost": ["lib/x.py"]}, [("file lib/x.py", "missing")]),
        ({**actual([]), "rights": [["writable", "lib", "x's"]]}, [("writable lib", "different")]),
        ({**actual([]), "versions": None}, [("manifest", "missing")]),
        # pip removed it, whoever has had it.
        ({**actual(["a"]), "lost": ["lib/gone.py"]}, [("requirement a", "missing")]),
        # What pip did is told by the packages; what somebody did besides is not.
        ({**actual(["a"]), "added": {"lib/x.py": ""}},
         [("requirement a", "missing"), ("file lib/x.py", "unexpected")]),
        (
            {**actual(["a"], a="1", extra="1"), "changed": {"lib/a.py": "", "lib/x.py": ""}},
            [("package extra", "unexpected"), ("file lib/a.py", "different"),
             ("file lib/x.py", "different")],
        ),
        (
            {**actual(["a==2", "b"], a="1", b="1"), "lost": ["lib/a.py", "lib/b.py"]},
            [("requirement a", "different"), ("file lib/b.py", "missing")],
        ),
        # Another version that is allowed: one finding, with its files, and both versions.
        (
            {**actual(["a"], a="2"), "versions": ({"a": "1"}, {"a": "2"}),
             "changed": {"lib/a.py": ""}},
            [("version a", "different")],
        ),
        ({**actual(["a==1"], a="2"), "versions": ({"a": "1"}, {"a": "2"})},
         [("requirement a", "different")]),
        # Where not all is known by name.
        ({**actual(["a"], False, a="1", b="1"), "versions": ({"a": "1"}, {"a": "1", "b": "1"})},
         [("package b", "unexpected")]),
        ({**actual(["a"], False, a="1"), "versions": ({"a": "1", "b": "1"}, {"a": "1"})},
         [("version b", "missing")]),
        ({**actual(["a"], a="1", b="1"), "versions": ({"a": "1"}, {"a": "1", "b": "1"})},
         [("package b", "unexpected")]),
        ({"python": None, "why": "gone"}, [("python", "missing")]),
        ({**actual([]), "has_pip": False}, [("pip", "missing")]),
    ],
)  # fmt: skip
def test_difference(found, expected):
    assert attributes(kind.compare({"path": "/r/.venv"}, found)) == expected


def test_what_the_application_asks_for_is_read(tmp_path):
    (tmp_path / "requirements.txt").write_bytes("flask>=3\n".encode("utf-16"))
    assert kind.declared(str(tmp_path), "requirements.txt").contents.texts == ["flask>=3"]
    assert kind.declared(str(tmp_path), "other.txt").contents == ([], False, False, False)
    assert kind.declared(None, "requirements.txt").contents.names_all


def test_an_environment_is_read():
    resource = {
        "path": sys.prefix,
        "packages": ["pytest"],
        "directory": None,
        "requirements": "",
    }
    found = kind.read(resource, None)
    assert "pytest" in found["distributions"]
    assert kind._compare_requirements(found)[0] == []
    assert found["lost"] == []


RECORD = "a/__init__.py,,\na/__pycache__/x.pyc,,\n../../../bin/a,,\n"
SITE = "lib/python3.13/site-packages"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """One with a package, of which all files are noted."""
    monkeypatch.setattr(kind, "_python", lambda _root: "python3.13")
    root = tmp_path / ".venv"
    for name in ("a/__init__.py", "a/__pycache__/x.pyc", "a-1.dist-info/METADATA"):
        (root / SITE / name).parent.mkdir(parents=True, exist_ok=True)
        (root / SITE / name).write_text("Name: a\nVersion: 1\n")
    (root / "bin").mkdir()
    (root / "bin" / "a").write_text("")
    (root / SITE / "a-1.dist-info" / "RECORD").write_text(RECORD)
    sealed_tree.note(str(root))
    return root


def upgrade(root):
    (root / SITE / "a-1.dist-info").rename(root / SITE / "a-2.dist-info")
    (root / SITE / "a-2.dist-info" / "METADATA").write_text("Name: a\nVersion: 2\n")
    record = "".join(f"a-2.dist-info/{name},,\n" for name in ("METADATA", "RECORD"))
    (root / SITE / "a-2.dist-info" / "RECORD").write_text(RECORD + record)


def become_a_link(root):
    root.rename(root.with_name("moved"))
    root.symlink_to("moved")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: None, []),
        (lambda root: (root / "bin" / "a").unlink(), [("file bin/a", "missing")]),
        (lambda root: (root / "bin" / "a").write_text("x"), [("file bin/a", "different")]),
        (lambda root: (root / SITE / "x.pth").write_text(""),
         [(f"file {SITE}/x.pth", "unexpected")]),
        (lambda root: (root / SITE / "a/__pycache__/x.pyc").write_text(""),
         [(f"byte_code {SITE}/a/__pycache__/x.pyc", "different")]),
        (upgrade, [("version a", "different")]),
        (lambda root: (root / ".manifest").unlink(), [("manifest", "missing")]),
        (become_a_link, [("python", "missing")]),
    ],
)  # fmt: skip
def test_what_changed_is_found(environment, change, expected):
    resource = {"path": str(environment), "packages": ["a"], "directory": None, "requirements": ""}
    change(environment)
    found = kind.read(resource, None)
    answer = kind.compare(resource, {**found, "has_pip": True, "rights": []})
    assert attributes(answer) == expected


WITHOUT = [
    ("nothing", [], None, "{root}/bin/python is not there"),
    ("the interpreter is gone", ["python3.9"], "/no/such/python3.9",
     "{root}/bin/python leads to /no/such/python3.9, which is not there"),
    ("the interpreter was upgraded", ["python3.9"], "/bin/sh",
     "its packages are for python3.9, and its interpreter is {sh}"),
    ("there are no packages", [], "/bin/sh",
     "its packages are for none, and its interpreter is {sh}"),
]  # fmt: skip


@pytest.mark.parametrize(("versions", "interpreter", "why"), [row[1:] for row in WITHOUT],
                         ids=[row[0] for row in WITHOUT])  # fmt: skip
def test_why_there_is_no_python(tmp_path, versions, interpreter, why):
    for name in ["bin", *(f"lib/{version}" for version in versions)]:
        (tmp_path / name).mkdir(parents=True)
    if interpreter:
        (tmp_path / "bin" / "python").symlink_to(interpreter)
    expected = why.format(root=tmp_path, sh=os.path.realpath("/bin/sh"))
    assert kind.without_python(str(tmp_path)) == expected
