import os
import sys

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import virtualenv as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


def actual(requirements, is_complete=True, **installed):
    """installed: name=version, or name=(version, requires)."""
    pairs = {n: v if isinstance(v, tuple) else (v, []) for n, v in installed.items()}
    return {
        "python": "python3.13",
        "changed": [],
        "lost": [],
        "recorded": {"lib/a.py": "a", "lib/b.py": "b"},
        "writable": [],
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
        # Pre-releases that are there were wanted by somebody.
        (actual(["flask>=3"], flask="3.1rc1"), []),
        # Names are one, however they are spelled, and may need each other.
        (actual(["A_b"], a_b=("1", ["c"]), c=("1", ["a.b"])), []),
        # Old metadata that no rule covers.
        (actual(["a"], a=("1", ["b (>=1.0-custom*"])), []),
        ({**actual([]), "changed": ["lib/x.py"]}, [("file lib/x.py", "different")]),
        ({**actual([]), "lost": ["lib/x.py"]}, [("file lib/x.py", "missing")]),
        ({**actual([]), "writable": ["lib"]}, [("writable lib", "different")]),
        # pip wrote them.
        ({**actual(["a"]), "changed": ["lib/x.py"]}, [("requirement a", "missing")]),
        # What pip did is told by the packages; what somebody did to another one's files is not.
        (
            {**actual(["a"], a="1", extra="1"), "changed": ["lib/a.py", "lib/x.py"]},
            [("package extra", "unexpected"), ("file lib/a.py", "different")],
        ),
        (
            {**actual(["a==2", "b"], a="1", b="1"), "lost": ["lib/a.py", "lib/b.py"]},
            [("requirement a", "different"), ("file lib/b.py", "missing")],
        ),
        ({"python": None, "why": "gone"}, [("python", "missing")]),
        ({**actual([]), "has_pip": False}, [("pip", "missing")]),
    ],
)  # fmt: skip
def test_difference(found, expected):
    assert attributes(kind.compare({"path": "/r/.venv"}, found)) == expected


def test_what_the_application_asks_for_is_read(tmp_path):
    (tmp_path / "requirements.txt").write_bytes("flask>=3\n".encode("utf-16"))
    assert kind.declared(str(tmp_path), "requirements.txt").texts == ["flask>=3"]
    assert kind.declared(str(tmp_path), "other.txt") == ([], False, False, False)
    assert kind.declared(None, "requirements.txt").names_all


def test_what_was_written_later_is_found(tmp_path):
    for name in ("before", "complete", "after"):
        (tmp_path / name).write_text("")
    for seconds, name in enumerate(("before", "complete", "after")):
        os.utime(tmp_path / name, (seconds, seconds))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("")
    assert kind._files(str(tmp_path), str(tmp_path / "complete"))[0] == ["after"]
    assert kind._files(str(tmp_path), str(tmp_path / "no such"))[0] == []


def test_an_environment_is_read():
    resource = {
        "path": sys.prefix,
        "packages": ["pytest"],
        "directory": None,
        "requirements": "",
        "complete": None,
    }
    found = kind.read(resource, None)
    assert "pytest" in found["distributions"]
    assert kind._compare_requirements(found)[0] == []
    assert found["lost"] == []


def test_a_file_that_was_removed_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(kind, "_python", lambda _root: "python3.13")
    site = tmp_path / "lib" / "python3.13" / "site-packages"
    for name in ("a/__init__.py", "a-1.dist-info/METADATA"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("Name: a\nVersion: 1\n")
    record = 'a/__init__.py,,\n"a/b,c.py",,\na/__pycache__/x.pyc,,\n../../../bin/a,,\n'
    (site / "a-1.dist-info" / "RECORD").write_text(record)
    resource = {
        "path": str(tmp_path),
        "packages": [],
        "directory": None,
        "requirements": "",
        "complete": None,
    }
    found = kind.read(resource, None)
    assert found["lost"] == ["bin/a", "lib/python3.13/site-packages/a/b,c.py"]


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
