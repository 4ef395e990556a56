import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import file as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


def resource(path="/x", content="a\n", **options):
    unset = {"owner": None, "group": None, "mode": None, "secret": False}
    return {"path": str(path), "content": content, **unset, **options}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (None, [("exists", "missing")]),
        ({"type": "directory"}, [("exists", "different")]),
        ({"type": "file", "content": b"a\n"}, []),
        ({"type": "file", "content": b"b\n"}, [("content", "different")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(resource(), actual)) == expected


@pytest.mark.parametrize(
    ("content", "options", "shown"),
    [
        (b"b\n", {}, "-b\n+a"),
        (b"b\n", {"secret": True}, "another content"),
        (b"\0\1", {}, "another content, 2 bytes"),
        (b"x" * 10_000_000, {}, "another content, 10000000 bytes"),
        (b"\xff\n", {}, "-\ufffd\n+a"),
        (b"a", {}, "another line ending"),
        (b"b\n" * 100, {}, "..."),
    ],
)
def test_what_is_shown_of_the_content(tmp_path, content, options, shown):
    path = tmp_path / "x"
    path.write_bytes(content)
    declared = resource(path, **options)
    [found] = kind.compare(declared, kind.read(declared, None))
    assert found.actual.endswith(shown)
    assert len(found.actual) < 500


def test_only_the_beginning_of_a_large_file_is_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x" * 1_000_000)
    assert len(kind.read(resource(path), None)["content"]) == kind.DIFF_BYTES + 1


def test_what_stands_in_the_place_of_a_file_that_others_make_goes_aside():
    [found] = kind.compare(resource(content=None), {"type": "directory"})
    assert (found.owned, found.remedy) == (False, "mv /x /x.moved")
    [found] = kind.compare(resource(), {"type": "directory"})
    assert found.owned
